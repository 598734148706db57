"""Between SimpleITK images and arrays with a `Geometry`."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.guard import allow, empty

_LIBRARY_BYTES = 512 * 1024**2
"""What loading the library maps, most of it never touched."""


def simpleitk() -> Any:
    """Return SimpleITK, imported when it is first needed (0.2 s). It has no type hints."""
    if "SimpleITK" not in sys.modules:
        allow(memory_bytes=_LIBRARY_BYTES)
    return import_module("SimpleITK")


def voxels_of(image: Any) -> NDArray[Any]:
    """Return a copy of an image's voxels, axes backwards, where the reading process wants it."""
    view = simpleitk().GetArrayViewFromImage(image)
    array = empty(view.shape, view.dtype)
    array[...] = view
    return array


def array_of(image: Any) -> NDArray[Any]:
    """Return the voxels of a scalar 3D SimpleITK image, shape (z, y, x), in their own type.

    Raises
    ------
    BadInputError
        ``IMG-04`` when the image is not 3D or its voxels are not single real numbers.
    """
    if image.GetDimension() != 3 or not is_scalar(image):
        raise not_scalar_3d(image.GetSize(), image.GetPixelIDTypeAsString())
    array: NDArray[Any] = simpleitk().GetArrayFromImage(image)
    return array


def geometry_of(image: Any) -> Geometry:
    """Return the geometry of a 3D SimpleITK image, whose axes (x, y, z) are counted backwards."""
    direction = np.asarray(image.GetDirection(), dtype=np.float64).reshape(3, 3)
    return Geometry.from_parts(
        image.GetSize()[::-1], image.GetSpacing()[::-1], direction[:, ::-1], image.GetOrigin()
    )


def image_of(array: NDArray[Any], geometry: Geometry) -> Any:
    """Return a SimpleITK image with a copy of the voxels."""
    image = simpleitk().GetImageFromArray(array)
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetOrigin(geometry.origin_mm)
    image.SetDirection(geometry.direction[:, ::-1].ravel().tolist())
    return image


def is_scalar(image_or_header: Any) -> bool:
    """Tell whether each voxel of a SimpleITK image, or of a file's header, is one real number."""
    name = simpleitk().GetPixelIDValueAsString(image_or_header.GetPixelID())
    return "vector" not in name and "complex" not in name


def squeezed_shape(
    size: tuple[int, ...], voxel_type: str, findings: list[Finding] | None, file: str
) -> tuple[int, int, int]:
    """Return the shape (z, y, x) of an image of `size` (x, y, z, 1, ...).

    Raises
    ------
    BadInputError
        ``IMG-04`` when it has fewer than three axes, none or more than one voxel along a fourth, or
        none along another.
    """
    if len(size) < 3 or min(size) < 1 or any(extent != 1 for extent in size[3:]):
        raise not_scalar_3d(size, voxel_type, file)
    if len(size) > 3 and findings is not None:
        findings.append(
            Finding(
                "IMG-04",
                "repaired",
                f"an image with {len(size)} axes, one voxel along the last",
                "three axes",
                "nothing to do: the first three were taken",
                file=file,
            )
        )
    x, y, z = (int(extent) for extent in size[:3])
    return z, y, x


def not_scalar_3d(size: tuple[int, ...], voxel_type: str, file: str = "") -> BadInputError:
    """Return the error for an image in another number of dimensions, or of colours."""
    shape = " x ".join(str(extent) for extent in size)
    return BadInputError(
        "IMG-04",
        f"an image of {shape} voxels of type {voxel_type}",
        expected="one scalar volume in three dimensions",
        fix="export one time point or channel as a 3D image",
        file=file,
    )
