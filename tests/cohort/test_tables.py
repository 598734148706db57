from __future__ import annotations

import os
from pathlib import Path

import pytest

from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.tables import read_table
from tumorcast.errors import StudyRefusedError


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent.csv", "there is no such file"),
        ("folder.csv", "there is no such file"),
        ("old.xls", "'.xls' is not a table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(StudyRefusedError, match=f"TAB-01.*{words}") as caught:
        read_table(TableSource(path=name), tmp_path)
    assert caught.value.findings[0].file == name


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("id\n1\n")

    def forbid(path: Path) -> bytes:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "read_bytes", forbid)
    with pytest.raises(StudyRefusedError, match=r"TAB-01.*may not read"):
        read_table(TableSource(path="t.csv"), tmp_path)


def test_names_with_spaces_and_accents_are_read(tmp_path: Path) -> None:
    (tmp_path / "Übersicht neu.tsv").write_text("id\tage\n1\t61\n")
    table, _ = read_table(TableSource(path="Übersicht neu.tsv"), tmp_path)
    assert table.values("age") == ("61",)
