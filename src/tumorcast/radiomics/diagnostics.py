"""Facts about image and region under the names that PyRadiomics writes beside the features."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import pywt
from numpy.typing import NDArray

from tumorcast.radiomics.grid import bounding_box_xyz, crop_box
from tumorcast.radiomics.inputs import Frame, Scan
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.prepare import Prepared
from tumorcast.radiomics.settings import Settings

_TOUCHING = np.ones((3, 3, 3), dtype=bool)


def facts_of_scan(scan: Scan, settings: Settings) -> dict[str, object]:
    """Return PyRadiomics' additional information on the settings and the image.

    ``Versions_PyRadiomics`` is replaced by the version of this package.
    """
    content = settings.as_dict()
    return {
        "Versions_tumorcast": version("tumorcast"),
        "Versions_Numpy": np.__version__,
        "Versions_SimpleITK": sitk.Version().VersionString(),
        "Versions_PyWavelet": pywt.__version__,
        "Versions_Python": platform.python_version(),
        "Configuration_Settings": content["setting"],
        "Configuration_EnabledImageTypes": content["imageType"],
        "Image-original_Hash": _hash(scan.volume.array),
        "Image-original_Dimensionality": "3D",
        **_of_image("original", scan.volume.array, scan.frame),
    }


def diagnostics_of(
    scan: Scan,
    prepared: Prepared,
    name: str,
    settings: Settings,
    of_scan: Mapping[str, object],
) -> dict[str, object]:
    """Return PyRadiomics' additional information on one region, after that on its scan.

    Coordinates and sizes are along (x, y, z), as there.
    """
    mask = scan.masks[name].array
    facts = {**of_scan, "Mask-original_Hash": _hash(mask)}
    facts |= _of_mask("original", mask, scan.mask_frame)
    if settings.options.resampled_spacing_mm is not None:
        facts |= _of_image("interpolated", prepared.array, prepared.frame)
        facts |= _of_mask("interpolated", prepared.masks[name], prepared.frame)
        facts |= _of_voxels("interpolated", prepared.array[prepared.masks[name]])
    return {f"diagnostics_{fact}": value for fact, value in facts.items()}


def _hash(array: NDArray[Any]) -> str:
    """Return the digest of the voxels; SimpleITK's own takes twenty times as long."""
    return hashlib.sha1(np.ascontiguousarray(array).data, usedforsecurity=False).hexdigest()


def _of_image(stage: str, array: NDArray[Any], frame: Frame) -> dict[str, object]:
    return {
        f"Image-{stage}_Spacing": frame.spacing,
        f"Image-{stage}_Size": array.shape[::-1],
        f"Image-{stage}_Mean": float(array.mean(dtype=np.float64)),
        f"Image-{stage}_Minimum": float(array.min()),
        f"Image-{stage}_Maximum": float(array.max()),
    }


def _of_mask(stage: str, mask: NDArray[np.bool_], frame: Frame) -> dict[str, object]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    first, size = bounding_box_xyz(mask)
    inside = mask[crop_box(mask.shape, first, size, 0)]
    centre = (np.argwhere(inside).mean(axis=0)[::-1] + first).tolist()
    return {
        f"Mask-{stage}_Spacing": frame.spacing,
        f"Mask-{stage}_Size": mask.shape[::-1],
        f"Mask-{stage}_BoundingBox": (*first.tolist(), *size.tolist()),
        f"Mask-{stage}_VoxelNum": int(np.count_nonzero(inside)),
        f"Mask-{stage}_VolumeNum": int(ndimage.label(inside, _TOUCHING)[1]),
        f"Mask-{stage}_CenterOfMassIndex": tuple(centre),
        f"Mask-{stage}_CenterOfMass": frame.header().TransformContinuousIndexToPhysicalPoint(
            centre
        ),
    }


def _of_voxels(stage: str, values: NDArray[Any]) -> dict[str, object]:
    return {
        f"Mask-{stage}_Mean": float(values.mean(dtype=np.float64)),
        f"Mask-{stage}_Minimum": float(values.min()),
        f"Mask-{stage}_Maximum": float(values.max()),
    }
