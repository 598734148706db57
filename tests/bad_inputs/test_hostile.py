"""Rows 15 to 19: files made to do harm, each refused by name while the cohort goes on."""

from __future__ import annotations

import gzip
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless
from tests.bad_inputs.conftest import CASES, SPOILED, Export, the
from tests.imaging.dicom.conftest import Edit

from tumorcast.imaging.guard import decorator

MOST_SECONDS = 5.0
MOST_KILOBYTES = 1_000_000
MIB = 1024**2


@contextmanager
def within_bounds() -> Iterator[None]:
    """Demand that what follows takes few seconds, and never much memory in the reader."""
    before = getattr(decorator._LOCAL, "child", None)
    if before is not None:
        before.stop()  # what it held for other files is no matter here
    decorator.start_early()
    started = time.process_time()
    yield
    assert time.process_time() - started < MOST_SECONDS
    status = Path(f"/proc/{decorator._LOCAL.child.process.pid}/status")
    if status.exists():
        (peak,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        assert int(peak.split()[1]) < MOST_KILOBYTES


def test_row_15_a_header_that_claims_60000_by_60000(ct: Export) -> None:
    def lie(data: Dataset, i: int) -> None:
        data.Rows = data.Columns = 60000

    ct.edit(lie)
    with within_bounds():
        the(
            ct.check(),
            "DCM-15",
            "excluded",
            found="60,000 x 60,000 voxels in 1 frames",
            fix="check where the file comes from",
            file=".dcm",
        )


@pytest.mark.parametrize("name", ["nifti", "nrrd", "mha"])
def test_row_15_a_volume_that_claims_more_than_it_holds(nifti: Export, name: str) -> None:
    if name == "nifti":
        raw = bytearray(gzip.decompress(nifti.image().read_bytes()))
        raw[40:56] = struct.pack("<8h", 3, 30000, 30000, 30000, 1, 1, 1, 1)
        nifti.image().write_bytes(gzip.compress(bytes(raw)))
        expected = ("IMG-05", "54,000,000,000,")
    else:
        text = {
            "nrrd": "NRRD0004\ntype: int16\ndimension: 3\nsizes: 1000 1000 1000\nencoding: raw\n"
            "endian: little\n\n",
            "mha": "ObjectType = Image\nNDims = 3\nDimSize = 1000 1000 1000\n"
            "ElementType = MET_SHORT\nElementDataFile = LOCAL\n",
        }[name]
        replace_image(nifti, name, text.encode() + b"\0" * 100)
        expected = ("IMG-02", "2,000,000,000 bytes of voxels, the file holds 100")
    with within_bounds():
        the(
            nifti.check(),
            expected[0],
            "excluded",
            found=expected[1].rstrip(","),
            fix="",
            file=SPOILED,
        )


def replace_image(export: Export, ending: str, content: bytes) -> None:
    """Give every case an image of another format, and the spoiled one `content`."""
    from tumorcast.imaging import read_volume, write_volume  # noqa: PLC0415

    for case in CASES:
        old = export.image(case)
        new = old.with_name(f"{case}.{ending}")
        write_volume(read_volume(old), new)
        if case == SPOILED:
            new.write_bytes(content)
    scan = {"path": f"images/{{id}}.{ending}", "mask": "masks/{id}.nii.gz", "unit": "HU"}
    export.declare(cohort={"images": {"scan": scan}})


def zeros(packer: "zlib._Compress", mebibytes: int) -> bytes:  # noqa: UP037
    first, repeated = (
        packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    return first + repeated * (mebibytes - 1) + packer.flush()


def deflated_bomb(export: Export) -> None:
    path = export.slices()[2]
    with Edit(path) as data:
        data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    raw = path.read_bytes()
    (length,) = struct.unpack("<I", raw[140:144])
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b"\x09\x00\x10\x10UN\0\0\xff\xff\xff\x7f") + zeros(packer, 200)
    path.write_bytes(raw[: 144 + length] + bomb)


def test_row_16_a_deflated_slice(ct: Export) -> None:
    deflated_bomb(ct)
    with within_bounds():
        finding = the(
            ct.check(),
            "DCM-16",
            "excluded",
            found="unpacks to more than 134,217,728 bytes",
            fix="check where the file comes from",
            file="02.dcm",
        )
    assert finding.expected == "at most 134,217,728"


def test_row_16_a_compressed_image_that_unpacks_to_more_than_it_declares(nifti: Export) -> None:
    raw = gzip.decompress(nifti.image().read_bytes())
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    nifti.image().write_bytes(packer.compress(raw) + zeros(packer, 600))
    with within_bounds():
        the(
            nifti.check(),
            "IMG-05",
            "excluded",
            found="a file that unpacks to more than",
            fix="check where the file comes from",
            file=SPOILED,
        )


def nifti_of_zeros(export: Export) -> None:
    raw = bytearray(gzip.decompress(export.image().read_bytes())[:352])
    raw[40:56] = struct.pack("<8h", 3, 700, 700, 600, 1, 1, 1, 1)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    export.image().write_bytes(packer.compress(bytes(raw)) + zeros(packer, 561))


def nrrd_of_zeros(export: Export) -> None:
    head = (
        "NRRD0004\ntype: int16\ndimension: 3\nsizes: 700 700 600\nencoding: gzip\n"
        "endian: little\n\n"
    )
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    replace_image(export, "nrrd", head.encode() + zeros(packer, 561))


def nifti_as_large_as_a_real_one(export: Export) -> None:
    raw = bytearray(gzip.decompress(export.image().read_bytes())[:352])
    raw[40:56] = struct.pack("<8h", 3, 512, 512, 1000, 1, 1, 1, 1)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    export.image().write_bytes(packer.compress(bytes(raw)) + zeros(packer, 500))


@pytest.mark.parametrize("bomb", [nifti_of_zeros, nrrd_of_zeros, nifti_as_large_as_a_real_one])
def test_row_16_half_a_megabyte_that_declares_half_a_gigabyte(
    nifti: Export, bomb: Callable[[Export], None]
) -> None:
    bomb(nifti)
    with within_bounds():
        the(
            nifti.check(),
            "IMG-05",
            "excluded",
            found="bytes that unpack to 5",
            fix="check where the file comes from; crop the image",
            file=SPOILED,
        )


@pytest.mark.slow
def test_row_16_a_mask_of_half_a_gigabyte_of_zeros(nifti: Export) -> None:
    raw = bytearray(gzip.decompress(nifti.mask().read_bytes())[:352])
    raw[40:56] = struct.pack("<8h", 3, 512, 512, 1000, 1, 1, 1, 1)
    raw[70:74] = struct.pack("<2h", 4, 16)  # signed numbers of two bytes
    with gzip.open(nifti.mask(), "wb", compresslevel=1) as file:  # of one piece, for its checksum
        file.write(raw)
        for _ in range(500):
            file.write(bytes(MIB))
    with within_bounds():
        the(
            nifti.check(),
            "MSK-02",
            "excluded",
            found="without a single labelled voxel",
            fix="draw the tumour",
            file=SPOILED,
        )


def test_row_16_a_code_stream_that_is_larger_than_its_header_says(ct: Export) -> None:
    path = ct.slices()[2]
    with Edit(path) as data:
        data.compress(JPEGLSLossless, generate_instance_uid=False)
    raw = path.read_bytes()
    at = raw.index(b"\xff\xf7") + 5
    size = struct.pack(">HH", 60000, 60000)
    path.write_bytes(raw[:at] + size + raw[at + 4 :])
    with within_bounds():
        quality = ct.check()
    (finding,) = quality.findings
    assert finding.code in {"IMG-02", "LIM-01", "LIM-03"}
    assert finding.file.endswith(("02.dcm", SPOILED))
    assert quality.excluded == {SPOILED}


def test_row_17_sequences_nested_400_deep(ct: Export) -> None:
    path = ct.slices()[2]
    raw = path.read_bytes()
    deep = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 400
    at = raw.index(b"\x10\x00\x10\x00PN")
    path.write_bytes(raw[:at] + deep + raw[at:])
    with within_bounds():
        finding = the(
            ct.check(),
            "DCM-17",
            "excluded",
            found="sequences nested more than 100 deep",
            fix="check where the file comes from",
            file="02.dcm",
        )
    assert finding.expected.startswith("at most 100 levels, 1,000,000 elements")


def test_row_17_a_header_of_two_million_elements(ct: Export) -> None:
    path = ct.slices()[2]
    raw = path.read_bytes()
    at = raw.index(b"\x10\x00\x10\x00PN")
    path.write_bytes(raw[:at] + b"\x09\x00\x10\x00LO\0\0" * 2_000_000 + raw[at:])
    with within_bounds():
        the(
            ct.check(),
            "DCM-17",
            "excluded",
            found="more than 1,000,000 elements",
            fix="check where the file comes from",
            file="02.dcm",
        )


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_row_18_uids_that_climb_write_nothing(ct: Export, tmp_path: Path) -> None:
    def climb(data: Dataset, i: int) -> None:
        data.SeriesInstanceUID = "../../evil"

    ct.edit(climb)
    before = sorted(tmp_path.rglob("*"))
    finding = the(
        ct.check(),
        "DCM-18",
        "excluded",
        found="a series UID with characters that no UID has",
        fix="check where the file comes from",
        file=".dcm",
    )
    assert "evil" not in finding.line()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("start", [b"MZ\x90\x00", b"\x7fELF"])
def test_row_19_a_program_in_the_preamble(ct: Export, start: bytes) -> None:
    path = ct.slices()[2]
    path.write_bytes(start + path.read_bytes()[4:])
    the(
        ct.check(),
        "DCM-19",
        "warning",
        found="an executable program in the file's preamble",
        fix="do not run the file",
        file="02.dcm",
    )


def test_row_15_nan_and_huge_numbers_in_a_header(ct: Export) -> None:
    def odd(data: Dataset, i: int) -> None:
        data.PixelSpacing = [1e-30, 1e-30]

    ct.edit(odd)
    quality = ct.check()
    assert quality.excluded == {SPOILED}
    assert np.all([finding.fix for finding in quality.findings])
