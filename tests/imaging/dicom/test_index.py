"""The index of a folder tree."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest

from tumorcast.imaging.dicom import index as module
from tumorcast.imaging.dicom.index import index_folder

SeriesMaker = Callable[..., list[Path]]


@pytest.fixture
def tree(make_series: SeriesMaker, tmp_path: Path) -> Path:
    """Return a tree with a CT of 4, an MR of 3, a damaged file, a text and a circular link."""
    make_series(4, folder="disk/Canary Carla/a")
    make_series(3, "MR", folder="disk/Canary Carla/b/c", series="1.2.3.5")
    (tmp_path / "disk" / "notes.txt").write_text("notes")
    whole = (tmp_path / "disk" / "Canary Carla" / "a" / "00.dcm").read_bytes()
    (tmp_path / "disk" / "cut.dcm").write_bytes(whole[:300])
    (tmp_path / "disk" / "Canary Carla" / "loop").symlink_to(tmp_path / "disk")
    return tmp_path / "disk"


def test_every_series_is_found_and_every_file_counted(tree: Path) -> None:
    seen: list[tuple[int, int]] = []
    index = index_folder(tree, on_progress=lambda done, total: seen.append((done, total)))
    assert [(one.uid, one.modality, len(one.headers)) for one in index.series()] == [
        ("1.2.3.4", "CT", 4),
        ("1.2.3.5", "MR", 3),
    ]
    assert all(one.is_image for one in index.series())
    assert index.series()[0].paths[0] == tree / "Canary Carla" / "a" / "00.dcm"
    assert (index.n_other, index.n_read) == (1, 9)
    assert [(one.code, Path(one.file).name) for one in index.findings] == [("IMG-02", "cut.dcm")]
    assert seen == [(9, 9)]


def test_a_second_look_opens_no_file(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "store" / "index.json"
    first = index_folder(tree, cache=cache)
    second = index_folder(tree, cache=cache)
    assert second.n_read == 0
    assert (second.headers, second.findings, second.n_other) == (
        first.headers,
        first.findings,
        first.n_other,
    )


def test_changed_new_and_removed_files_are_noticed(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "index.json"
    index_folder(tree, cache=cache)
    folder = tree / "Canary Carla" / "a"
    data = pydicom.dcmread(folder / "01.dcm")
    data.SeriesInstanceUID = "1.2.3.6"
    data.save_as(folder / "01.dcm")
    os.utime(folder / "01.dcm", ns=(1, 1))
    (folder / "02.dcm").unlink()
    index = index_folder(tree, cache=cache)
    assert index.n_read == 1
    assert [(one.uid, len(one.headers)) for one in index.series()] == [
        ("1.2.3.4", 2),
        ("1.2.3.5", 3),
        ("1.2.3.6", 1),
    ]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 0}', '{"version": 3, "files": 3}'])
def test_a_damaged_cache_is_made_anew(tree: Path, tmp_path: Path, content: str) -> None:
    cache = tmp_path / "index.json"
    cache.write_text(content)
    assert index_folder(tree, cache=cache).n_read == 9
    assert index_folder(tree, cache=cache).n_read == 0


def spoiled(entry: list[Any], place: int, value: Any) -> list[Any]:
    stamp, packed = entry
    return [stamp, [*packed[:place], value, *packed[place + 1 :]]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: [entry[0], entry[1][:3]],
        lambda entry: spoiled(entry, 0, 99),
        lambda entry: spoiled(entry, 0, -1),
        lambda entry: spoiled(entry, 0, True),
        lambda entry: spoiled(entry, 1, 7),
        lambda entry: spoiled(entry, 2, ["0.8", None, 3.0]),
        lambda entry: spoiled(entry, 2, None),
        lambda entry: spoiled(entry, 3, "1"),
        lambda entry: spoiled(entry, 5, "0"),
        lambda entry: spoiled(entry, 5, [0]),
        lambda entry: [entry[0], {"code": "DCM-01"}],
        lambda entry: 5,
    ],
)
def test_an_entry_that_was_tampered_with_is_read_anew(
    tree: Path, tmp_path: Path, spoil: Callable[[Any], Any]
) -> None:
    cache = tmp_path / "index.json"
    sound = index_folder(tree, cache=cache)
    content = json.loads(cache.read_text())
    headers = {key: one for key, one in content["files"].items() if isinstance(one[1], list)}
    key = next(iter(headers))
    content["files"][key] = spoil(headers[key])
    cache.write_text(json.dumps(content))
    again = index_folder(tree, cache=cache)
    assert again.n_read == 1
    assert again.headers == sound.headers


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: None,
        lambda rows: [],
        lambda rows: [rows[0][:-1], *rows[1:]],
        lambda rows: [[5, *rows[0][1:]], *rows[1:]],
        lambda rows: [5, *rows[1:]],
    ],
)
def test_rows_that_were_tampered_with_are_read_anew(
    tree: Path, tmp_path: Path, spoil: Callable[[Any], Any]
) -> None:
    cache = tmp_path / "index.json"
    sound = index_folder(tree, cache=cache)
    content = json.loads(cache.read_text())
    assert len(content["common"]) == 2
    cache.write_text(json.dumps(content | {"common": spoil(content["common"])}))
    again = index_folder(tree, cache=cache)
    assert again.n_read >= 7
    assert again.headers == sound.headers


def test_the_cache_holds_no_name_and_no_path(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "index.json"
    index_folder(tree, cache=cache)
    text = cache.read_text()
    assert "Canary" not in text
    assert "P1" not in text
    assert ".dcm" not in text
    assert len(json.loads(text)["files"]) == 9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "index.json"]


def test_several_processes_find_the_same(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = index_folder(tree)
    monkeypatch.setattr(module, "_FEWEST_FOR_POOL", 1)
    monkeypatch.setattr(module, "_CHUNK", 3)
    assert index_folder(tree, workers=2) == alone


def test_a_file_is_no_folder(tree: Path) -> None:
    with pytest.raises(NotADirectoryError, match=r"notes\.txt"):
        index_folder(tree / "notes.txt")
