"""The cases on which PyRadiomics is asked for feature maps.

Read by `make_values.py` under PyRadiomics' interpreter and by the tests under ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MapCase:
    """One image, one region and the parameters of its maps.

    Parameters
    ----------
    image, mask
        Paths below the folder of the research data.
    every
        Of the region's voxels, in the order of the array, every so many-th is kept.
    params
        In the layout of a PyRadiomics parameter file, less ``voxelBatch``.
    """

    image: str
    mask: str
    every: int
    params: dict[str, Any]


def _case(
    name: str,
    every: int,
    setting: dict[str, Any],
    voxel: dict[str, Any] | None = None,
    image_type: dict[str, Any] | None = None,
) -> MapCase:
    params = {
        "setting": setting,
        "voxelSetting": voxel or {},
        "imageType": image_type or {"Original": {}},
        "featureClass": dict.fromkeys(["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]),
    }
    if name.startswith("STS"):
        stem = f"sarcoma/images/{name}/{name}__PT"
        return MapCase(f"{stem}.nii.gz", f"{stem}_mask.nii.gz", every, params)
    stem = f"pyradiomics_cases/{name}"
    return MapCase(f"{stem}_image.nrrd", f"{stem}_label.nrrd", every, params)


_TEXTURE = {"weightingNorm": "euclidean", "symmetricalGLCM": False, "distances": [1, 2],
            "gldm_a": 1}  # fmt: skip
_OVERALL = {"kernelRadius": 1, "maskedKernel": False, "initValue": "nan"}
CASES = {
    "brain2": _case("brain2", 9, {"binWidth": 10}),
    "brain2-radius-2": _case("brain2", 15, {"binWidth": 25}, {"kernelRadius": 2}),
    "brain2-unmasked": _case("brain2", 15, {"binWidth": 25}, _OVERALL),
    "brain2-texture": _case("brain2", 15, {"binWidth": 25, **_TEXTURE}, {"kernelRadius": 2}),
    "breast1-force2D": _case(
        "breast1", 5, {"binWidth": 5, "force2D": True, "voxelArrayShift": 100},
        {"kernelRadius": 2, "initValue": -1},
    ),
    "breast1-resampled": _case(
        "breast1", 15,
        {"binCount": 16, "resampledPixelSpacing": [1, 1, 1], "resegmentRange": [-2, 2],
         "resegmentMode": "sigma"},
    ),
    "sarcoma-pet": _case(
        "STS_019", 8, {"binWidth": 0.25}, None,
        {"Original": {}, "LoG": {"sigma": [3.0]}, "Gradient": {"binWidth": 0.1}},
    ),
    "sarcoma-pet-unmasked": _case(
        "STS_019", 20, {"binWidth": 0.5}, _OVERALL, {"Wavelet": {}, "Square": {"binWidth": 1}},
    ),
}  # fmt: skip
