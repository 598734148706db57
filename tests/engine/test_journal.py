from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tumorcast.engine import Journal


def test_lines_are_appended_in_order_by_any_number_of_writers(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first, second = Journal(path), Journal(path)
    first.write("started", cases=3)
    second.write("task done", label="crop of Größe 1")
    records = first.read()
    assert [record["event"] for record in records] == ["started", "task done"]
    assert records[0]["cases"] == 3
    assert records[1]["label"] == "crop of Größe 1"
    assert datetime.fromisoformat(records[0]["at"]).utcoffset() is not None


def test_a_line_torn_by_a_kill_spoils_neither_the_next_nor_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).write("started")
    with path.open("a") as file:
        file.write('{"at": "2026-01-01T00:0')
    Journal(path).write("resumed")
    assert [record["event"] for record in Journal(path).read()] == ["started", "resumed"]


def test_no_file_is_no_records(tmp_path: Path) -> None:
    assert Journal(tmp_path / "journal.jsonl").read() == []
