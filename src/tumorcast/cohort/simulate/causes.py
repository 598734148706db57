"""The named latent causes of the outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

VOXEL_CAUSES = ("texture", "rim", "volume", "uptake")
"""Causes that are drawn into the images; jointly standard normal."""

CAUSES = (*VOXEL_CAUSES, "clinical", "laboratory")
"""Every cause, in the order of the columns of `Truth.causes`."""


@dataclass(frozen=True)
class CauseWeights:
    """How much one standard deviation of each cause adds to the liability.

    The liability is ``intercept + sum(weight * cause) + e`` with a standard normal `e`; it decides
    when the event comes. A cause of weight 0 is still drawn and still shows, but carries no risk.

    Parameters
    ----------
    texture
        Coarse heterogeneity inside the tumour on CT.
    rim
        Infiltration of the 0-5 mm around the tumour on CT.
    volume
        Logarithm of the tumour's volume.
    uptake
        Logarithm of the tumour's uptake on PET.
    clinical, laboratory
        Indices of the clinical and laboratory values.
    """

    texture: float = 0.0
    rim: float = 0.0
    volume: float = 0.0
    uptake: float = 0.0
    clinical: float = 0.0
    laboratory: float = 0.0

    @property
    def active(self) -> tuple[str, ...]:
        """Causes that carry risk."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) != 0)

    def as_array(self) -> NDArray[np.float64]:
        """Return the weights in the order of `CAUSES`, shape (6,)."""
        return np.array([getattr(self, name) for name in CAUSES], dtype=np.float64)


@dataclass(frozen=True)
class Correlation:
    """The correlation of two causes that are drawn into the images.

    Without it they are independent. With ``Correlation("texture", "volume", 0.6)`` a texture
    signature is partly a measurement of the volume.
    """

    first: str
    second: str
    value: float

    def __post_init__(self) -> None:
        for name in (self.first, self.second):
            if name not in VOXEL_CAUSES:
                raise ValueError(f"only {VOXEL_CAUSES} can be correlated, not '{name}'")
        if self.first == self.second or not -1 < self.value < 1:
            raise ValueError("a correlation is between two causes and inside (-1, 1)")


def correlation_matrix(correlations: Iterable[Correlation]) -> NDArray[np.float64]:
    """Return the correlation matrix of all causes, shape (6, 6).

    Raises
    ------
    ValueError
        When no joint distribution has these correlations.
    """
    matrix = np.eye(len(CAUSES))
    for pair in correlations:
        i, j = CAUSES.index(pair.first), CAUSES.index(pair.second)
        matrix[i, j] = matrix[j, i] = pair.value
    if np.linalg.eigvalsh(matrix).min() <= 1e-9:
        raise ValueError("the correlations contradict one another (not positive definite)")
    return matrix


def positions_of(names: Iterable[str]) -> list[int]:
    """Return the positions of these causes in `CAUSES`, ascending and each once.

    Raises
    ------
    ValueError
        For a name that is no cause.
    """
    chosen = set(names)
    for name in sorted(chosen - set(CAUSES)):
        close = get_close_matches(name, CAUSES, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise ValueError(f"'{name}' is no cause; causes are {', '.join(CAUSES)}{hint}")
    return [i for i, name in enumerate(CAUSES) if name in chosen]
