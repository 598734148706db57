"""The cases and settings on which PyRadiomics is asked for values.

Read by `make_values.py` under PyRadiomics' interpreter and by the tests under ours, so it needs
nothing but SimpleITK and NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

sitk: Any = import_module("SimpleITK")

GLCM_22 = [
    "Autocorrelation", "JointAverage", "ClusterProminence", "ClusterShade", "ClusterTendency",
    "Contrast", "Correlation", "DifferenceAverage", "DifferenceEntropy", "DifferenceVariance",
    "JointEnergy", "JointEntropy", "Imc1", "Imc2", "Idm", "Idmn", "Id", "Idn", "InverseVariance",
    "MaximumProbability", "SumEntropy", "SumSquares",
]  # fmt: skip
CLASSES: dict[str, Any] = dict.fromkeys(["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"])
CLASSES_3D: dict[str, Any] = {"shape": None, **CLASSES}
HNSCC_1562: dict[str, Any] = {
    "setting": {
        "interpolator": "sitkBSpline",
        "resampledPixelSpacing": [1, 1, 1],
        "padDistance": 10,
        "binWidth": 25,
        "voxelArrayShift": 1000,
    },
    "imageType": {
        "Original": {},
        "LoG": {"sigma": [1.0, 2.0, 3.0, 4.0, 5.0]},
        "Wavelet": {},
        "Square": {},
        "SquareRoot": {},
        "Logarithm": {},
        "Exponential": {},
    },
    "featureClass": {
        "shape": None,
        "firstorder": None,
        "glcm": GLCM_22,
        "glrlm": None,
        "glszm": None,
        "gldm": None,
    },
}
SUV: dict[str, Any] = {
    **HNSCC_1562,
    "setting": {**HNSCC_1562["setting"], "binWidth": 0.25, "voxelArrayShift": 0},
}
SARCOMAS = (
    "STS_002", "STS_003", "STS_006", "STS_008", "STS_010", "STS_012",
    "STS_015", "STS_018", "STS_019", "STS_024", "STS_025", "STS_035",
)  # fmt: skip
SHELLS_MM = ((0.0, 5.0), (-3.0, 0.0))


@dataclass(frozen=True)
class OracleCase:
    """One image, one region and the parameters with which it is measured.

    Parameters
    ----------
    name
        Unique in its set.
    image, mask
        Paths below the folder of the research data.
    params
        In the layout of a PyRadiomics parameter file.
    shell_mm
        Signed distances from the surface between which the region lies; ``None`` is the mask.
    made
        How the mask is changed before it is measured, by the names of `MADE`.
    double
        Give the image in 64-bit precision. PyRadiomics computes some filters in the precision of
        the image, which for 32-bit images leaves fewer digits than are compared.
    """

    name: str
    image: str
    mask: str
    params: dict[str, Any]
    shell_mm: tuple[float, float] | None = None
    made: str = ""
    double: bool = False

    def read(self, data: Path) -> tuple[Any, Any]:
        """Return the image and the region, label 1."""
        image = sitk.ReadImage(str(data / self.image))
        if self.double:
            image = sitk.Cast(image, sitk.sitkFloat64)
        mask = sitk.ReadImage(str(data / self.mask)) == 1
        if self.shell_mm is not None:
            mask = shell_of(mask, *self.shell_mm)
        return image, MADE[self.made](mask) if self.made else mask


def shell_of(mask: Any, inner_mm: float, outer_mm: float) -> Any:
    """Return the voxels whose signed distance from the surface is in (inner, outer]."""
    distance = sitk.SignedMaurerDistanceMap(
        mask, squaredDistance=False, useImageSpacing=True, insideIsPositive=False
    )
    return sitk.Cast((distance > inner_mm) & (distance <= outer_mm), sitk.sitkUInt8)


def largest_slice_of(mask: Any) -> Any:
    """Return the mask with nothing but the slice on which it is largest."""
    array = sitk.GetArrayFromImage(mask)
    largest = array.sum(axis=(1, 2)).argmax()
    array[:largest] = 0
    array[largest + 1 :] = 0
    slice_ = sitk.GetImageFromArray(array)
    slice_.CopyInformation(mask)
    return slice_


MADE: dict[str, Any] = {
    "largest slice": largest_slice_of,
    "label 3": lambda mask: mask * 3,
    "channel 1": lambda mask: sitk.Compose([1 - mask, mask]),
    "wider grid": lambda mask: sitk.ConstantPad(mask, [3, 4, 5], [6, 7, 8]),
    "finer grid": lambda mask: sitk.Expand(mask, [2, 3, 1], sitk.sitkNearestNeighbor),
}


def nrrd(name: str) -> tuple[str, str]:
    """Return image and mask of one of PyRadiomics' own cases."""
    return f"pyradiomics_cases/{name}_image.nrrd", f"pyradiomics_cases/{name}_label.nrrd"


