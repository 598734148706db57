"""The contract of a step that learns from the training rows and then changes a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.table import FeatureTable

State = Mapping[str, NDArray[np.generic]]
"""What a step has learned, by name: numbers or text, never objects."""


class Step(Protocol):
    """A learned change of a table: settings in the constructor, learned names end in ``_``."""

    def clone(self) -> Self:
        """Return an unfitted step with the same settings."""

    def fit(self, table: FeatureTable, target: BinaryTarget | None, *, seed: int) -> Self:
        """Learn from the training rows; `target` has their labels and weights."""

    def transform(self, table: FeatureTable) -> FeatureTable:
        """Return the changed table; each row depends on itself and on what was learned alone."""

    def state(self) -> State:
        """Return all that was learned; equal states transform equally."""

    def restore(self, state: State) -> Self:
        """Return a step with these settings that has learned `state`."""


class LabelFree(ABC):
    """The `fit` of a step that learns from the table alone."""

    @abstractmethod
    def learn(self, table: FeatureTable) -> None:
        """Learn from the rows of a table."""

    def fit(
        self,
        table: FeatureTable,
        target: BinaryTarget | None = None,  # noqa: ARG002
        *,
        seed: int = 0,  # noqa: ARG002
    ) -> Self:
        """Learn from the training rows; neither the labels nor the seed matter."""
        self.learn(table)
        return self


def parts(part: str, state: State) -> dict[str, NDArray[np.generic]]:
    """Return the entries of a state as ``part/name``."""
    return {f"{part}/{name}": value for name, value in state.items()}


def part_of(state: State, part: str) -> dict[str, NDArray[np.generic]]:
    """Return the entries ``part/name`` of a state under their own names."""
    start = f"{part}/"
    return {key.removeprefix(start): value for key, value in state.items() if key.startswith(start)}
