"""What IBSI asks to report of image and masks after each processing step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.region import Region

_AXES = {"x": 2, "y": 1, "z": 0}


def image_diagnostics(region: Region, step: str) -> dict[str, float]:
    """Return dimensions, spacing and intensities of the image by their tags."""
    image = region.image
    return {
        **_dimensions("img_dim", image.shape, f"{step}_img"),
        **_dimensions("vox_dim", region.spacing_mm, f"{step}_img"),
        **_intensities("", image, f"{step}_img"),
    }


def mask_diagnostics(region: Region, step: str) -> dict[str, float]:
    """Return dimensions, bounding boxes, voxels and intensities of the masks by their tags."""
    roi = f"{step}_roi"
    found = _dimensions("int_mask_dim", region.image.shape, roi)
    for name, mask in (("int_mask", region.intensity), ("morph_mask", region.morphological)):
        where = np.argwhere(mask)
        extent = (np.ptp(where, axis=0) + 1).tolist()
        found |= _dimensions(f"{name}_bb_dim", extent, roi)
        found[f"{name}_vox_count_{roi}"] = float(len(where))
    return found | _intensities("int_mask_", region.values, roi)


def _dimensions(name: str, along: tuple[float, ...] | list[float], suffix: str) -> dict[str, float]:
    return {f"{name}_{axis}_{suffix}": float(along[k]) for axis, k in _AXES.items()}


def _intensities(prefix: str, values: NDArray[np.float64], suffix: str) -> dict[str, float]:
    return {
        f"{prefix}mean_int_{suffix}": float(values.mean()),
        f"{prefix}min_int_{suffix}": float(values.min()),
        f"{prefix}max_int_{suffix}": float(values.max()),
    }
