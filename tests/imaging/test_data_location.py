"""Where text headers say that the voxels are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.errors import BadInputError
from tumorcast.imaging.data_location import detached_data, stored_voxels
from tumorcast.imaging.stored import StoredVoxels

NRRD = "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 3 2\nencoding: {encoding}\n"
META = "ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nCompressedData = {packed}\n"


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("written", "encoding"), [("raw", "raw"), ("gzip", "gzip"), ("GZ", "gzip"), ("ascii", "other")]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_nrrd_in_one_file(written: str, encoding: str, newline: str, tmp_path: Path) -> None:
    header = NRRD.format(encoding=written).replace("\n", newline) + newline
    path = write(tmp_path / "a.nrrd", header + "voxels")
    assert stored_voxels(path, 48) == StoredVoxels(path, len(header), 48, encoding)  # type: ignore[arg-type]


def test_nrrd_beside_its_data(tmp_path: Path) -> None:
    text = NRRD.format(encoding="raw") + "byte skip: 17\ndata file: A.raw\n"
    path = write(tmp_path / "a.nhdr", text)
    assert stored_voxels(path, 48) == StoredVoxels(tmp_path / "A.raw", 17, 48, "raw")
    assert detached_data(path) == tmp_path / "A.raw"


@pytest.mark.parametrize(("packed", "encoding"), [("True", "zlib"), ("False", "raw")])
def test_meta_image_in_one_file(packed: str, encoding: str, tmp_path: Path) -> None:
    header = META.format(packed=packed) + "ElementDataFile = LOCAL\n"
    path = write(tmp_path / "a.mha", header + "voxels")
    assert stored_voxels(path, 48) == StoredVoxels(path, len(header), 48, encoding)  # type: ignore[arg-type]
    assert detached_data(path) is None


def test_meta_image_beside_its_data(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mhd", META.format(packed="True") + "ElementDataFile = a.zraw")
    assert stored_voxels(path, 48) == StoredVoxels(tmp_path / "a.zraw", 0, 48, "zlib")
    assert detached_data(path) == tmp_path / "a.zraw"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/hostname",
        "../secret.raw",
        "..",
        "C:\\a.raw",
        "LIST",
        "LIST 2",
        "a%03d.raw",
        "a\0.raw",
        "a" * 300,
    ],
)
def test_voxels_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    meta = write(tmp_path / "a.mhd", META.format(packed="False") + f"ElementDataFile = {name}\n")
    nrrd = write(tmp_path / "a.nhdr", NRRD.format(encoding="raw") + f"data file: {name}\n")
    for path in (meta, nrrd):
        with pytest.raises(BadInputError, match=r"IMG-03.*own folder"):
            stored_voxels(path, 48)


def test_headers_without_an_end_are_refused(tmp_path: Path) -> None:
    for path in (
        write(tmp_path / "a.nrrd", NRRD.format(encoding="raw")),
        write(tmp_path / "a.mha", META.format(packed="False")),
    ):
        with pytest.raises(BadInputError, match="IMG-02"):
            stored_voxels(path, 48)


def test_other_files_have_no_detached_data(tmp_path: Path) -> None:
    assert detached_data(tmp_path / "a.nii.gz") is None
