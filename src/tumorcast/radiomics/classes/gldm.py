"""Grey Level Dependence Matrix (Sun & Wee 1983): voxels and their dependent neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.classes.sizes import size_formulas
from tumorcast.radiomics.texture.sparse import SizeCounts

FORMULA_OF = {
    "SmallDependenceEmphasis": "short",
    "LargeDependenceEmphasis": "long",
    "GrayLevelNonUniformity": "level_non_uniformity",
    "DependenceNonUniformity": "size_non_uniformity",
    "DependenceNonUniformityNormalized": "size_non_uniformity_normalized",
    "GrayLevelVariance": "level_variance",
    "DependenceVariance": "size_variance",
    "DependenceEntropy": "entropy",
    "LowGrayLevelEmphasis": "low",
    "HighGrayLevelEmphasis": "high",
    "SmallDependenceLowGrayLevelEmphasis": "short_low",
    "SmallDependenceHighGrayLevelEmphasis": "short_high",
    "LargeDependenceLowGrayLevelEmphasis": "long_low",
    "LargeDependenceHighGrayLevelEmphasis": "long_high",
}


def gldm_features(dependences: SizeCounts, present: NDArray[np.int32]) -> dict[str, float]:
    """Return the features of the dependences of a region.

    Parameters
    ----------
    dependences
        Number of voxels of each level and size, where the size is the number of dependent
        neighbours plus 1.
    present
        The grey level of each rank, shape (g,).
    """
    values = size_formulas(dependences, present)
    return {name: values[formula] for name, formula in FORMULA_OF.items()}
