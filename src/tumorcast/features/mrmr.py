"""Keep columns that say much about the label and little that the others say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.correlation import spearman
from tumorcast.features.selector import ColumnSelector, require_target
from tumorcast.features.univariate import label_correlation

_LEAST_REDUNDANCY = 1e-3


@dataclass
class MrmrSelector(ColumnSelector):
    """Minimum redundancy, maximum relevance (Ding and Peng, J Bioinform Comput Biol 2005;3:185).

    Columns are taken one after the other: next comes the one with the largest relevance (absolute
    weighted rank correlation with the label) divided by its redundancy (mean absolute rank
    correlation with those taken). The first is the most relevant. Of equals the first in the
    table wins.

    Parameters
    ----------
    k
        Number of columns to keep; all of them if the table has fewer.
    """

    k: int = 36

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return the columns in the order in which they are taken."""
        relevance = label_correlation(matrix, require_target(target))
        similar = np.abs(spearman(matrix))
        taken = [int(np.argmax(relevance))]
        redundancy = similar[taken[0]].copy()
        while len(taken) < min(self.k, matrix.shape[1]):
            mean = redundancy / len(taken)
            # A column correlated with none of those taken is limited by relevance alone.
            quotient = relevance / np.maximum(mean, _LEAST_REDUNDANCY)
            quotient[taken] = -1.0
            taken.append(int(np.argmax(quotient)))
            redundancy += similar[taken[-1]]
        return np.array(taken)