def sarcoma(patient: str, modality: str) -> tuple[str, str]:
    """Return image and mask of a sarcoma patient."""
    stem = f"sarcoma/images/{patient}/{patient}__{modality}"
    return f"{stem}.nii.gz", f"{stem}_mask.nii.gz"


def params(
    setting: dict[str, Any] | None = None,
    image_type: dict[str, Any] | None = None,
    classes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a parameter file; every class and the original image unless said otherwise."""
    return {
        "setting": setting or {},
        "imageType": image_type or {"Original": {}},
        "featureClass": classes or CLASSES_3D,
    }


def original_cases() -> list[OracleCase]:
    """Return all classes on the unfiltered image, native and resampled."""
    cases = []
    for name in ("brain1", "brain2", "breast1"):
        cases.append(OracleCase(name, *nrrd(name), params({"binWidth": 25})))
        resampled = params({"binWidth": 10, "resampledPixelSpacing": [1, 1, 1]})
        cases.append(OracleCase(f"{name}-1mm", *nrrd(name), resampled))
    for patient in SARCOMAS[:5]:
        ct, pt = sarcoma(patient, "CT"), sarcoma(patient, "PT")
        spaced = {"resampledPixelSpacing": [2, 2, 2]}
        cases.append(OracleCase(f"{patient}-CT", *ct, params({"binWidth": 25, **spaced})))
        cases.append(OracleCase(f"{patient}-PT", *pt, params({"binWidth": 0.25, **spaced})))
    return cases


def hnscc_cases() -> list[OracleCase]:
    """Return the 1562 features on brains, breast, twelve sarcomas in CT and PET, and shells."""
    cases = [OracleCase(n, *nrrd(n), HNSCC_1562) for n in ("brain1", "brain2", "breast1")]
    for patient in SARCOMAS:
        ct, pt = sarcoma(patient, "CT"), sarcoma(patient, "PT")
        cases.append(OracleCase(f"{patient}-CT", *ct, HNSCC_1562))
        cases.append(OracleCase(f"{patient}-PT", *pt, SUV))
    for patient in ("STS_008", "STS_019"):
        for inner, outer in SHELLS_MM:
            name = f"{patient}-CT-shell({inner:g},{outer:g})"
            ct = sarcoma(patient, "CT")
            cases.append(OracleCase(name, *ct, HNSCC_1562, (inner, outer)))
    return cases


_SETTINGS: dict[str, dict[str, Any]] = {
    "binCount": {"binCount": 32},
    "force2D": {"force2D": True},
    "force2D-coronal": {"force2D": True, "force2Ddimension": 1},
    "distances-1-2": {"distances": [1, 2]},
    "distances-2": {"distances": [2]},
    "weight-manhattan": {"weightingNorm": "manhattan"},
    "weight-euclidean": {"weightingNorm": "euclidean"},
    "weight-infinity": {"weightingNorm": "infinity"},
    "weight-none": {"weightingNorm": "no_weighting"},
    "asymmetrical": {"symmetricalGLCM": False},
    "gldm-a": {"gldm_a": 1},
    "normalize": {"normalize": True, "normalizeScale": 100, "binWidth": 5},
    "outliers": {"normalize": True, "normalizeScale": 100, "removeOutliers": 2, "binWidth": 5},
    "resegment": {"resegmentRange": [100, 700]},
    "resegment-relative": {"resegmentRange": [0.4], "resegmentMode": "relative"},
    "resegment-sigma": {"resegmentRange": [-1.5, 1.5], "resegmentMode": "sigma"},
    "resegment-shape": {"resegmentRange": [-1, 2], "resegmentMode": "sigma",
                        "resegmentShape": True},
    "voxelArrayShift": {"voxelArrayShift": 500},
    "in-plane": {"resampledPixelSpacing": [2, 2, 0]},
    "linear": {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkLinear"},
    "nearest": {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkNearestNeighbor"},
    "hamming": {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkHammingWindowedSinc"},
    "gaussian": {"resampledPixelSpacing": [2, 2, 3], "interpolator": 4},
    "resample-resegment": {"resampledPixelSpacing": [2, 2, 2], "resegmentRange": [100, 700]},
}  # fmt: skip
_MORE_SETTINGS: dict[str, dict[str, Any]] = {
    "preCrop": {"preCrop": True},
    "correct-bins": {"binCount": 64, "resampledPixelSpacing": [2, 2, 2]},
    "force2D-sagittal": {"force2D": True, "force2Ddimension": 2, "distances": [1, 2]},
    "force2D-weighted": {"force2D": True, "weightingNorm": "euclidean"},
    "distances-gldm-a": {"distances": [1, 3], "gldm_a": 2},
    "asymmetrical-weighted": {"symmetricalGLCM": False, "weightingNorm": "infinity"},
    "normalize-resample": {"normalize": True, "normalizeScale": 100, "binWidth": 5,
                           "resampledPixelSpacing": [2, 2, 2]},
    "outliers-wide": {"normalize": True, "normalizeScale": 100, "removeOutliers": 3,
                      "binWidth": 5, "voxelArrayShift": 300},
    "resegment-lower": {"resegmentRange": [150]},
    "resegment-relative-pair": {"resegmentRange": [0.2, 0.8], "resegmentMode": "relative"},
    "resegment-sigma-one": {"resegmentRange": [-1], "resegmentMode": "sigma"},
    "interpolator-label-gaussian": {"resampledPixelSpacing": [2, 2, 3], "interpolator": 5},
    "cosine": {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkCosineWindowedSinc"},
    "welch": {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkWelchWindowedSinc"},
    "lanczos": {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkLanczosWindowedSinc"},
    "blackman": {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkBlackmanWindowedSinc"},
    "pad-none": {"resampledPixelSpacing": [1, 1, 1], "padDistance": 0},
    "minimum": {"minimumROIDimensions": 3, "minimumROISize": 50},
    "narrow-bins": {"binWidth": 0.5},
}  # fmt: skip
_DEPRECATED = {
    "shape": ["Compactness1", "Compactness2", "SphericalDisproportion"],
    "firstorder": ["StandardDeviation"],
}


def setting_cases() -> list[OracleCase]:
    """Return one case a setting of PyRadiomics, on brain1 and breast1."""
    cases = []
    for name in ("brain1", "breast1"):
        for label, setting in _SETTINGS.items():
            cases.append(OracleCase(f"{name}/{label}", *nrrd(name), params(setting)))
        deprecated = params(classes=_DEPRECATED)
        cases.append(OracleCase(f"{name}/deprecated", *nrrd(name), deprecated))
    return cases


def more_cases() -> list[OracleCase]:
    """Return settings in pairs, other masks, and wavelets of other families."""
    cases = []
    flat = {"force2D": True}
    masks: dict[str, tuple[str, dict[str, Any]]] = {
        "shape2D": ("largest slice", params(flat, classes={"shape2D": None, **CLASSES})),
        "shape2D-deprecated": (
            "largest slice",
            params(flat, classes={"shape2D": ["Sphericity", "SphericalDisproportion"]}),
        ),
        "label": ("label 3", params({"label": 3})),
        "label-channel": ("channel 1", params({"label_channel": 1})),
        "correct-mask-wider": ("wider grid", params({"correctMask": True})),
        "correct-mask-finer": ("finer grid", params({"correctMask": True})),
        "mask-of-another-grid": ("finer grid", params({"resampledPixelSpacing": [2, 2, 2]})),
    }
    wavelets = {
        name: params(_CROP, {"Wavelet": {"wavelet": name}}, CLASSES)
        for name in ("db4", "sym5", "bior1.3", "rbio2.2", "coif3", "dmey")
    }
    wavelets["level-2"] = params(_CROP, {"Wavelet": {"level": 2}}, CLASSES)
    wavelets["start-level-1"] = params(_CROP, {"Wavelet": {"start_level": 1}}, CLASSES)
    for name in ("brain1", "breast1"):
        for label, setting in _MORE_SETTINGS.items():
            cases.append(OracleCase(f"{name}/{label}", *nrrd(name), params(setting)))
        for label, (made, values) in masks.items():
            cases.append(OracleCase(f"{name}/{label}", *nrrd(name), values, made=made))
        for label, values in wavelets.items():
            cases.append(OracleCase(f"{name}/wavelet-{label}", *nrrd(name), values))
    return cases


_CROP = {"preCrop": True, "padDistance": 8}
_FILTERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "wavelet-haar": (_CROP, {"Wavelet": {"wavelet": "haar"}}),
    "wavelet-levels": (_CROP, {"Wavelet": {"wavelet": "db3", "level": 2, "start_level": 1}}),
    "wavelet-2D": ({**_CROP, "force2D": True}, {"Wavelet": {}}),
    "log": (_CROP, {"LoG": {"sigma": [1.5, 3]}}),
    "log-whole-image": ({}, {"LoG": {"sigma": [2.0]}}),
    "pointwise": (_CROP, {"Square": {}, "SquareRoot": {}, "Logarithm": {}, "Exponential": {}}),
    "pointwise-whole-image": ({}, {"Square": {}, "Exponential": {"binWidth": 5}}),
    "gradient": (_CROP, {"Gradient": {}}),
    "gradient-index": (_CROP, {"Gradient": {"gradientUseSpacing": False}}),
    "lbp2d": (_CROP, {"LBP2D": {"binWidth": 1}}),
    "lbp2d-ror": (_CROP, {"LBP2D": {"binWidth": 5, "lbp2DMethod": "ror", "lbp2DRadius": 2}}),
    "lbp2d-default": (_CROP, {"LBP2D": {"binWidth": 5, "lbp2DMethod": "default"}}),
    "lbp2d-samples": (_CROP, {"LBP2D": {"binWidth": 1, "lbp2DSamples": 6}}),
    "lbp3d": (_CROP, {"LBP3D": {"binWidth": 1}}),
    "lbp3d-levels": (_CROP, {"LBP3D": {"binWidth": 1, "lbp3DLevels": 3,
                                       "lbp3DIcosphereSubdivision": 2,
                                       "lbp3DIcosphereRadius": 1.5}}),
}  # fmt: skip


def filter_cases() -> list[OracleCase]:
    """Return one case an image type, on brain1 (native), breast1 and a sarcoma's PET."""
    cases = []
    for label, (setting, image_type) in _FILTERS.items():
        for name in ("brain1", "breast1"):
            values = params(setting, image_type, CLASSES)
            cases.append(OracleCase(f"{name}/{label}", *nrrd(name), values))
        suv = params({"binWidth": 0.25, **setting}, image_type, CLASSES)
        pt = sarcoma("STS_008", "PT")
        cases.append(OracleCase(f"STS_008-PT/{label}", *pt, suv, double="LBP3D" in image_type))
    return cases


SETS = {
    "original": original_cases,
    "hnscc": hnscc_cases,
    "settings": setting_cases,
    "filters": filter_cases,
    "more": more_cases,
}
