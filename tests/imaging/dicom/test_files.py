"""Single files: encodings that are read, and files that are refused before they do harm."""

from __future__ import annotations

import base64
import json
import resource
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import read_volume
from tumorcast.imaging.dicom.header import read_header
from tumorcast.imaging.dicom.pixels import stored_values

SeriesMaker = Callable[..., list[Path]]
ORACLES = Path(__file__).resolve().parents[2] / "oracles"


def refusal(path: Path) -> Finding:
    with pytest.raises(BadInputError) as caught:
        read_volume(path)
    return caught.value.finding


@pytest.fixture
def paths(make_series: SeriesMaker) -> list[Path]:
    return make_series(4)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_row_11_compressed_voxels_are_decoded(make_series: SeriesMaker, syntax: str) -> None:
    def larger(data: Dataset, i: int) -> None:
        data.Rows = data.Columns = 64
        data.PixelData = (np.arange(64 * 64, dtype=np.int16) - 100 * i).tobytes()

    paths = make_series(3, change=larger)
    plain = read_volume(paths[0].parent)
    for path in paths:
        data = pydicom.dcmread(path)
        data.compress(syntax, generate_instance_uid=False)
        data.save_as(path)
    assert read_volume(paths[0].parent) == plain


def write_gdcm(path: Path, syntax: int) -> None:
    """Compress a file with GDCM, which writes what pydicom only reads."""
    gdcm: Any = pytest.importorskip("gdcm")
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()


@pytest.mark.parametrize(
    ("name", "off_by"),
    [
        ("JPEGLosslessProcess14", 0),
        ("JPEGLosslessProcess14_1", 0),
        ("JPEGExtendedProcess2_4", 12),
    ],
)
def test_row_11_jpeg_of_12_bits_is_decoded(
    make_series: SeriesMaker, name: str, off_by: int
) -> None:
    gdcm: Any = pytest.importorskip("gdcm")

    def of_12_bits(data: Dataset, i: int) -> None:
        data.Rows = data.Columns = 64
        data.BitsStored, data.HighBit, data.PixelRepresentation = 12, 11, 0
        data.PixelData = (np.arange(64 * 64, dtype=np.uint16) // 4 + 100 * i).tobytes()

    paths = make_series(3, change=of_12_bits)
    plain = read_volume(paths[0].parent)
    for path in paths:
        write_gdcm(path, getattr(gdcm.TransferSyntax, name))
    packed = read_volume(paths[0].parent)
    assert packed.geometry == plain.geometry
    assert np.abs(packed.array - plain.array).max() <= off_by
    assert read_header(paths[0]).transfer_syntax.startswith("1.2.840.10008.1.2.4.")


def test_row_11_high_throughput_jpeg_2000_is_decoded(make_series: SeriesMaker) -> None:
    oracle = json.loads((ORACLES / "compressed" / "htj2k.json").read_text(encoding="utf-8"))
    rows, columns = oracle["shape"]

    def compressed(data: Dataset, i: int) -> None:
        data.Rows, data.Columns, data.PixelRepresentation = rows, columns, 0
        data.RescaleIntercept = -10 * i
        data.PixelData = encapsulate([base64.b64decode(oracle["code_stream"])])
        data["PixelData"].VR = "OB"
        data["PixelData"].is_undefined_length = True
        data.file_meta.TransferSyntaxUID = HTJ2KLossless

    volume = read_volume(make_series(3, change=compressed)[0].parent)
    truth = np.add.outer(np.arange(rows) * 37, np.arange(columns) * 5) % 2000
    for i, layer in enumerate(volume.array):
        assert np.array_equal(layer, truth - 10 * i)


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        (HTJ2KLossless, "High-Throughput JPEG 2000"),
        (JPEGLSLossless, "JPEG-LS"),
        (JPEG2000Lossless, "JPEG 2000"),
        ("1.2.840.10008.1.2.4.70", "JPEG Lossless"),
    ],
)
def test_row_11_a_missing_plugin_is_named_with_the_line_that_installs_it(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, syntax: str, name: str
) -> None:
    monkeypatch.setattr("pydicom.pixels.decoders.base.Decoder.is_available", False)
    header = replace(read_header(paths[0]), transfer_syntax=syntax)
    with pytest.raises(BadInputError) as caught:
        stored_values(header)
    finding = caught.value.finding
    assert finding.code == "DCM-11"
    assert name in finding.found
    assert syntax in finding.found
    assert "pip install 'tumorcast[dicom]'" in finding.fix


