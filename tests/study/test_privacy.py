"""No name, birth date, accession number or free text of a patient leaves the reader."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
import yaml
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from tests.bad_inputs.conftest import tumor_voxels, write_series
from tests.imaging.dicom.conftest import Edit
from typer.testing import CliRunner

from tumorcast.cli import app
from tumorcast.cohort.pseudonyms import PRIVATE_FOLDER
from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask, read_volume
from tumorcast.imaging.dicom import write_rtstruct
from tumorcast.imaging.dicom.index import index_folder

CANARY = re.compile(rb"(?i)canary|1913.?04.?05|77199177")
TEXT, DATE, NUMBER = "Canary", "19130405", "77199177"
IDENTIFYING = (
    "PatientName", "PatientBirthDate", "AccessionNumber", "OtherPatientIDs", "PatientAddress",
    "PatientTelephoneNumbers", "PatientMotherBirthName", "MedicalRecordLocator",
    "OtherPatientNames",
    "PatientComments", "AdditionalPatientHistory", "ReferringPhysicianName", "OperatorsName",
    "PerformingPhysicianName", "NameOfPhysiciansReadingStudy", "RequestingPhysician",
    "InstitutionName", "InstitutionAddress", "StationName", "StudyID", "DeviceSerialNumber",
    "RequestedProcedureDescription", "ImageComments", "StudyDescription", "PatientBirthTime",
    "AdmissionID", "IssuerOfPatientID", "ProtocolName", "PerformedProcedureStepDescription",
)  # fmt: skip


def plant(data: Dataset) -> None:
    """Put a canary into every element that identifies, at the top and within a sequence."""
    nested = Dataset()
    for holder in (data, nested):
        for name in IDENTIFYING:
            setattr(holder, name, canary_for(dictionary_VR(name)))
    data.RequestAttributesSequence = DicomSequence([nested])
    private = data.private_block(0x0009, "CANARY MAKER", create=True)
    private.add_new(0x01, "LO", f"{TEXT}^Private")


def canary_for(kind: str) -> str:
    if kind in {"DA", "TM"}:
        return DATE if kind == "DA" else "190405"
    return NUMBER if kind == "SH" else f"{TEXT}^Carla"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study whose images, file names and table are full of canaries; one case is bad."""
    root = tmp_path_factory.mktemp("private")
    cases = [f"C{number:02d}" for number in range(1, 13)]
    rows = ["id,relapse,days,age,image,mask,name,born,accession,remarks"]
    for seed, case in enumerate(cases):
        folder = root / "images" / f"{TEXT}_Carla_{case}"
        write_series(folder, seed, "CT")
        for path in sorted(folder.iterdir()):
            with Edit(path) as data:
                plant(data)
            path.rename(folder / f"{TEXT}-{DATE}-{path.name}")
        drawn = root / "drawn" / f"{TEXT}_{case}.dcm"
        write_rtstruct(Mask(tumor_voxels(seed), read_volume(folder).geometry, "GTV"), drawn, folder)
        rows.append(
            f"{case},{seed % 2},{400 + 37 * seed},{50 + seed},{folder},{drawn},"
            f"{TEXT} Carla,1913-04-05,{NUMBER},call {TEXT}"
        )
    spoiled = sorted((root / "images" / f"{TEXT}_Carla_C03").iterdir())[4]
    spoiled.write_bytes(spoiled.read_bytes()[:-100])
    (root / "clinical.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write_study_file(root)
    return root


def write_study_file(root: Path) -> None:
    document = {
        "study": "private",
        "preset": "standard",
        "cohort": {
            "table": "clinical.csv",
            "id": "id",
            "images": {"ct": {"path": "{image}", "mask": "{mask}", "unit": "HU"}},
        },
        "columns": {"age": {"kind": "number", "known": "baseline"}},
        "endpoint": {"name": "relapse", "event": "relapse"},
        "radiomics": {"ct": {"preset": "ct-original", "regions": ["tumor"]}},
        "arms": {"both": {"blocks": ["ct", "clinical"]}},
        "validation": {"folds": 2, "repeats": 1, "seed": 1},
    }
    (root / "study.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")


def command(*arguments: str | Path) -> str:
    """Run a command; return everything that it printed."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 2, done.output
    return done.output + done.stderr


def contents(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, and what they unpack to where they are packed."""
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if path.suffix == ".parquet":
        import pandas as pd  # noqa: PLC0415

        yield pd.read_parquet(path).to_csv().encode()


def without_places(text: bytes, root: Path) -> bytes:
    """Drop the paths of files that a finding names, so that a person can go and mend them."""
    return re.sub(re.escape(str(root).encode()) + rb"[^\"\]<>\s]*", b"", text)


def test_the_planted_files_hold_canaries(planted: Path) -> None:
    path = next((planted / "images").rglob("*.dcm"))
    assert len(CANARY.findall(path.read_bytes())) > len(IDENTIFYING)
    assert len(pydicom.dcmread(path).RequestAttributesSequence[0]) == len(IDENTIFYING)


@pytest.mark.slow
def test_nothing_that_identifies_is_printed_or_written(
    planted: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(planted.rglob("*"))
    checked, out = planted / "checked", planted / "run"
    printed = [
        command("check", planted / "study.yaml", "--json", "--html", "-o", checked, "-j", "1"),
        command("run", planted / "study.yaml", "-o", out, "-j", "1", "scepticism=false"),
        caplog.text,
    ]
    for text in printed:
        assert CANARY.findall(without_places(text.encode(), planted)) == []
    written = [path for path in planted.rglob("*") if path.is_file() and path not in before]
    assert {"quality.json", "check.html", "report.html", "features.parquet"} <= {
        path.name for path in written
    }
    found = {
        str(path.relative_to(planted)): CANARY.findall(without_places(text, planted))[:3]
        for path in written
        for text in contents(path)
        if CANARY.search(without_places(text, planted))
    }
    assert found == {}
    assert not [
        path for path in written if CANARY.search(path.relative_to(planted).as_posix().encode())
    ]


def test_no_error_and_no_index_quotes_what_identifies(planted: Path, tmp_path: Path) -> None:
    """Damage every slice of a series in turn; the errors say what is wrong and quote no tag."""
    folder = tmp_path / "series"
    shutil.copytree(planted / "images" / f"{TEXT}_Carla_C05", folder)
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.rsplit("-", 1)[1])
    said = [error_of(folder)]
    for path in sorted(folder.iterdir()):
        raw = path.read_bytes()
        for content in (raw[:-100], raw[:700], raw.replace(b"1.2.9.", b"Canary"), b"x" + raw[1:]):
            path.write_bytes(content)
            said.append(error_of(folder))
        path.write_bytes(raw)
    cache = tmp_path / "index.json"
    index = index_folder(folder, cache=cache)
    said += [cache.read_text(), repr(index)]
    assert sum(bool(text) for text in said) >= 20
    assert [text for text in said if CANARY.search(text.encode())] == []


def error_of(folder: Path) -> str:
    try:
        read_volume(folder)
    except BadInputError as error:
        return f"{error} {error.finding} {''.join(traceback.format_exception(error))}"
    return ""


@pytest.mark.slow
def test_hashed_ids_leave_no_id_and_no_path(planted: Path, tmp_path: Path) -> None:
    root = tmp_path / "shared"
    root.mkdir()
    rows = (planted / "clinical.csv").read_text(encoding="utf-8").splitlines()
    hidden = [rows[0], *(f"Canary-{row}" for row in rows[1:])]
    hidden[5] = hidden[5].replace(",54,", ",,")
    hidden.append(hidden[4])
    hidden.append(hidden[6].replace(",1,", ",0,", 1))
    (root / "clinical.csv").write_text("\n".join(hidden) + "\n", encoding="utf-8")
    document = yaml.safe_load((planted / "study.yaml").read_text(encoding="utf-8"))
    document["cohort"]["hash_ids"] = True
    (root / "study.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    before = set(root.iterdir())
    printed = command("check", root / "study.yaml", "--html", "-o", root / "out", "-j", "1")
    printed += command(
        "run", root / "study.yaml", "-o", root / "run", "-j", "1", "scepticism=false"
    )
    assert CANARY.findall(printed.encode()) == []
    private = root / PRIVATE_FOLDER
    written = [path for path in root.rglob("*") if path.is_file() and path not in before]
    shared = [path for path in written if private not in path.parents]
    found = {
        str(path.relative_to(root)): CANARY.findall(text)[:3]
        for path in shared
        for text in [*contents(path), path.relative_to(root).as_posix().encode()]
        if CANARY.search(text)
    }
    assert found == {}
    listed = (private / "ids.csv").read_text(encoding="utf-8")
    assert listed.count("Canary-C") == 12
    assert {path.stat().st_mode & 0o777 for path in private.iterdir()} == {0o600}
    (case,) = re.findall(r"(\w{12}),Canary-C03\n", listed)
    assert f"case {case}: [file-" in printed
