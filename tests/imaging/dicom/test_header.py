"""Headers as they are walked over here are those that pydicom reads."""

from __future__ import annotations

import hashlib
import random
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)
from tests.fuzzing.conftest import mutated

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.drawn import patient_id_of
from tumorcast.imaging.dicom.header import _WANTED, Header, read_header
from tumorcast.imaging.dicom.scan import scan

SeriesMaker = Callable[..., list[Path]]
N_MUTATED = 300
_SOP_CLASS = 0x00080016
"""Taken from the file's own group where the data set lacks it, which pydicom leaves to the user."""


def by_pydicom(path: Path) -> dict[str, Any]:
    """Return what a header says, each value read and converted by pydicom."""
    data = pydicom.dcmread(path, stop_before_pixels=True)

    def text(keyword: str) -> str:
        value = data.get(keyword)
        return "" if value is None else str(value).strip()

    def numbers(keyword: str) -> tuple[float, ...]:
        return tuple(float(value) for value in data.get(keyword) or ())

    def number(keyword: str) -> float | None:
        value = data.get(keyword)
        return None if value is None else float(value)

    return {
        "patient": hashlib.sha256(text("PatientID").encode()).hexdigest()[:16],
        "sop_class": text("SOPClassUID"),
        "sop_instance": text("SOPInstanceUID"),
        "series": text("SeriesInstanceUID"),
        "study": text("StudyInstanceUID"),
        "frame_of_reference": text("FrameOfReferenceUID"),
        "transfer_syntax": str(data.file_meta.TransferSyntaxUID),
        "modality": text("Modality"),
        "description": text("SeriesDescription"),
        "image_type": tuple(data.get("ImageType") or [""]),
        "rows": data.get("Rows", 0),
        "columns": data.get("Columns", 0),
        "frames": int(data.get("NumberOfFrames") or 1),
        "samples": data.get("SamplesPerPixel", 1),
        "bits_allocated": data.get("BitsAllocated", 0),
        "bits_stored": data.get("BitsStored", 0),
        "high_bit": data.get("HighBit", 0),
        "signed": data.get("PixelRepresentation") == 1,
        "spacing_mm": numbers("PixelSpacing"),
        "orientation": numbers("ImageOrientationPatient"),
        "position": numbers("ImagePositionPatient"),
        "slope": number("RescaleSlope"),
        "intercept": number("RescaleIntercept"),
    }


def differing(path: Path) -> dict[str, tuple[Any, Any]]:
    header: Header = read_header(path)
    theirs = by_pydicom(path)
    return {
        name: (getattr(header, name), value)
        for name, value in theirs.items()
        if getattr(header, name) != value
    }


@pytest.mark.real_data
def test_every_real_header_is_that_of_pydicom(real_data: Path) -> None:
    paths = sorted(real_data.rglob("*.dcm"))
    assert len(paths) > 800
    assert {path: found for path in paths if (found := differing(path))} == {}


