"""The same scan from a file, from memory and from an array; verbs that move no value."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Volume, read_volume, write_volume
from tumorcast.imaging.itk import simpleitk


def test_file_memory_and_array_give_the_same_volume(tmp_path: Path) -> None:
    values = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    in_array = Volume(values, Geometry.of_spacing((4, 5, 6), (3.0, 2.0, 1.0), (7.0, 8.0, 9.0)))

    image = simpleitk().GetImageFromArray(values)
    image.SetSpacing((1.0, 2.0, 3.0))
    image.SetOrigin((7.0, 8.0, 9.0))
    in_memory = Volume.from_sitk(image)

    to_ras = np.diag([-1.0, -2.0, 3.0, 1.0])
    to_ras[:3, 3] = (-7.0, -8.0, 9.0)
    nibabel: Any = import_module("nibabel")
    nibabel.save(nibabel.Nifti1Image(values.T, to_ras), tmp_path / "by_nibabel.nii.gz")
    simpleitk().WriteImage(image, str(tmp_path / "by_itk.nii.gz"))
    simpleitk().WriteImage(image, str(tmp_path / "by_itk.nrrd"))
    write_volume(in_array, tmp_path / "by_us.mha")

    assert in_memory == in_array
    for name in ("by_nibabel.nii.gz", "by_itk.nii.gz", "by_itk.nrrd", "by_us.mha"):
        assert read_volume(tmp_path / name) == in_array, name


def test_simpleitk_and_back_is_the_same_volume(ct: Volume) -> None:
    image: Any = ct.to_sitk()
    assert Volume.from_sitk(image, "HU") == ct
    assert image.GetPixelIDTypeAsString() == "16-bit signed integer"


def test_verbs_keep_each_value_at_its_place(ct: Volume) -> None:
    changed = [
        ct.crop((1, 1, 2), (3, 4, 6)),
        ct.pad((1, 0, 2), (0, 3, 1), value=-1000),
        ct.flip(0),
        ct.permute((2, 0, 1)),
        ct.permute((1, 2, 0)).flip(2).reoriented(),
    ]
    for volume in changed:
        index = np.argwhere(volume.array > -1000)
        lps = volume.geometry.index_to_lps(index)
        original = np.rint(ct.geometry.lps_to_index(lps)).astype(int)
        assert np.array_equal(volume.array[tuple(index.T)], ct.array[tuple(original.T)])
        np.testing.assert_allclose(ct.geometry.index_to_lps(original), lps, atol=1e-9)


def test_verbs_are_undone_exactly(ct: Volume) -> None:
    assert ct.pad((1, 2, 3), (3, 2, 1), value=0).crop((1, 2, 3), (5, 7, 9)) == ct
    assert ct.flip(1).flip(1) == ct
    assert ct.permute((2, 0, 1)).permute((1, 2, 0)) == ct
    assert ct.flip(0).permute((1, 0, 2)).reoriented() == ct.reoriented()


def test_volumes_differ_in_any_part(ct: Volume) -> None:
    changed = np.array(ct.array)
    changed[0, 0, 0] += 1
    assert ct != replace(ct, array=changed)
    assert ct != replace(ct, unit="arbitrary")
    assert ct != replace(ct, array=ct.array.astype(np.float32))
    assert ct != replace(ct, geometry=replace(ct.geometry, frame_of_reference="1.2"))
    assert ct != "volume"


def test_missing_voxels_are_equal_to_themselves(ct: Volume) -> None:
    values = np.array(ct.array, dtype=np.float32)
    values[0] = np.nan
    assert replace(ct, array=values) == replace(ct, array=values.copy())


def test_the_array_cannot_be_written(ct: Volume) -> None:
    with pytest.raises(ValueError, match="read-only"):
        ct.array[0, 0, 0] = 1


def test_array_and_geometry_must_have_one_shape(ct: Volume) -> None:
    with pytest.raises(BadInputError, match="GEO-04"):
        Volume(np.zeros((6, 5, 4), np.int16), ct.geometry)


@pytest.mark.parametrize("kind", [np.bool_, np.complex64, object])
def test_voxels_must_be_real_numbers(kind: type, ct: Volume) -> None:
    with pytest.raises(TypeError, match="numbers are needed"):
        Volume(np.zeros(ct.geometry.shape, kind), ct.geometry)


def test_colours_and_time_series_are_refused() -> None:
    sitk = simpleitk()
    for image in (
        sitk.Image([2, 3, 4], sitk.sitkVectorUInt8, 3),
        sitk.Image([2, 3, 4, 5], sitk.sitkInt16),
        sitk.Image([2, 3], sitk.sitkInt16),
        sitk.Image([2, 3, 4], sitk.sitkComplexFloat32),
    ):
        with pytest.raises(BadInputError, match="IMG-04"):
            Volume.from_sitk(image)


def test_a_mask_is_not_a_volume(ball: Mask, tissue: Volume) -> None:
    assert ball != tissue
    with pytest.raises(TypeError, match="unhashable"):
        hash(tissue)
