"""NIfTI headers that contradict themselves, are skewed, or hold more than one volume."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Geometry, read_mask, read_volume

VALUES = np.arange(6 * 5 * 4, dtype=np.int16).reshape(6, 5, 4)
RAS = np.array([[2.0, 0, 0, 10], [0, 2.0, 0, 20], [0, 0, 3.0, 30], [0, 0, 0, 1]])


def save(
    path: Path,
    values: np.ndarray = VALUES,
    sform: np.ndarray | None = None,
    qform: np.ndarray | None = None,
    spacing: tuple[float, ...] = (2.0, 2.0, 3.0),
) -> Path:
    """Write a file whose sform, qform and pixdim are exactly these."""
    nibabel: Any = import_module("nibabel")
    image = nibabel.Nifti1Image(values, None)
    image.header.set_zooms((*spacing, *[1.0] * (values.ndim - len(spacing)))[: values.ndim])
    if qform is not None:
        image.header.set_qform(qform, 1, strip_shears=True)
    image.header["pixdim"][1 : 1 + len(spacing)] = spacing
    image.header.set_sform(sform, 0 if sform is None else 1)
    image.header["qform_code"] = 0 if qform is None else 1
    nibabel.save(image, path)
    return path


def moved(x_mm: float) -> np.ndarray:
    """Return the affine shifted to the right."""
    affine = RAS.copy()
    affine[0, 3] += x_mm
    return affine


def sheared(shear: float) -> np.ndarray:
    """Return the affine with its second axis tilted towards the first."""
    affine = RAS.copy()
    affine[0, 1] = 2.0 * shear
    return affine


@pytest.mark.parametrize(("sform", "qform"), [(RAS, RAS), (RAS, None), (None, RAS)])
def test_ras_becomes_lps(
    sform: np.ndarray | None, qform: np.ndarray | None, tmp_path: Path
) -> None:
    volume = read_volume(save(tmp_path / "a.nii.gz", sform=sform, qform=qform))
    assert volume.geometry.index_to_lps((0, 0, 0)).tolist() == [-10.0, -20.0, 30.0]
    assert volume.geometry.index_to_lps((1, 2, 3)).tolist() == [-16.0, -24.0, 33.0]
    assert np.array_equal(volume.array, VALUES.T)


def test_the_sform_counts_where_both_nearly_agree(tmp_path: Path) -> None:
    volume = read_volume(save(tmp_path / "a.nii", sform=moved(1.5), qform=RAS))
    assert volume.geometry.origin_mm == (-11.5, -20.0, 30.0)


def test_contradicting_forms_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"GEO-03.*a\.nii.*qform and sform.*1\.5 voxels"):
        read_volume(save(tmp_path / "a.nii", sform=moved(3.0), qform=RAS))


def test_left_and_right_swapped_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="GEO-03"):
        read_volume(save(tmp_path / "a.nii", sform=RAS @ np.diag([-1, 1, 1, 1.0]), qform=RAS))


def test_a_spacing_beside_the_affine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"GEO-03.*pixdim and the affine"):
        read_volume(save(tmp_path / "a.nii", sform=RAS, spacing=(1.0, 1.0, 1.0)))


def test_a_header_without_position_is_told(tmp_path: Path) -> None:
    findings: list[Finding] = []
    volume = read_volume(save(tmp_path / "a.nii"), findings=findings)
    assert volume.geometry == Geometry.of_spacing((4, 5, 6), (3.0, 2.0, 2.0))
    assert [(finding.code, finding.consequence) for finding in findings] == [("GEO-05", "warning")]


@pytest.mark.parametrize("shear", [1e-4, 9e-4])
def test_nearly_orthogonal_axes_are_straightened(shear: float, tmp_path: Path) -> None:
    findings: list[Finding] = []
    path = save(tmp_path / "a.nii.gz", sform=sheared(shear))
    volume = read_volume(path, findings=findings)
    assert [(finding.code, finding.consequence) for finding in findings] == [("GEO-01", "repaired")]
    assert np.array_equal(volume.array, VALUES.T)
    assert volume.array.dtype == np.int16
    direction = volume.geometry.direction
    np.testing.assert_allclose(direction.T @ direction, np.eye(3), atol=1e-10)
    corner = sheared(shear) @ [5.0, 4.0, 3.0, 1.0] * [-1, -1, 1, 1]
    off_mm = np.linalg.norm(volume.geometry.index_to_lps((3, 4, 5)) - corner[:3])
    assert off_mm < shear * 10


@pytest.mark.parametrize("shear", [2e-3, 0.2])
def test_skewed_axes_are_refused(shear: float, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"GEO-01.*a\.nii.*orthogonal"):
        read_volume(save(tmp_path / "a.nii", sform=sheared(shear)))


def test_infinite_affines_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="GEO-0"):
        read_volume(save(tmp_path / "a.nii", sform=moved(np.nan)))


@pytest.mark.parametrize("extra", [(1,), (1, 1)])
def test_trailing_axes_of_one_voxel_are_dropped(extra: tuple[int, ...], tmp_path: Path) -> None:
    findings: list[Finding] = []
    path = save(tmp_path / "a.nii.gz", VALUES.reshape(*VALUES.shape, *extra), RAS, RAS)
    assert np.array_equal(read_volume(path, findings=findings).array, VALUES.T)
    assert [(finding.code, finding.consequence) for finding in findings] == [("IMG-04", "repaired")]


COLOURS = np.zeros(VALUES.shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])


@pytest.mark.parametrize(
    "values",
    [
        np.stack([VALUES] * 3, axis=-1),
        np.stack([VALUES] * 3, axis=-1)[..., np.newaxis, :],
        VALUES[..., 0],
        VALUES.astype(np.complex64),
        COLOURS,
    ],
    ids=["time", "vectors", "2D", "complex", "colours"],
)
def test_only_one_scalar_volume_is_read(values: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"IMG-04.*a\.nii\.gz"):
        read_volume(save(tmp_path / "a.nii.gz", values, RAS))


def test_a_single_slice_is_a_volume(tmp_path: Path) -> None:
    volume = read_volume(save(tmp_path / "a.nii", VALUES[..., :1], RAS, RAS))
    assert volume.array.shape == (1, 5, 6)


def test_rescaled_values_are_rescaled(tmp_path: Path) -> None:
    nibabel: Any = import_module("nibabel")
    image = nibabel.Nifti1Image(VALUES, RAS)
    image.header.set_slope_inter(2.0, -1000.0)
    stored = image.to_bytes()
    (tmp_path / "a.nii").write_bytes(stored)
    expected = np.asarray(nibabel.load(tmp_path / "a.nii").dataobj).T
    np.testing.assert_allclose(read_volume(tmp_path / "a.nii").array, expected, rtol=1e-6)


def test_not_gzip_under_a_gzip_name(tmp_path: Path) -> None:
    save(tmp_path / "a.nii", sform=RAS)
    (tmp_path / "b.nii.gz").write_bytes((tmp_path / "a.nii").read_bytes())
    with pytest.raises(BadInputError, match=r"IMG-02.*b\.nii\.gz"):
        read_volume(tmp_path / "b.nii.gz")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_voxel_that_is_no_number_stays_one(tmp_path: Path, value: float) -> None:
    voxels = np.zeros((2, 3, 4), dtype=np.float32)
    voxels[1, 2, 3] = value
    array = read_volume(save(tmp_path / "a.nii.gz", voxels, sform=RAS)).array
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, voxels.T)


def test_a_quaternion_longer_than_one_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.nii", sform=RAS, qform=RAS)
    raw = bytearray(path.read_bytes())
    raw[256:260] = np.float32(2.0).tobytes()
    path.write_bytes(raw)
    with pytest.raises(BadInputError, match=r"IMG-02.*a\.nii.*quaternion"):
        read_volume(path)


@pytest.mark.parametrize("extent", [0, -3])
def test_an_axis_without_a_voxel_is_refused(extent: int, tmp_path: Path) -> None:
    path = save(tmp_path / "a.nii", sform=RAS)
    raw = bytearray(path.read_bytes())
    raw[44:46] = np.int16(extent).tobytes()
    path.write_bytes(raw)
    with pytest.raises(BadInputError, match=r"IMG-0[24].*a\.nii"):
        read_volume(path)


@pytest.mark.parametrize("kind", ["u1", "<i2", ">i2", ">i4", "<f4"])
@pytest.mark.parametrize("slope", [None, 1.0, 3.0])
def test_a_packed_mask_is_the_same_as_a_plain_one(
    kind: str, slope: float | None, tmp_path: Path
) -> None:
    nibabel: Any = import_module("nibabel")
    values = (np.arange(60).reshape(3, 4, 5) % 7 == 0).astype(kind)
    image = nibabel.Nifti1Image(values, RAS, dtype=values.dtype)
    image.header.set_data_dtype(values.dtype)
    if ">" in kind:
        image = nibabel.Nifti1Image(values, RAS, image.header.as_byteswapped(">"))
    image.header.set_slope_inter(slope, None if slope is None else 0.0)
    for ending in ("nii", "nii.gz"):
        nibabel.save(image, tmp_path / f"a.{ending}")
        if slope == 3.0:
            mask = read_mask(tmp_path / f"a.{ending}", threshold=0.5)
        else:
            mask = read_mask(tmp_path / f"a.{ending}")
        assert np.array_equal(mask.array, values.T != 0), ending
        assert mask.geometry.index_to_lps((0, 0, 0)).tolist() == [-10.0, -20.0, 30.0]


@pytest.mark.parametrize("kind", ["u1", "<i2", ">i2", ">i4", "<u2", "<f4", ">f4", "<f8"])
@pytest.mark.parametrize("slope", [None, 1.0, 3.0])
def test_a_packed_image_is_what_itk_reads(kind: str, slope: float | None, tmp_path: Path) -> None:
    nibabel: Any = import_module("nibabel")
    values = (np.arange(60).reshape(3, 4, 5) % 50).astype(kind)
    image = nibabel.Nifti1Image(values, RAS, dtype=values.dtype)
    image.header.set_data_dtype(values.dtype)
    if ">" in kind:
        image = nibabel.Nifti1Image(values, RAS, image.header.as_byteswapped(">"))
    image.header.set_slope_inter(slope, None if slope is None else 0.0)
    path = tmp_path / "a.nii.gz"
    nibabel.save(image, path)
    read, itk = read_volume(path).array, sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    assert read.dtype == itk.dtype
    assert np.array_equal(read, itk)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(BadInputError, match="IMG-02"):
        read_volume(path)


def test_packed_probabilities_are_scaled_before_the_threshold(tmp_path: Path) -> None:
    nibabel: Any = import_module("nibabel")
    values = np.arange(60, dtype=np.uint8).reshape(3, 4, 5)
    image = nibabel.Nifti1Image(values, RAS)
    image.header.set_slope_inter(0.01, 0.0)
    nibabel.save(image, tmp_path / "a.nii.gz")
    stored = nibabel.load(tmp_path / "a.nii.gz").get_fdata()
    assert stored.max() == pytest.approx(0.59)
    mask = read_mask(tmp_path / "a.nii.gz", threshold=0.305)
    assert np.array_equal(mask.array, stored.T > 0.305)