def nested(data: Dataset, undefined: bool) -> None:
    """Add sequences, private elements and a long one in front of what is wanted."""
    inner, outer = Dataset(), Dataset()
    inner.CodeValue = "x" * 16
    outer.ConceptCodeSequence = DicomSequence([inner, inner])
    outer["ConceptCodeSequence"].is_undefined_length = undefined
    data.ReferencedStudySequence = DicomSequence([outer] * 40)
    data["ReferencedStudySequence"].is_undefined_length = undefined
    block = data.private_block(0x0009, "SOMEBODY", create=True)
    block.add_new(1, "OB", bytes(20_000))
    block.add_new(2, "UN", b"ab")
    data.PatientComments = "c" * 5000
    data.DerivationDescription = ""
    data.PixelPaddingValue = -2000


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize(
    ("syntax", "implicit", "little"),
    [
        (None, False, True),
        (ImplicitVRLittleEndian, True, True),
        (ExplicitVRBigEndian, False, False),
        (DeflatedExplicitVRLittleEndian, False, True),
    ],
)
def test_every_encoding_gives_the_header_of_pydicom(
    make_series: SeriesMaker, syntax: str | None, implicit: bool, little: bool, undefined: bool
) -> None:
    (path,) = make_series(1, change=lambda data, _: nested(data, undefined))
    if syntax is not None:
        data = pydicom.dcmread(path)
        data.file_meta.TransferSyntaxUID = UID(syntax)
        again = Dataset(data)
        again.file_meta = data.file_meta
        again.save_as(path, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    assert differing(path) == {}
    assert read_header(path).pixel_offset > 0
    assert read_header(path).padding == 2**16 - 2000


@pytest.mark.parametrize(
    ("charset", "description", "patient"),
    [
        ("ISO_IR 100", "Schädel nativ", "Müller 7"),
        ("ISO_IR 192", "Schädel 頭部", "Ærø-1"),
        ("ISO_IR 144", "Голова", "Ж1"),
        (["", "ISO 2022 IR 87"], "CT 頭部", "山田1"),
        ("GB18030", "头部", "王1"),
    ],
)
def test_texts_are_read_in_the_declared_character_set(
    make_series: SeriesMaker, charset: Any, description: str, patient: str
) -> None:
    def abroad(data: Dataset, _: int) -> None:
        data.SpecificCharacterSet = charset
        data.SeriesDescription, data.PatientID = description, patient

    (path,) = make_series(1, change=abroad)
    assert read_header(path).description == description
    assert patient_id_of(path) == patient
    assert differing(path) == {}


@pytest.mark.parametrize("charset", [b"ISO_IR 192", b"ISO_IR 999", b"zlib_codec", b"ISO_IR 6  "])
def test_a_text_that_its_character_set_cannot_read_is_taken_as_latin_1(
    make_series: SeriesMaker, charset: bytes
) -> None:
    def spoil(data: Dataset, _: int) -> None:
        data.SpecificCharacterSet = "ISO_IR 100"
        data.SeriesDescription = "Sch\xe4del!"

    (path,) = make_series(1, change=spoil)
    path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", charset))
    assert read_header(path).description == "Schädel!"


def raw_values(path: Path) -> dict[int, bytes] | None:
    """Return the wanted values as pydicom finds them in the file; None where it fails."""
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data: Any = pydicom.dcmread(path, stop_before_pixels=True)
        wanted = _WANTED - {_SOP_CLASS}
        raw = {int(tag): data.get_item(tag) for tag in data.keys() if int(tag) in wanted}  # noqa: SIM118
        return {
            tag: one.value or b"" for tag, one in raw.items() if isinstance(one, RawDataElement)
        }
    return None


@pytest.mark.parametrize("implicit", [False, True])
def test_a_spoiled_header_is_read_as_pydicom_does_or_refused(
    make_series: SeriesMaker, implicit: bool
) -> None:
    (path,) = make_series(1, change=lambda data, _: nested(data, undefined=True))
    if implicit:
        data = pydicom.dcmread(path)
        data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        again = Dataset(data)
        again.file_meta = data.file_meta
        again.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=True)
    sound = path.read_bytes()
    compared = 0
    for number in range(N_MUTATED):
        path.write_bytes(mutated(sound, random.Random(f"{number}"), [sound]))
        found, theirs = read_or_refused(path), raw_values(path)
        if isinstance(found, Finding):
            assert (found.file, found.consequence) == (str(path), "excluded")
        elif theirs is not None:
            compared += 1
            assert found == {tag: value for tag, value in theirs.items() if value}, number
    assert compared > N_MUTATED / 10


def read_or_refused(path: Path) -> dict[int, bytes] | Finding:
    try:
        read_header(path)
    except BadInputError as error:
        return error.finding
    values = scan(path, _WANTED).values
    return {tag: value for tag, value in values.items() if value and tag != _SOP_CLASS}
