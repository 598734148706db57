"""The one verb that interpolates: values on another grid."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.itk import image_of, simpleitk
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.raster import Raster
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume

Interpolation = Literal["nearest", "linear", "bspline"]

_INTERPOLATOR = {"nearest": "sitkNearestNeighbor", "linear": "sitkLinear", "bspline": "sitkBSpline"}

_SUPPORT_VOXELS = {"nearest": 2, "linear": 2, "bspline": 24}
"""How far a value reaches. The cubic B-spline's prefilter decays by 0.27 a voxel: to 1e-14."""

_ROUNDING = 1e-6
"""A voxel half-way between inside and outside must not depend on the last digit."""

_OUTSIDE: dict[Unit, float] = {"HU": -1000.0, "SUVbw": 0.0, "arbitrary": 0.0}


@overload
def resample_to(
    source: Volume,
    geometry: Geometry,
    interpolation: Interpolation | None = None,
    *,
    outside: float | None = None,
) -> Volume: ...


@overload
def resample_to(
    source: Mask,
    geometry: Geometry,
    interpolation: Interpolation | None = None,
    *,
    outside: None = None,
) -> Mask: ...


def resample_to(
    source: Volume | Mask,
    geometry: Geometry,
    interpolation: Interpolation | None = None,
    *,
    outside: float | None = None,
) -> Volume | Mask:
    """Return `source` on another grid.

    Only what the target can see is touched: the source is cropped first, with a margin that
    leaves every value as it is without cropping.

    Parameters
    ----------
    source
        An image or a mask.
    geometry
        The grid to fill, in the same space.
    interpolation
        ``"nearest"``; ``"linear"``; ``"bspline"`` (cubic, interpolating; images only).
        ``None`` is linear for an image and nearest for a mask. A linear mask holds the voxels
        where the interpolated 0 and 1 reach one half.
    outside
        Value of an image where the source does not reach; ``None`` is air (-1000) in HU, else 0.
        A mask is empty there.

    Returns
    -------
    The same kind as `source`. Interpolated images are float32, or float64 where the source is or
    has 32-bit integers; nearest ones keep their type.

    Raises
    ------
    ValueError
        When the frames of reference differ, or a mask is to be interpolated by B-splines.
    """
    if not source.geometry.same_space(geometry):
        raise ValueError(
            f"cannot resample from frame of reference {source.geometry.frame_of_reference} "
            f"to {geometry.frame_of_reference}: register the images first"
        )
    if isinstance(source, Mask):
        return _mask_on(source, geometry, interpolation or "nearest")
    method = interpolation or "linear"
    fill = _OUTSIDE[source.unit] if outside is None else outside
    array = source.array
    if method != "nearest":
        array = array.astype(np.result_type(array.dtype, np.float32), copy=False)
    return Volume(_values_on(source, array, geometry, method, fill), geometry, source.unit)


def _mask_on(mask: Mask, geometry: Geometry, method: Interpolation) -> Mask:
    if method == "bspline":
        raise ValueError("a mask is resampled by 'nearest' or 'linear', not by B-splines")
    kind = np.uint8 if method == "nearest" else np.float32
    values = _values_on(mask, mask.array.astype(kind), geometry, method, 0.0)
    return Mask(values >= 0.5 - _ROUNDING, geometry, mask.name)


def _values_on(
    source: Raster,
    array: NDArray[Any],
    geometry: Geometry,
    method: Interpolation,
    outside: float,
) -> NDArray[Any]:
    index = source.geometry.lps_to_index(geometry.corners_lps())
    support = _SUPPORT_VOXELS[method]
    start = np.maximum(np.floor(index.min(axis=0)).astype(int) - support, 0)
    stop = np.minimum(np.ceil(index.max(axis=0)).astype(int) + support + 1, array.shape)
    if np.any(start >= stop):
        return np.full(geometry.shape, outside, dtype=array.dtype)
    seen = Raster(array, source.geometry).crop(start.tolist(), stop.tolist())
    sitk = simpleitk()
    resampler = sitk.ResampleImageFilter()
    resampler.SetInterpolator(getattr(sitk, _INTERPOLATOR[method]))
    resampler.SetDefaultPixelValue(float(outside))
    resampler.SetSize(geometry.shape[::-1])
    resampler.SetOutputSpacing(geometry.spacing_mm[::-1])
    resampler.SetOutputOrigin(geometry.origin_mm)
    resampler.SetOutputDirection(geometry.direction[:, ::-1].ravel().tolist())
    values: NDArray[Any] = sitk.GetArrayFromImage(
        resampler.Execute(image_of(seen.array, seen.geometry))
    )
    return values
