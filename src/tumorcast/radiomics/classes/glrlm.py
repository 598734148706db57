"""Grey Level Run Length Matrix (Galloway 1975): runs of one level along straight lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.classes.directions import line_weights, mean_over_directions
from tumorcast.radiomics.classes.sizes import size_formulas
from tumorcast.radiomics.texture.sparse import SizeCounts, weighted_sum

FORMULA_OF = {
    "ShortRunEmphasis": "short",
    "LongRunEmphasis": "long",
    "GrayLevelNonUniformity": "level_non_uniformity",
    "GrayLevelNonUniformityNormalized": "level_non_uniformity_normalized",
    "RunLengthNonUniformity": "size_non_uniformity",
    "RunLengthNonUniformityNormalized": "size_non_uniformity_normalized",
    "RunPercentage": "percentage",
    "GrayLevelVariance": "level_variance",
    "RunVariance": "size_variance",
    "RunEntropy": "entropy",
    "LowGrayLevelRunEmphasis": "low",
    "HighGrayLevelRunEmphasis": "high",
    "ShortRunLowGrayLevelEmphasis": "short_low",
    "ShortRunHighGrayLevelEmphasis": "short_high",
    "LongRunLowGrayLevelEmphasis": "long_low",
    "LongRunHighGrayLevelEmphasis": "long_high",
}


def glrlm_features(
    runs: Sequence[SizeCounts],
    present: NDArray[np.int32],
    offsets: NDArray[np.int64],
    spacing_mm: tuple[float, float, float],
    norm: str | None,
) -> dict[str, float]:
    """Return the features of the runs of a region, averaged over directions.

    Parameters
    ----------
    runs
        Runs of each level and length in each direction along which runs can exist.
    present
        The grey level of each rank, shape (g,).
    offsets
        Step of each direction along (z, y, x), shape (d, 3).
    spacing_mm
        Along (z, y, x).
    norm
        Weight the matrices by the length of the step in this norm and add them; ``None`` averages
        the features of the separate matrices.
    """
    matrices = list(runs)
    if norm is not None:
        matrices = [weighted_sum(matrices, line_weights(offsets, spacing_mm, norm))]
    each = [size_formulas(matrix, present) for matrix in matrices]
    mean = mean_over_directions(each)
    return {name: mean[formula] for name, formula in FORMULA_OF.items()}
