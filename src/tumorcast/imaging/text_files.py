"""NRRD and MetaImage files, whose header is text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.data_location import stored_voxels
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.itk import is_scalar, not_scalar_3d, simpleitk, squeezed_shape, voxels_of
from tumorcast.imaging.orthonormal import straightened
from tumorcast.imaging.stored import MAX_BLOWN_UP_BYTES, check_stored, damaged

_MAX_BLOWN_UP_MASK_BYTES = 256 * 1024**2
"""Half of what is allowed elsewhere, as ITK holds voxels twice; 512 x 512 x 1000 in one byte."""


def read_text_header(
    path: Path, findings: list[Finding] | None, *, is_mask: bool = False
) -> tuple[NDArray[Any], Geometry]:
    """Read one scalar volume; a mask may be larger than an image that is packed as tightly.

    Returns
    -------
    The voxels, shape (z, y, x), as they are stored, and where they lie.

    Raises
    ------
    BadInputError
        ``IMG-02`` to ``IMG-05`` and ``GEO-01``, as `read_volume`.
    """
    sitk = simpleitk()
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise damaged("the header cannot be read", path) from error
    size = tuple(int(extent) for extent in reader.GetSize())
    voxel_type = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    if not is_scalar(reader):
        raise not_scalar_3d(size, voxel_type, str(path))
    shape = squeezed_shape(size, voxel_type, findings, str(path))
    stored = stored_voxels(path, int(np.prod(shape)) * _bytes_of(voxel_type))
    check_stored(stored, _MAX_BLOWN_UP_MASK_BYTES if is_mask else MAX_BLOWN_UP_BYTES)
    matrix = straightened(_index_to_lps(reader), shape, findings, str(path))
    try:
        array = voxels_of(reader.Execute())
    except RuntimeError as error:
        raise damaged("the voxels cannot be read", path) from error
    return array.reshape(shape), Geometry.of_matrix(shape, matrix)


def _bytes_of(voxel_type: str) -> int:
    """Return 2 for ``"16-bit signed integer"``, and so on."""
    bits = re.match(r"(\d+)-bit", voxel_type)
    return int(bits.group(1)) // 8 if bits else 1


def _index_to_lps(reader: Any) -> NDArray[np.float64]:
    n_axes = reader.GetDimension()
    direction = np.asarray(reader.GetDirection()).reshape(n_axes, n_axes)[:3, :3]
    matrix = np.eye(4)
    matrix[:3, :3] = (direction * np.asarray(reader.GetSpacing()[:3]))[:, ::-1]
    matrix[:3, 3] = reader.GetOrigin()[:3]
    return matrix
