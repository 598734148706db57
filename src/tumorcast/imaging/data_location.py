"""Where NRRD and MetaImage files keep their voxels, read from their text headers."""

from __future__ import annotations

import re
from pathlib import Path

from tumorcast.errors import BadInputError
from tumorcast.imaging.stored import Encoding, StoredVoxels, damaged

_LONGEST_HEADER_BYTES = 256 * 1024
_LONGEST_NAME_BYTES = 255

_NRRD_ENCODING: dict[str, Encoding] = {"raw": "raw", "gzip": "gzip", "gz": "gzip"}


def stored_voxels(path: Path, n_bytes: int) -> StoredVoxels:
    """Return where the `n_bytes` of voxels lie that the header at `path` declares.

    Raises
    ------
    BadInputError
        ``IMG-02`` the header has no end; ``IMG-03`` the voxels are spread over several files or
        lie outside the header's folder.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER_BYTES)
    if path.suffix.lower() in {".nrrd", ".nhdr"}:
        return _of_nrrd(path, start, n_bytes)
    return _of_meta_image(path, start, n_bytes)


def detached_data(path: Path) -> Path | None:
    """Return the file that a detached header (.nhdr, .mhd) names, or None."""
    if path.suffix.lower() not in {".nhdr", ".mhd"}:
        return None
    stored = stored_voxels(path, 0)
    return None if stored.path == path else stored.path


def _of_nrrd(path: Path, start: bytes, n_bytes: int) -> StoredVoxels:
    lines, end = _nrrd_lines(path, start)
    fields = dict(re.findall(r"^([a-z ]+?) *: *(.*?) *$", lines.lower(), re.MULTILINE))
    encoding = _NRRD_ENCODING.get(fields.get("encoding", ""), "other")
    named = re.search(r"^data ?file *: *(.*?) *$", lines, re.MULTILINE | re.IGNORECASE)
    if named is None:
        return StoredVoxels(path, end, n_bytes, encoding)
    skipped = fields.get("byte skip") or fields.get("byteskip") or ""
    offset = int(skipped) if encoding == "raw" and skipped.isdigit() else 0
    return StoredVoxels(_beside(path, named.group(1)), offset, n_bytes, encoding)


def _nrrd_lines(path: Path, start: bytes) -> tuple[str, int]:
    """Return the header's text and where it ends: at the first empty line, or with the file."""
    end = re.search(rb"\r?\n\r?\n", start)
    if end is not None:
        return start[: end.start()].decode("latin-1").replace("\r", ""), end.end()
    if path.suffix.lower() == ".nhdr" and len(start) < _LONGEST_HEADER_BYTES:
        return start.decode("latin-1").replace("\r", ""), len(start)
    raise damaged("a NRRD header without an end", path)


def _of_meta_image(path: Path, start: bytes, n_bytes: int) -> StoredVoxels:
    named = re.search(rb"^ElementDataFile *= *(.*?) *\r?(?:\n|\Z)", start, re.MULTILINE)
    if named is None:
        raise damaged("a MetaImage header that does not say where its voxels are", path)
    packed = re.search(rb"^CompressedData *= *True", start[: named.start()], re.MULTILINE)
    encoding: Encoding = "zlib" if packed else "raw"
    name = named.group(1).decode("latin-1")
    if name.upper() == "LOCAL":
        return StoredVoxels(path, named.end(), n_bytes, encoding)
    return StoredVoxels(_beside(path, name), 0, n_bytes, encoding)


def _beside(path: Path, name: str) -> Path:
    plain = re.fullmatch(r"[^/\\%:\0]+", name) and len(name.encode()) <= _LONGEST_NAME_BYTES
    if not plain or name == ".." or name.upper().startswith("LIST"):
        raise BadInputError(
            "IMG-03",
            f"a header that takes its voxels from '{name[:_LONGEST_NAME_BYTES]}'",
            expected="one data file in the header's own folder",
            fix="write the image again as a single file, such as .nrrd, .mha or .nii.gz",
            file=str(path),
        )
    return path.parent / name
