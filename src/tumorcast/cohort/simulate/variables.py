"""What a set of clinical and laboratory variables has to say of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.case import ClinicalValue
from tumorcast.cohort.schema import ClinicalColumn

Values = NDArray[np.float64] | NDArray[np.object_]
_N_REFERENCE = 200_000


@dataclass(frozen=True)
class Variable:
    """One column: its declaration for a study file and a sentence for the data dictionary.

    Parameters
    ----------
    name
        Without its block: ``age``, ``cga``.
    declaration
        Kind, unit, block and when it is known.
    description
        What it is, and how it was drawn.
    missing
        Share of patients in whom it is not known.
    """

    name: str
    declaration: ClinicalColumn = field(hash=False)
    description: str
    missing: float = 0.0

    @property
    def column(self) -> str:
        """Name in a feature table: ``clinical.age``, ``lab.cga``."""
        return f"{self.declaration.block}.{self.name}"

    def known_as(self, value: ClinicalValue) -> ClinicalValue:
        """Return what a case holds of a drawn value: the rank of an ordinal text."""
        return self.declaration.ranks[str(value)] if self.declaration.ranks else value

    def written_as(self, value: ClinicalValue) -> ClinicalValue:
        """Return what a table holds of a case's value: the text of a rank."""
        texts = {rank: text for text, rank in (self.declaration.ranks or {}).items()}
        return texts.get(value, value) if isinstance(value, float) else value


def number(unit: str, block: Literal["clinical", "lab"] = "clinical") -> ClinicalColumn:
    """Declare a number known on the index date."""
    return ClinicalColumn(kind="number", known="baseline", unit=unit, block=block)


def category(levels: tuple[str, ...]) -> ClinicalColumn:
    """Declare a category known on the index date."""
    return ClinicalColumn(kind="category", known="baseline", levels=levels)


def ordinal(levels: tuple[str, ...]) -> ClinicalColumn:
    """Declare an ordered category known on the index date, its first level of rank 0."""
    ranks = {text: float(rank) for rank, text in enumerate(levels)}
    return ClinicalColumn(kind="ordinal", known="baseline", ranks=ranks)


@dataclass(frozen=True)
class VariableDraw:
    """Values of n patients, all known, and the two indices that are causes.

    Parameters
    ----------
    values
        By the variable's name, shape (n,); numbers, or text for a category or flag.
    clinical, laboratory
        Indices on any scale; `VariableSet.draw` makes them standardised. Shape (n,).
    """

    values: Mapping[str, Values]
    clinical: NDArray[np.float64]
    laboratory: NDArray[np.float64]


@dataclass(frozen=True)
class VariableSet:
    """The variables of one disease.

    Parameters
    ----------
    variables
        The columns, in order.
    sampler
        Draws n patients: ``sampler(rng, n) -> VariableDraw``. A module-level function.
    """

    variables: tuple[Variable, ...]
    sampler: Callable[[np.random.Generator, int], VariableDraw]

    def draw(self, rng: np.random.Generator, n: int) -> VariableDraw:
        """Draw n patients with indices of mean 0 and standard deviation 1 in the population."""
        draw = self.sampler(rng, n)
        clinical, laboratory = _index_scales(self)
        return VariableDraw(
            draw.values, _standardised(draw.clinical, *clinical),
            _standardised(draw.laboratory, *laboratory),
        )  # fmt: skip

    def draw_missing(self, rng: np.random.Generator) -> frozenset[str]:
        """Draw the names of the variables that are not known in one patient."""
        lost = rng.uniform(size=len(self.variables))
        return frozenset(
            variable.name
            for variable, u in zip(self.variables, lost, strict=True)
            if u < variable.missing
        )


@lru_cache(maxsize=16)
def _index_scales(variables: VariableSet) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return mean and standard deviation of both indices in a large fixed sample."""
    draw = variables.sampler(np.random.default_rng(20_260), _N_REFERENCE)
    return _mean_and_sd(draw.clinical), _mean_and_sd(draw.laboratory)


def _mean_and_sd(index: NDArray[np.float64]) -> tuple[float, float]:
    return float(index.mean()), float(index.std())


def _standardised(index: NDArray[np.float64], mean: float, sd: float) -> NDArray[np.float64]:
    """Return the index on its standard scale; an index that does not vary is 0."""
    return (index - mean) / sd if sd > 0 else np.zeros_like(index)
