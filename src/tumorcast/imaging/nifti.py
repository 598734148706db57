"""NIfTI files: size and position from the header, voxels through SimpleITK.

The position follows the standard (nifti1.h): the sform if its code is above zero, else the qform,
both mapping to RAS. ITK takes the spacing from a third field, pixdim, and says nothing when they
differ; so the position is read here.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.geometry import ORTHONORMAL_TOLERANCE, Geometry, orthonormal_deviation
from tumorcast.imaging.guard import empty
from tumorcast.imaging.itk import not_scalar_3d, simpleitk, squeezed_shape, voxels_of
from tumorcast.imaging.orthonormal import straightened
from tumorcast.imaging.stored import (
    MAX_BLOWN_UP_BYTES,
    MAX_BLOWN_UP_MASK_BYTES,
    StoredVoxels,
    check_size,
    check_stored,
    damaged,
    unpack_into,
)

_LARGEST_DISAGREEMENT_VOXELS = 1.0
_LARGEST_VOXEL_BYTES = 8
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read_nifti(
    path: Path, findings: list[Finding] | None, *, is_mask: bool = False
) -> tuple[NDArray[Any], Geometry]:
    """Read one scalar volume; a mask may be larger than an image that is packed as tightly.

    Returns
    -------
    The voxels, shape (z, y, x), as they are stored, and where they lie.

    Raises
    ------
    BadInputError
        ``IMG-02``, ``IMG-04``, ``IMG-05``, ``GEO-01`` or ``GEO-03``, as `read_volume`.
    """
    image = _load(path)
    header = image.header
    voxel_type = header.get_data_dtype()
    if voxel_type.kind not in "iuf":
        raise not_scalar_3d(header.get_data_shape(), str(voxel_type), str(path))
    shape = squeezed_shape(header.get_data_shape(), str(voxel_type), findings, str(path))
    n_bytes = int(image.dataobj.offset) + int(np.prod(shape)) * voxel_type.itemsize
    packed = path.name.lower().endswith(".gz")
    stored = StoredVoxels(path, 0, n_bytes, "gzip" if packed else "raw")
    plain = packed and _holds_plain_values(image)
    if plain:
        check_size(stored, MAX_BLOWN_UP_MASK_BYTES if is_mask else MAX_BLOWN_UP_BYTES)
    else:
        check_stored(stored)
    matrix = _index_to_lps(header, shape, findings, str(path))
    straight = straightened(matrix, shape, findings, str(path))
    orthonormal = orthonormal_deviation(matrix) <= ORTHONORMAL_TOLERANCE
    array = _unpacked(image, stored) if plain else _voxels(image, path, through_itk=orthonormal)
    return array.reshape(shape), Geometry.of_matrix(shape, straight)


def _load(path: Path) -> Any:
    nibabel = import_module("nibabel")
    unreadable = (
        OSError,
        EOFError,
        ValueError,
        zlib.error,
        nibabel.filebasedimages.ImageFileError,
        nibabel.spatialimages.HeaderDataError,
    )
    try:
        image = nibabel.load(path)
    except unreadable as error:
        raise damaged(f"the NIfTI header cannot be read ({error})", path) from error
    if not isinstance(image, nibabel.Nifti1Pair):
        raise damaged("the file has no NIfTI header", path)
    return image


def _holds_plain_values(image: Any) -> bool:
    """Tell whether the voxels are the numbers that are stored, of a type that ITK takes too."""
    stored = image.dataobj  # the header that nibabel hands out no longer has the scale
    unscaled = (stored.slope, stored.inter) == (1, 0)
    return unscaled and image.get_data_dtype().itemsize <= _LARGEST_VOXEL_BYTES


def _unpacked(image: Any, stored: StoredVoxels) -> NDArray[Any]:
    """Return voxels with axes (z, y, x), judged while they are unpacked to where they stay.

    ITK would unpack them a second time and copy them.
    """
    array = empty(image.shape[::-1], image.get_data_dtype())
    unpack_into(stored, int(image.dataobj.offset), array.reshape(-1).view(np.uint8).data)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _voxels(image: Any, path: Path, *, through_itk: bool) -> NDArray[Any]:
    """Return the voxels with axes (z, y, x); ITK is three times faster but refuses some headers."""
    if not through_itk:
        return np.asarray(image.dataobj).T
    sitk = simpleitk()
    try:
        array = voxels_of(sitk.ReadImage(str(path)))
    except RuntimeError as error:
        raise damaged("the voxels cannot be read", path) from error
    return _with_nonfinite(array, image) if image.get_data_dtype().kind == "f" else array


def _with_nonfinite(array: NDArray[Any], image: Any) -> NDArray[Any]:
    """Put NaN and infinity back: ITK's NIfTI library turns them into zeros without a word."""
    stored = np.asarray(image.dataobj.get_unscaled()).T.reshape(array.shape)
    lost = ~np.isfinite(stored)
    return np.where(lost, stored, array).astype(array.dtype) if lost.any() else array