def test_row_11_an_unknown_compression_names_what_to_install(paths: list[Path]) -> None:
    for path in paths:
        raw = path.read_bytes()
        old = b"UI\x14\x001.2.840.10008.1.2.1\0"
        assert old in raw
        path.write_bytes(raw.replace(old, b"UI\x14\x001.2.840.10008.9.9.9\0"))
    finding = refusal(paths[0].parent)
    assert finding.code == "DCM-11"
    assert "1.2.840.10008.9.9.9" in finding.found
    assert "pip install 'tumorcast[dicom]'" in finding.fix


@pytest.mark.parametrize(
    ("syntax", "implicit", "little"),
    [
        (ImplicitVRLittleEndian, True, True),
        (ExplicitVRBigEndian, False, False),
        (DeflatedExplicitVRLittleEndian, False, True),
    ],
)
def test_row_12_every_uncompressed_encoding_gives_the_same_volume(
    paths: list[Path], syntax: str, implicit: bool, little: bool
) -> None:
    plain = read_volume(paths[0].parent)
    for path in paths:
        data = pydicom.dcmread(path)
        if not little:
            data.PixelData = data.pixel_array.astype(">i2").tobytes()
        data.file_meta.TransferSyntaxUID = UID(syntax)
        again = Dataset(data)
        again.file_meta = data.file_meta
        again.save_as(path, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    assert read_volume(paths[0].parent) == plain


def test_row_13_a_file_without_the_prefix_is_refused(paths: list[Path]) -> None:
    paths[1].write_bytes(paths[1].read_bytes()[132:])
    assert b"DICM" not in paths[1].read_bytes()[:132]
    finding = refusal(paths[0].parent)
    assert (finding.code, Path(finding.file).name) == ("DCM-13", "01.dcm")


def test_row_14_truncated_voxels_are_refused_with_both_numbers(paths: list[Path]) -> None:
    paths[2].write_bytes(paths[2].read_bytes()[:-6])
    finding = refusal(paths[0].parent)
    assert finding.code == "DCM-14"
    assert (finding.found, finding.expected) == (
        "34 bytes of pixel data",
        "40 bytes, as the header declares",
    )


def test_row_15_impossible_dimensions_are_refused_before_allocation(
    make_series: SeriesMaker,
) -> None:
    def lie(data: Dataset, i: int) -> None:
        data.Rows = data.Columns = 60000

    folder = make_series(3, change=lie)[0].parent
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    finding = refusal(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert finding.code == "DCM-15"
    assert "60,000 x 60,000" in finding.found


def test_row_16_a_deflated_bomb_is_refused(paths: list[Path]) -> None:
    data = pydicom.dcmread(paths[0])
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data.save_as(paths[0], enforce_file_format=True)
    raw = paths[0].read_bytes()
    (length,) = struct.unpack("<I", raw[140:144])
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    with paths[0].open("wb") as file:
        file.write(raw[: 144 + length])
        file.write(packer.compress(b"\x09\x00\x10\x10UN\0\0\xff\xff\xff\x7f"))
        for _ in range(130):
            file.write(packer.compress(b"\0" * 1024**2))
        file.write(packer.flush())
    assert paths[0].stat().st_size < 1024**2
    finding = refusal(paths[0].parent)
    assert finding.code == "DCM-16"
    assert "134,217,728" in finding.found


def test_row_17_deep_nesting_is_refused_with_its_depth(paths: list[Path]) -> None:
    raw = paths[0].read_bytes()
    deep = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 400
    at = raw.index(b"\x10\x00\x10\x00PN")
    paths[0].write_bytes(raw[:at] + deep + raw[at:])
    finding = refusal(paths[0].parent)
    assert finding.code == "DCM-17"
    assert "100 deep" in finding.found


def test_nested_sequences_of_either_length_are_walked_over(paths: list[Path]) -> None:
    plain = asdict(read_header(paths[0]))
    for undefined in (True, False):
        data = pydicom.dcmread(paths[0])
        inner, outer = Dataset(), Dataset()
        inner.CodeValue = "x"
        outer.AnatomicRegionModifierSequence = DicomSequence([inner, inner])
        outer["AnatomicRegionModifierSequence"].is_undefined_length = undefined
        data.AnatomicRegionSequence = DicomSequence([outer])
        data["AnatomicRegionSequence"].is_undefined_length = undefined
        data.save_as(paths[0])
        found = asdict(read_header(paths[0]))
        assert found.pop("pixel_offset") > plain["pixel_offset"]
        assert found == {key: value for key, value in plain.items() if key != "pixel_offset"}


def test_row_18_a_uid_that_is_a_path_is_refused(make_series: SeriesMaker) -> None:
    def climb(data: Dataset, i: int) -> None:
        data.SeriesInstanceUID = "../../etc"

    with pytest.warns(UserWarning, match="UI"):
        folder = make_series(2, change=climb)[0].parent
    finding = refusal(folder)
    assert finding.code == "DCM-18"
    assert "etc" not in finding.found


def test_row_19_a_program_in_the_preamble_is_noticed(paths: list[Path]) -> None:
    plain = read_volume(paths[0].parent)
    paths[0].write_bytes(b"MZ" + paths[0].read_bytes()[2:])
    findings: list[Finding] = []
    assert read_volume(paths[0].parent, findings=findings) == plain
    assert [(one.code, one.consequence) for one in findings] == [("DCM-19", "warning")]


def test_colours_are_refused(make_series: SeriesMaker) -> None:
    def colour(data: Dataset, i: int) -> None:
        data.SamplesPerPixel = 3

    assert refusal(make_series(2, change=colour)[0].parent).code == "IMG-04"


def test_a_number_that_is_none_is_refused(paths: list[Path]) -> None:
    raw = paths[1].read_bytes()
    paths[1].write_bytes(raw.replace(b"-20.0\\30.0", b"-20.0\\3o.0"))
    finding = refusal(paths[0].parent)
    assert finding.code == "IMG-02"
    assert "position (0020,0032)" in finding.found


def test_a_header_cut_anywhere_is_refused_by_name(paths: list[Path]) -> None:
    raw = paths[1].read_bytes()
    for end in range(0, len(raw) - 41, 7):
        paths[1].write_bytes(raw[:end])
        finding = refusal(paths[1])
        assert finding.code.startswith(("DCM", "IMG"))


def test_mutated_files_are_read_or_refused(paths: list[Path]) -> None:
    rng = np.random.default_rng(0)
    raw = np.frombuffer(paths[1].read_bytes(), dtype=np.uint8)
    for _ in range(300):
        changed = raw.copy()
        places = rng.integers(128, len(raw), rng.integers(1, 4))
        changed[places] = rng.integers(0, 256, len(places))
        paths[1].write_bytes(changed.tobytes())
        with suppress(BadInputError):
            read_volume(paths[0].parent)


def enhanced(path: Path, depths: list[float]) -> None:
    data = pydicom.dcmread(path)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.2.1")
    data.NumberOfFrames = len(depths)
    measures, plane, scale, shared = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = data.PixelSpacing
    plane.ImageOrientationPatient = data.ImageOrientationPatient
    scale.RescaleSlope, scale.RescaleIntercept = 1, -1024
    shared.PixelMeasuresSequence = DicomSequence([measures])
    shared.PlaneOrientationSequence = DicomSequence([plane])
    shared.PixelValueTransformationSequence = DicomSequence([scale])
    data.SharedFunctionalGroupsSequence = DicomSequence([shared])
    frames = []
    for depth in depths:
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = [-20.0, 30.0, depth]
        frame.PlanePositionSequence = DicomSequence([position])
        frames.append(frame)
    data.PerFrameFunctionalGroupsSequence = DicomSequence(frames)
    for keyword in ("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient"):
        delattr(data, keyword)
    del data.RescaleSlope, data.RescaleIntercept
    voxels = np.stack([np.full((5, 4), 1024 + i, dtype=np.int16) for i in range(len(depths))])
    data.PixelData = voxels.tobytes()
    data.save_as(path, enforce_file_format=True)


def test_row_20_enhanced_ct_is_read_in_the_order_of_its_positions(paths: list[Path]) -> None:
    enhanced(paths[0], [16.0, 10.0, 13.0])
    volume = read_volume(paths[0])
    assert volume.array[:, 0, 0].tolist() == [1, 2, 0]
    assert volume.geometry.spacing_mm == (3.0, 0.8, 0.6)
    assert volume.geometry.origin_mm == (-20.0, 30.0, 10.0)


def test_row_20_frames_at_one_place_are_refused(paths: list[Path]) -> None:
    enhanced(paths[0], [10.0, 10.0, 13.0])
    assert refusal(paths[0]).code == "DCM-05"


def test_an_enhanced_image_without_voxels_is_refused(paths: list[Path]) -> None:
    enhanced(paths[0], [10.0, 13.0])
    data = pydicom.dcmread(paths[0])
    del data.PixelData
    data.save_as(paths[0])
    finding = refusal(paths[0])
    assert (finding.code, finding.found) == ("DCM-14", "0 bytes of pixel data")


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize("position", [["nan", 0, 0], [1e12, 0, 0], [0, 0]])
def test_frames_at_impossible_places_are_refused(paths: list[Path], position: list[Any]) -> None:
    enhanced(paths[0], [10.0, 13.0])
    data = pydicom.dcmread(paths[0])
    frame = data.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0]
    frame.ImagePositionPatient = position
    data.save_as(paths[0])
    assert refusal(paths[0]).code == "IMG-02"


def test_row_20_other_enhanced_images_are_refused(paths: list[Path]) -> None:
    enhanced(paths[0], [10.0, 13.0])
    data = pydicom.dcmread(paths[0])
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.130"
    data.Modality = "PT"
    data.save_as(paths[0])
    finding = refusal(paths[0])
    assert finding.code == "DCM-20"
    assert "dcm2niix" in finding.fix


def bare(path: Path, *, meta: bool = True) -> None:
    """Cut the preamble and the prefix off a file, and the group that says how it is written."""
    raw = path.read_bytes()[132:]
    (length,) = struct.unpack("<I", raw[8:12])
    path.write_bytes(raw if meta else raw[12 + length :])


@pytest.mark.parametrize("meta", [True, False])
@pytest.mark.parametrize("implicit", [True, False])
def test_row_13_files_without_the_prefix_are_read_by_force(
    paths: list[Path], meta: bool, implicit: bool
) -> None:
    plain = read_volume(paths[0].parent)
    for path in paths:
        if implicit:
            data = pydicom.dcmread(path)
            data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
            again = Dataset(data)
            again.file_meta = data.file_meta
            again.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=True)
        bare(path, meta=meta)
        path.rename(path.with_suffix(""))
    finding = refusal(paths[0].parent)
    assert finding.code == "DCM-13"
    assert "force_dicom: true" in finding.fix
    assert read_volume(paths[0].parent, force=True) == plain
    assert read_volume(paths[0].with_suffix(""), force=True) == plain


def test_row_13_text_is_no_dicom_file_even_by_force(paths: list[Path]) -> None:
    (paths[0].parent / "notes").write_bytes(b"\x08\0\x05\0CS\xff\xff beside the point")
    assert read_volume(paths[0].parent, force=True).geometry.shape[0] == 4
    paths[1].write_text("no image")
    with pytest.raises(BadInputError, match="DCM-13"):
        read_volume(paths[0].parent, force=True)
