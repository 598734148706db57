"""The study file is parsed once, and refused with every reason at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.study.load import load

MINIMAL = """
study: s
preset: standard
cohort: {table: t.csv, id: id}
columns: {age: {kind: number, known: baseline}}
endpoint: {name: death, event: dead}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def codes(error: StudyRefusedError) -> list[str]:
    return [finding.code for finding in error.findings]


def test_the_preset_fills_in_what_the_file_leaves_open(tmp_path: Path) -> None:
    study = load(write(tmp_path, MINIMAL + "validation: {repeats: 2}\n"))
    assert study.file.validation.repeats == 2
    assert study.file.validation.folds == 5
    assert study.base == tmp_path.resolve()


def test_an_override_wins_and_creates_sections(tmp_path: Path) -> None:
    study = load(write(tmp_path, MINIMAL), ["validation.folds=3", "cohort.root=/data"])
    assert study.file.validation.folds == 3
    assert study.file.cohort.root == "/data"


def test_every_unknown_key_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    text = MINIMAL + "regoins: {}\nvalidation: {fold: 3}\n"
    with pytest.raises(StudyRefusedError) as refused:
        load(write(tmp_path, text))
    assert codes(refused.value) == ["STU-03", "STU-03"]
    assert {finding.fix for finding in refused.value.findings} == {
        "did you mean 'regions'?",
        "did you mean 'folds'?",
    }


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (MINIMAL + "validation: {folds: 1}\n", "STU-04", "validation.folds"),
        (MINIMAL + "validation: {learner: cox}\n", "STU-03", "belongs to another part"),
        (MINIMAL.replace("preset: standard\n", ""), "STU-05", "no preset"),
        (MINIMAL.replace("standard", "standart"), "STU-05", "standart"),
        (MINIMAL + "study: twice\n", "STU-02", "'study' stands twice"),
        ("- a list\n", "STU-02", "list"),
        ("a: [1\n", "STU-02", "YAML"),
        ("a: 2020-13-45\n", "STU-02", "YAML"),
        ("[" * 3000, "STU-02", "YAML"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, code: str, words: str) -> None:
    with pytest.raises(StudyRefusedError) as refused:
        load(write(tmp_path, text))
    assert codes(refused.value) == [code]
    assert words in refused.value.findings[0].line()


def test_text_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_bytes(MINIMAL.encode() + b"# M\xfcnchen\n")
    with pytest.raises(StudyRefusedError, match=r"STU-01.*byte \d+ is no UTF-8"):
        load(tmp_path / "study.yaml")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match="STU-01"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize("override", ["novalue", "=1", "study.below=1"])
def test_a_wrong_override_is_refused(tmp_path: Path, override: str) -> None:
    with pytest.raises(StudyRefusedError, match="STU-06"):
        load(write(tmp_path, MINIMAL), [override])
