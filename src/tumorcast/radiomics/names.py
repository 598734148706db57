"""The names of image types, feature classes and features, in the order of PyRadiomics."""

from __future__ import annotations

_FIRSTORDER = (
    "10Percentile 90Percentile Energy Entropy InterquartileRange Kurtosis Maximum "
    "MeanAbsoluteDeviation Mean Median Minimum Range RobustMeanAbsoluteDeviation RootMeanSquared "
    "Skewness StandardDeviation TotalEnergy Uniformity Variance"
)
_GLCM = (
    "Autocorrelation ClusterProminence ClusterShade ClusterTendency Contrast Correlation "
    "DifferenceAverage DifferenceEntropy DifferenceVariance Dissimilarity Homogeneity1 "
    "Homogeneity2 Id Idm Idmn Idn Imc1 Imc2 InverseVariance JointAverage JointEnergy JointEntropy "
    "MCC MaximumProbability SumAverage SumEntropy SumSquares SumVariance"
)
_GLRLM = (
    "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance "
    "HighGrayLevelRunEmphasis LongRunEmphasis LongRunHighGrayLevelEmphasis "
    "LongRunLowGrayLevelEmphasis LowGrayLevelRunEmphasis RunEntropy RunLengthNonUniformity "
    "RunLengthNonUniformityNormalized RunPercentage RunVariance ShortRunEmphasis "
    "ShortRunHighGrayLevelEmphasis ShortRunLowGrayLevelEmphasis"
)
_GLSZM = (
    "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance "
    "HighGrayLevelZoneEmphasis LargeAreaEmphasis LargeAreaHighGrayLevelEmphasis "
    "LargeAreaLowGrayLevelEmphasis LowGrayLevelZoneEmphasis SizeZoneNonUniformity "
    "SizeZoneNonUniformityNormalized SmallAreaEmphasis SmallAreaHighGrayLevelEmphasis "
    "SmallAreaLowGrayLevelEmphasis ZoneEntropy ZonePercentage ZoneVariance"
)
_GLDM = (
    "DependenceEntropy DependenceNonUniformity DependenceNonUniformityNormalized "
    "DependencePercentage DependenceVariance GrayLevelNonUniformity "
    "GrayLevelNonUniformityNormalized GrayLevelVariance HighGrayLevelEmphasis "
    "LargeDependenceEmphasis LargeDependenceHighGrayLevelEmphasis "
    "LargeDependenceLowGrayLevelEmphasis LowGrayLevelEmphasis SmallDependenceEmphasis "
    "SmallDependenceHighGrayLevelEmphasis SmallDependenceLowGrayLevelEmphasis"
)
_SHAPE = (
    "Compactness1 Compactness2 Elongation Flatness LeastAxisLength MajorAxisLength "
    "Maximum2DDiameterColumn Maximum2DDiameterRow Maximum2DDiameterSlice Maximum3DDiameter "
    "MeshVolume MinorAxisLength Sphericity SphericalDisproportion SurfaceArea SurfaceVolumeRatio "
    "VoxelVolume"
)
_SHAPE_2D = (
    "Elongation MajorAxisLength MaximumDiameter MeshSurface MinorAxisLength Perimeter "
    "PerimeterSurfaceRatio PixelSurface SphericalDisproportion Sphericity"
)

FEATURE_NAMES: dict[str, tuple[str, ...]] = {
    "shape": tuple(_SHAPE.split()),
    "shape2D": tuple(_SHAPE_2D.split()),
    "firstorder": tuple(_FIRSTORDER.split()),
    "glcm": tuple(_GLCM.split()),
    "glrlm": tuple(_GLRLM.split()),
    "glszm": tuple(_GLSZM.split()),
    "gldm": tuple(_GLDM.split()),
    "ngtdm": ("Busyness", "Coarseness", "Complexity", "Contrast", "Strength"),
}
CLASS_NAMES: tuple[str, ...] = tuple(FEATURE_NAMES)

DEPRECATED: dict[str, dict[str, str]] = {
    "shape": {
        "Compactness1": "a function of Sphericity",
        "Compactness2": "Sphericity to the power 3",
        "SphericalDisproportion": "1 / Sphericity",
    },
    "shape2D": {"SphericalDisproportion": "1 / Sphericity"},
    "firstorder": {"StandardDeviation": "the square root of Variance"},
    "glcm": {
        "Dissimilarity": "equal to DifferenceAverage",
        "Homogeneity1": "equal to Id",
        "Homogeneity2": "equal to Idm",
        "SumVariance": "equal to ClusterTendency",
    },
    "gldm": {
        "DependencePercentage": "always 1",
        "GrayLevelNonUniformityNormalized": "equal to firstorder Uniformity",
    },
}
"""Features measured only when named, and what they repeat."""

REMOVED: dict[str, tuple[str, ...]] = {
    "glcm": ("Dissimilarity", "Homogeneity1", "Homogeneity2", "SumVariance"),
    "gldm": ("DependencePercentage", "GrayLevelNonUniformityNormalized"),
}
"""Deprecated features of which PyRadiomics knows the name and gives no value."""

IMAGE_TYPE_NAMES: tuple[str, ...] = (
    "Original",
    "LoG",
    "Wavelet",
    "Square",
    "SquareRoot",
    "Logarithm",
    "Exponential",
    "Gradient",
    "LBP2D",
    "LBP3D",
)
