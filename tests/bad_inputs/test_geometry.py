"""Rows 26 to 29: image files that are damaged, or that contradict themselves."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.bad_inputs.conftest import SPOILED, Export, the

from tumorcast.imaging.itk import simpleitk

IMAGE = f"images/{SPOILED}.nii.gz"


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped_bit(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (half, "the compressed voxels end too early"),
        (flipped_bit, "the compressed voxels are damaged"),
        (lambda data: b"", "the file is empty"),
        (lambda data: b"no image at all" * 30, "gzip"),
    ],
    ids=["truncated", "bit", "empty", "text"],
)
def test_row_26_a_damaged_file(nifti: Export, spoil: Any, found: str) -> None:
    nifti.image().write_bytes(spoil(nifti.image().read_bytes()))
    the(
        nifti.check(),
        "IMG-02",
        "excluded",
        found=found,
        fix="copy or export the file again",
        file=IMAGE,
    )


def rewrite(path: Path, array: Any, affine: Any = None, qform: Any = None) -> None:
    nibabel: Any = import_module("nibabel")
    before = nibabel.load(path)
    matrix = before.affine if affine is None else affine(before.affine.copy())
    after = nibabel.Nifti1Image(array(np.asarray(before.dataobj)), matrix)
    if qform is not None:
        after.set_qform(qform(before.affine.copy()), code=1)
    nibabel.save(after, path)


def unchanged(array: Any) -> Any:
    return array


def test_row_27_a_trailing_axis_of_one(nifti: Export) -> None:
    rewrite(nifti.image(), lambda array: array[..., np.newaxis])
    quality = nifti.check()
    assert {f.consequence for f in quality.findings} <= {"repaired"}
    assert quality.excluded == frozenset()


def test_row_27_a_fourth_dimension(nifti: Export) -> None:
    rewrite(nifti.image(), lambda array: np.stack([array, array + 1], axis=-1))
    the(
        nifti.check(),
        "IMG-04",
        "excluded",
        found="x 2 voxels",
        fix="export one time point or channel as a 3D image",
        file=IMAGE,
    )


def test_row_27_colours(nifti: Export) -> None:
    sitk = simpleitk()
    grey = sitk.Cast(sitk.ReadImage(str(nifti.image())), sitk.sitkUInt8)
    sitk.WriteImage(sitk.Compose(grey, grey, grey), str(nifti.image()))
    the(
        nifti.check(),
        "IMG-04",
        "excluded",
        found="x 3 voxels of type uint8",
        fix="export one time point or channel as a 3D image",
        file=IMAGE,
    )


def sheared(by: float) -> Any:
    def change(affine: Any) -> Any:
        affine[0, 1] += by * affine[1, 1]
        return affine

    return change


def test_row_28_axes_that_are_nearly_orthogonal(nifti: Export) -> None:
    for path in (nifti.image(), nifti.mask()):
        rewrite(path, unchanged, sheared(5e-4))
    quality = nifti.check()
    assert {(f.code, f.consequence, f.case) for f in quality.findings} == {
        ("GEO-01", "repaired", SPOILED)
    }
    assert "axes that deviate by 0.0005 from orthogonal" in quality.findings[0].found
    assert quality.flow["repaired"] == 1


def test_row_28_axes_that_are_not_orthogonal(nifti: Export) -> None:
    rewrite(nifti.image(), unchanged, sheared(0.2))
    the(nifti.check(), "GEO-01", "excluded", found="0.2", fix="", file=IMAGE)


def test_row_29_two_positions_that_contradict_each_other(nifti: Export) -> None:
    def turned(affine: Any) -> Any:
        affine[0] *= -1
        return affine

    rewrite(nifti.image(), unchanged, qform=turned)
    the(
        nifti.check(),
        "GEO-03",
        "excluded",
        found="of the header place the voxels up to",
        fix="convert the image again from DICOM; which of the two is right cannot be known",
        file=IMAGE,
    )


def test_row_29_no_position_at_all(nifti: Export) -> None:
    nibabel: Any = import_module("nibabel")
    for path in (nifti.image(), nifti.mask()):
        nibabel.save(nibabel.Nifti1Image(np.asarray(nibabel.load(path).dataobj), None), path)
    quality = nifti.check()
    assert {(f.code, f.consequence, f.case) for f in quality.findings} == {
        ("GEO-05", "warning", SPOILED),
        ("COH-01", "warning", ""),
    }
    assert "left and right cannot be checked" in quality.findings[0].fix
