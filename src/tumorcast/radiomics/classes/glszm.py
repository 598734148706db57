"""Grey Level Size Zone Matrix (Thibault et al. 2009): zones of one level and their sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.classes.sizes import size_formulas
from tumorcast.radiomics.texture.sparse import SizeCounts

FORMULA_OF = {
    "SmallAreaEmphasis": "short",
    "LargeAreaEmphasis": "long",
    "GrayLevelNonUniformity": "level_non_uniformity",
    "GrayLevelNonUniformityNormalized": "level_non_uniformity_normalized",
    "SizeZoneNonUniformity": "size_non_uniformity",
    "SizeZoneNonUniformityNormalized": "size_non_uniformity_normalized",
    "ZonePercentage": "percentage",
    "GrayLevelVariance": "level_variance",
    "ZoneVariance": "size_variance",
    "ZoneEntropy": "entropy",
    "LowGrayLevelZoneEmphasis": "low",
    "HighGrayLevelZoneEmphasis": "high",
    "SmallAreaLowGrayLevelEmphasis": "short_low",
    "SmallAreaHighGrayLevelEmphasis": "short_high",
    "LargeAreaLowGrayLevelEmphasis": "long_low",
    "LargeAreaHighGrayLevelEmphasis": "long_high",
}


def glszm_features(zones: SizeCounts, present: NDArray[np.int32]) -> dict[str, float]:
    """Return the features of the zones of a region.

    Parameters
    ----------
    zones
        Number of zones of each level and size in voxels.
    present
        The grey level of each rank, shape (g,).
    """
    values = size_formulas(zones, present)
    return {name: values[formula] for name, formula in FORMULA_OF.items()}
