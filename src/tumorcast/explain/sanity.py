"""Whether a map shows what the network has learned, or would be there anyway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

MAX_SIMILARITY = 0.5
"""A map that is more similar than this to that of a network without knowledge has failed."""

FAILED = "failed sanity test"


@dataclass(frozen=True)
class Sanity:
    """How similar a map stays when what the network knows is taken away.

    Parameters
    ----------
    parameters
        Similarity to the map of the network with its parameters dealt out anew.
    labels
        Similarity to the map of a network that has learned from permuted outcomes.
    """

    parameters: float
    labels: float

    @property
    def failed(self) -> bool:
        """Whether the map hardly changes in either test."""
        return max(self.parameters, self.labels) > MAX_SIMILARITY

    @property
    def stamp(self) -> str:
        """What stands on a map that failed; empty on others."""
        return FAILED if self.failed else ""


def similarity(
    one: NDArray[np.float64], other: NDArray[np.float64], where: NDArray[np.bool_]
) -> float:
    """Return the larger rank correlation of two maps: of their values, or of their sizes.

    Spearman's, as in Adebayo et al. (NeurIPS 2018). Only voxels that are not empty count: in empty
    ones integrated gradients are 0 by construction, whatever the network. A map without any
    difference between voxels is similar to nothing, 0.

    Parameters
    ----------
    where
        Voxels whose image is above the window's lower end, shape (z, y, x).
    """
    own, their = one[where], other[where]
    return max(_spearman(own, their), _spearman(np.abs(own), np.abs(their)))


def _spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
