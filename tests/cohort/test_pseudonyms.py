"""Keyed hashes instead of ids and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.cohort.case import Case, Cohort
from tumorcast.cohort.pseudonyms import PRIVATE_FOLDER, Pseudonyms, hashed
from tumorcast.errors import Finding, StudyRefusedError


def test_the_hash_is_hmac_sha256() -> None:
    # RFC 4231, test case 2
    assert hashed("what do ya want for nothing?", b"Jefe") == "5bdcc146bf60"


def test_a_study_keeps_its_key(tmp_path: Path) -> None:
    first = Pseudonyms.beside(tmp_path, ["007", "P 1", ""])
    again = Pseudonyms.beside(tmp_path, ["007"])
    (tmp_path / "other").mkdir()
    other = Pseudonyms.beside(tmp_path / "other", ["007"])
    assert set(first.of) == {"007", "P 1"}
    assert again.of["007"] == first.of["007"] != other.of["007"]
    listed = (tmp_path / PRIVATE_FOLDER / "ids.csv").read_text(encoding="utf-8")
    assert listed == f"pseudonym,id\n{first.of['007']},007\n"


def test_cases_change_their_ids_only(tmp_path: Path) -> None:
    names = Pseudonyms.beside(tmp_path, ["C1", "C2", "P"])
    cohort = Cohort((Case("C1", "P", "Graz"), Case("C2", "P")))
    hidden = names.cohort(cohort)
    assert hidden.case_ids == (names.of["C1"], names.of["C2"])
    assert hidden.patient_ids == (names.of["P"],) * 2
    assert hidden.centres == ("Graz", "")


def test_a_finding_names_neither_id_nor_file(tmp_path: Path) -> None:
    names = Pseudonyms({"Carla-1": "aaa", "Carla-10": "bbb", "7": "ccc"}, b"key")
    (tmp_path / "Carla 04.dcm").write_text("")
    (tmp_path / "Carla 05.dcm").write_text("")
    finding = names.finding(
        Finding(
            "DCM-01",
            "excluded",
            "gap of 7 slices between Carla 04.dcm and Carla 05.dcm of Carla-1",
            "no gap in 'Carla-10'",
            f"look at {tmp_path} or at '7'",
            case="Carla-1",
            file=str(tmp_path),
        )
    )
    assert finding.case == "aaa"
    assert "Carla" not in finding.line()
    assert str(tmp_path) not in finding.line()
    assert finding.found.startswith("gap of 7 slices between file-")
    assert finding.found.endswith(".dcm of aaa")
    assert finding.expected == "no gap in 'bbb'"
    assert finding.fix.endswith(" or at 'ccc'")


def test_the_folder_of_the_images_may_name_a_patient(tmp_path: Path) -> None:
    root = str(tmp_path / "Mueller_Hans" / "dicom")
    names = Pseudonyms({"C1": "aaa"}, b"key", root)
    said = names.finding(
        Finding("IDS-04", "excluded", f"the id 'C1' is not in {root}", "", f"add it to {root}",
                case="C1", file=str(tmp_path / "dicom" / "clinical.csv"))
    )  # fmt: skip
    assert "Mueller" not in said.line()
    assert said.found.startswith("the id 'aaa' is not in file-")
    plain = Finding("IDS-04", "excluded", "not in scans", "", "a scan", case="C1")
    assert Pseudonyms({}, b"key", "scans").finding(plain).found == "not in scans"


def test_files_of_the_study_itself_keep_their_names() -> None:
    names = Pseudonyms({"12": "aaa"}, b"key")
    finding = Finding("IDS-04", "excluded", "the id 12, unlike 123", "", "", file="clinical.csv")
    told = names.finding(finding)
    assert told.file == "clinical.csv"
    assert told.found == "the id aaa, unlike 123"


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / PRIVATE_FOLDER).write_text("a file in its place")
    with pytest.raises(StudyRefusedError, match=r"IDS-09.*cannot be kept"):
        Pseudonyms.beside(tmp_path, ["C1"])
