"""Files of every format out and in, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask, Volume, read_mask, read_volume, write_mask, write_volume

EXACT = ("nrrd", "nhdr", "mha", "mhd")
ROUNDED = ("nii", "nii.gz")


@pytest.mark.parametrize("suffix", EXACT)
def test_text_headers_keep_every_digit(ct: Volume, suffix: str, tmp_path: Path) -> None:
    write_volume(ct, tmp_path / f"ct.{suffix}")
    assert read_volume(tmp_path / f"ct.{suffix}", "HU") == ct


@pytest.mark.parametrize("suffix", ROUNDED)
def test_nifti_keeps_positions_to_1e5_mm(ct: Volume, suffix: str, tmp_path: Path) -> None:
    write_volume(ct, tmp_path / f"ct.{suffix}")
    back = read_volume(tmp_path / f"ct.{suffix}", "HU")
    assert np.array_equal(back.array, ct.array)
    assert back.array.dtype == np.int16
    np.testing.assert_allclose(back.geometry.matrix, ct.geometry.matrix, atol=1e-5)
    assert back.geometry.coincides_with(ct.geometry)


@pytest.mark.parametrize("suffix", EXACT + ROUNDED)
def test_masks_survive_files(ball: Mask, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / f"mask.{suffix}"
    write_mask(ball, path)
    assert read_mask(path) == ball
    assert read_mask(path, "GTV", label=1).name == "GTV"


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha"])
def test_the_stored_type_is_kept(ct: Volume, kind: type, suffix: str, tmp_path: Path) -> None:
    values: np.ndarray = (ct.array.astype(np.int64) + 50).astype(kind)
    write_volume(Volume(values, ct.geometry), tmp_path / f"ct.{suffix}")
    back = read_volume(tmp_path / f"ct.{suffix}")
    assert back.array.dtype == np.dtype(kind)
    assert np.array_equal(back.array, values)
    assert back.unit == "arbitrary"


def test_labels_are_chosen_while_reading(ball: Mask, tmp_path: Path) -> None:
    values = ball.array.astype(np.int16) * 3
    values[0] = 7
    write_volume(Volume(values, ball.geometry), tmp_path / "labels.nii.gz")
    assert np.array_equal(read_mask(tmp_path / "labels.nii.gz", label=3).array, values == 3)
    with pytest.raises(BadInputError, match=r"MSK-05.*labels\.nii\.gz.*2 labels: 3, 7"):
        read_mask(tmp_path / "labels.nii.gz")


@pytest.mark.parametrize("name", ["ct.nii.gz.part", "ct"])
def test_other_formats_are_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(BadInputError, match=r"IMG-03.*\.nii, \.nii\.gz, \.nrrd"):
        read_volume(tmp_path / name)


@pytest.mark.parametrize("suffix", EXACT + ROUNDED)
def test_absent_and_empty_files_are_named(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"ct.{suffix}"
    with pytest.raises(BadInputError, match=r"IMG-02.*no such file"):
        read_volume(path)
    path.touch()
    with pytest.raises(BadInputError, match=r"IMG-02.*empty"):
        read_volume(path)


@pytest.mark.parametrize("suffix", EXACT + ROUNDED)
def test_nonsense_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"ct.{suffix}"
    path.write_bytes(b"neither a header nor voxels\n" * 100)
    with pytest.raises(BadInputError, match="IMG-02"):
        read_volume(path)


@pytest.mark.parametrize("suffix", ["nii", "nii.gz", "nrrd", "mha"])
def test_truncated_files_are_refused(tissue: Volume, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"ct.{suffix}"
    write_volume(tissue, path)
    whole = path.read_bytes()
    for kept in (len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:kept])
        with pytest.raises(BadInputError, match="IMG-02"):
            read_volume(path)


@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha"])
def test_damaged_compression_is_refused(tissue: Volume, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"ct.{suffix}"
    write_volume(tissue, path)
    whole = bytearray(path.read_bytes())
    middle, checksum = len(whole) * 2 // 3, len(whole) - 6
    for position in (middle, checksum if suffix != "mha" else len(whole) - 2):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        with pytest.raises(BadInputError, match="IMG-02"):
            read_volume(path)


@pytest.mark.parametrize("name", ["Größe µ.nii.gz", "with space.nrrd", "x" * 200 + ".mha"])
def test_unusual_names(name: str, ct: Volume, tmp_path: Path) -> None:
    write_volume(ct, tmp_path / name)
    assert np.array_equal(read_volume(tmp_path / name).array, ct.array)
