"""A seal names the file that was changed, with the digest found and the one expected."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.study.locked.seal import SCHEMA, SEAL, open_sealed, write_seal

OLD, NEW = b"as it was", b"as it is"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    (root / "files").mkdir(parents=True)
    (root / "a.json").write_bytes(OLD)
    (root / "files" / "b.bin").write_bytes(b"\x00\x01")
    write_seal(root)
    return root


def refused(root: Path, code: str, digest: str | None = None) -> str:
    with pytest.raises(StudyRefusedError) as caught:
        open_sealed(root, digest)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert finding.fix
    return finding.line()


def test_what_was_sealed_is_read(folder: Path) -> None:
    sealed = open_sealed(folder)
    assert sealed.read("a.json") == OLD
    assert sealed.read("files/b.bin") == b"\x00\x01"
    assert open_sealed(folder, sealed.digest).digest == sealed.digest
    assert open_sealed(folder, sealed.digest[:8].upper()).digest == sealed.digest


def test_sealing_twice_gives_one_digest(folder: Path) -> None:
    assert write_seal(folder) == open_sealed(folder).digest


def test_a_changed_file_is_named_with_both_digests(folder: Path) -> None:
    (folder / "a.json").write_bytes(NEW)
    line = refused(folder, "BND-02")
    assert "a.json" in line
    assert hashlib.sha256(OLD).hexdigest() in line
    assert hashlib.sha256(NEW).hexdigest() in line


def test_a_file_changed_after_opening_is_noticed_when_it_is_read(folder: Path) -> None:
    sealed = open_sealed(folder)
    (folder / "a.json").write_bytes(NEW)
    with pytest.raises(StudyRefusedError, match="BND-02"):
        sealed.read("a.json")


def test_an_absent_file_is_named(folder: Path) -> None:
    (folder / "files" / "b.bin").unlink()
    assert "b.bin" in refused(folder, "BND-02")


def test_a_file_that_was_not_sealed_is_never_read(folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"")
    with pytest.raises(StudyRefusedError, match="BND-01"):
        open_sealed(folder).read(".DS_Store")


def test_another_seal_has_another_digest(folder: Path) -> None:
    digest = open_sealed(folder).digest
    (folder / "a.json").write_bytes(NEW)
    write_seal(folder)
    assert digest in refused(folder, "BND-02", digest)
    assert "abc" in refused(folder, "BND-02", "abc")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"schema": "x"}', b"\xff"])
def test_a_damaged_seal_is_none(folder: Path, content: bytes) -> None:
    (folder / SEAL).write_bytes(content)
    refused(folder, "BND-01")


def test_a_folder_without_a_seal_is_no_bundle(folder: Path) -> None:
    (folder / SEAL).unlink()
    assert SEAL in refused(folder, "BND-01")


def test_a_newer_layout_asks_for_a_newer_program(folder: Path) -> None:
    seal = json.loads((folder / SEAL).read_text())
    (folder / SEAL).write_text(json.dumps(seal | {"schema": SCHEMA + 1}))
    assert "update tumorcast" in refused(folder, "BND-03")


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname"])
def test_a_seal_cannot_point_outside(folder: Path, name: str) -> None:
    (folder.parent / "outside.txt").write_bytes(OLD)
    seal = {"schema": SCHEMA, "files": {name: hashlib.sha256(OLD).hexdigest()}}
    (folder / SEAL).write_text(json.dumps(seal))
    refused(folder, "BND-01")
