"""Named settings that need no other choice."""

from __future__ import annotations

from typing import Any

from tumorcast.errors import refuse
from tumorcast.radiomics.ibsi.configurations import CONFIGURATIONS
from tumorcast.radiomics.names import DEPRECATED, FEATURE_NAMES
from tumorcast.radiomics.options import unknown
from tumorcast.radiomics.settings import Settings

_GLCM_22 = [
    name for name in FEATURE_NAMES["glcm"] if name not in {*DEPRECATED["glcm"], "SumAverage", "MCC"}
]
_CLASSES_86: dict[str, Any] = {
    "shape": None,
    "firstorder": None,
    "glcm": _GLCM_22,
    "glrlm": None,
    "glszm": None,
    "gldm": None,
}
_IMAGES_14: dict[str, Any] = {
    "Original": {},
    "LoG": {"sigma": [1.0, 2.0, 3.0, 4.0, 5.0]},
    "Wavelet": {},
}
_IMAGES_18: dict[str, Any] = {
    **_IMAGES_14,
    "Square": {},
    "SquareRoot": {},
    "Logarithm": {},
    "Exponential": {},
}
_ISOTROPIC_1MM: dict[str, Any] = {
    "interpolator": "sitkBSpline",
    "resampledPixelSpacing": [1, 1, 1],
    "padDistance": 10,
}
_CT: dict[str, Any] = {
    **_ISOTROPIC_1MM,
    "binWidth": 25,
    "voxelArrayShift": 1000,
    "intensityRange": [-1024, 3071],
}

_PET: dict[str, Any] = {
    "interpolator": "sitkBSpline",
    "resampledPixelSpacing": [2, 2, 2],
    "padDistance": 10,
    "binWidth": 0.25,
    "voxelArrayShift": 0,
    "intensityRange": [0, 200],
}

_PRESETS: dict[str, dict[str, Any]] = {
    # The 1562 features of Tang, Liu, Tong et al. (arXiv 2508.20469): 14 of shape and 86 on each
    # of 18 images. The declared range is that of a 12-bit CT.
    "hnscc-1562": {"setting": _CT, "imageType": _IMAGES_18, "featureClass": _CLASSES_86},
    # The same without the four pointwise filters, a count common in the literature.
    "ct-1218": {"setting": _CT, "imageType": _IMAGES_14, "featureClass": _CLASSES_86},
    # The image itself alone, with every class: 107 features, for a first look and small cohorts.
    "ct-original": {"setting": _CT},
    # PET in SUV. 0.25 SUV a bin gives 8 to 256 bins for maxima of 2 to 64 SUV and compares
    # patients on one scale (Leijenaar et al., Sci Rep 2015;5:11075); 2 mm does not invent detail
    # between voxels of 2 to 5 mm; B-spline overshoot below zero is harmless because bins start
    # at the region's minimum; no shift, as SUV is not negative; sigmas start at the resolution.
    "pet-suv": {
        "setting": _PET,
        "imageType": {
            "Original": {},
            "LoG": {"sigma": [2.0, 4.0, 6.0], "binWidth": 0.1},
            "Wavelet": {"binWidth": 0.1},
        },
        "featureClass": _CLASSES_86,
    },
    "pet-original": {"setting": _PET},
    # MR has no unit: normalised to mean 0 and deviation 100 over the image, so that a bin of 5 is
    # a twentieth of a deviation and most regions have 20 to 100 bins; 3 deviations on either side
    # are made positive by the shift; 2 mm is near the in-plane-to-slice compromise of body MR
    # (PyRadiomics' example settings for MR with slices of 3 mm).
    "mr-normalized": {
        "setting": {
            "normalize": True,
            "normalizeScale": 100,
            "interpolator": "sitkBSpline",
            "resampledPixelSpacing": [2, 2, 2],
            "padDistance": 10,
            "binWidth": 5,
            "voxelArrayShift": 300,
        },
        "imageType": {"Original": {}, "LoG": {"sigma": [2.0, 3.0, 4.0, 5.0]}, "Wavelet": {}},
        "featureClass": _CLASSES_86,
    },
}

PRESETS: dict[str, Settings] = {
    name: Settings.from_dict(content) for name, content in (_PRESETS | CONFIGURATIONS).items()
}


def preset_named(name: str) -> Settings:
    """Return a preset.

    Raises
    ------
    StudyRefusedError
        ``RAD-01`` no preset has this name.
    """
    if name not in PRESETS:
        raise unknown("RAD-01", f"preset '{name}'", name, tuple(PRESETS))
    return PRESETS[name]


def settings_of(preset: str | None = None, params: Any = None) -> Settings:
    """Return the settings named by a preset or given as parameters.

    Raises
    ------
    StudyRefusedError
        ``RAD-16`` both or neither are given: how intensities are binned has no hidden default.
    """
    if (preset is None) == (params is None):
        raise refuse(
            "RAD-16",
            "both a preset and parameters" if preset else "neither a preset nor parameters",
            expected="one of them: bin width and spacing change every texture feature",
            fix=f"name a preset ({', '.join(PRESETS)}) or give a PyRadiomics parameter file",
        )
    return preset_named(preset) if preset is not None else Settings.load(params)
