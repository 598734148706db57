"""The record of which cases every fitted step has seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding


@dataclass(frozen=True)
class FittedStep:
    """One step that learned something.

    Parameters
    ----------
    step
        Path of the step in its model, such as ``"members/ct/impute"``.
    case_ids
        The cases it saw, sorted.
    state_digest
        SHA-256 of the parameters it learned, bit for bit.
    """

    step: str
    case_ids: tuple[str, ...]
    state_digest: str


@dataclass
class Ledger:
    """Fitted steps in the order in which they were fitted; appended to by every `fit`.

    Parameters
    ----------
    findings
        What happened on the way that somebody should know.
    """

    steps: list[FittedStep] = field(default_factory=list)
    prefix: str = ""
    findings: list[Finding] = field(default_factory=list)

    def record(
        self, step: str, case_ids: Sequence[str], state: Mapping[str, NDArray[np.generic]]
    ) -> None:
        """Append a step with the cases that it saw and the parameters that it learned."""
        name = f"{self.prefix}{step}"
        self.steps.append(FittedStep(name, tuple(sorted(case_ids)), state_digest(state)))

    def within(self, part: str) -> Ledger:
        """Return a view that writes into the same list under ``part/``."""
        return Ledger(self.steps, f"{self.prefix}{part}/", self.findings)


def state_digest(state: Mapping[str, NDArray[np.generic]]) -> str:
    """Return the SHA-256 of named arrays, their types and shapes included."""
    digest = hashlib.sha256()
    for name in sorted(state):
        array = np.ascontiguousarray(state[name])
        digest.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