def _index_to_lps(
    header: Any, shape: tuple[int, int, int], findings: list[Finding] | None, file: str
) -> NDArray[np.float64]:
    """Return the matrix from array indices (z, y, x, 1) to LPS, not yet known to be orthogonal."""
    sform, qform = header.get_sform(coded=True)[0], _qform(header, file)
    spacing_mm = header.get_zooms()[:3]
    stated = sform if sform is not None else qform
    if stated is None:
        _note(findings, _unplaced(file))
        return np.diag([*spacing_mm, 1.0])[:, [2, 1, 0, 3]]
    if sform is not None and qform is not None:
        _refuse_contradiction("qform and sform", _apart(sform, qform, shape), file)
    by_pixdim = stated.copy()
    by_pixdim[:3, :3] *= np.asarray(spacing_mm) / np.linalg.norm(stated[:3, :3], axis=0)
    _refuse_contradiction("pixdim and the affine", _apart(stated, by_pixdim, shape), file)
    return np.asarray(_RAS_TO_LPS @ stated[:, [2, 1, 0, 3]], dtype=np.float64)


def _qform(header: Any, file: str) -> NDArray[np.float64] | None:
    try:
        affine: NDArray[np.float64] | None = header.get_qform(coded=True)[0]
    except (ValueError, import_module("nibabel").spatialimages.HeaderDataError) as error:
        raise damaged(f"the header's quaternion is none ({error})", Path(file)) from error
    return affine


def _apart(one: NDArray[Any], other: NDArray[Any], shape: tuple[int, int, int]) -> float:
    """Return how far the corners of the two lie apart, in voxels of the first."""
    last = np.asarray(shape[::-1]) - 1
    corners = np.array(list(np.ndindex(2, 2, 2))) * last
    gap = corners @ (one - other)[:3, :3].T + (one - other)[:3, 3]
    spacing = np.linalg.norm(one[:3, :3], axis=0).min()
    return float(np.linalg.norm(gap, axis=1).max() / spacing)


def _refuse_contradiction(fields: str, apart_voxels: float, file: str) -> None:
    if not apart_voxels <= _LARGEST_DISAGREEMENT_VOXELS:
        raise BadInputError(
            "GEO-03",
            f"{fields} of the header place the voxels up to {apart_voxels:.3g} voxels apart",
            expected=f"agreement within {_LARGEST_DISAGREEMENT_VOXELS:g} voxel",
            fix="convert the image again from DICOM; which of the two is right cannot be known",
            file=file,
        )


def _unplaced(file: str) -> Finding:
    return Finding(
        "GEO-05",
        "warning",
        "the header does not say where the voxels lie (qform and sform codes are 0)",
        "a position and an orientation",
        "left and right cannot be checked: convert the image again from DICOM",
        file=file,
    )


def _note(findings: list[Finding] | None, finding: Finding) -> None:
    if findings is not None:
        findings.append(finding)
