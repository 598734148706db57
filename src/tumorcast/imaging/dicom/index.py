"""Every DICOM series below a folder, found by its headers, and found at once the second time."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.header import Header, read_header
from tumorcast.imaging.dicom.index_cache import KeptIndex, save
from tumorcast.imaging.dicom.packed import Outcome, Packer, Unpacker
from tumorcast.imaging.dicom.scan import looks_like_dicom
from tumorcast.imaging.guard import guarded

Progress = Callable[[int, int], None]
Piece = tuple[Sequence[str], list[Outcome]]
_CHUNK = 500
_FEWEST_FOR_POOL = 2000
"""Below this, starting processes takes longer than reading."""


@dataclass(frozen=True)
class SeriesEntry:
    """One series.

    Parameters
    ----------
    uid
        Series Instance UID.
    headers
        Its objects, sorted by path.
    """

    uid: str
    headers: tuple[Header, ...]

    @property
    def modality(self) -> str:
        """CT, PT, MR, RTSTRUCT, SEG and so on."""
        return self.headers[0].modality

    @property
    def is_image(self) -> bool:
        """Whether it holds slices or a multi-frame image."""
        return any(header.is_image for header in self.headers)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Its files."""
        return tuple(Path(header.path) for header in self.headers)


@dataclass(frozen=True)
class FolderIndex:
    """What a folder tree holds.

    Parameters
    ----------
    headers
        Every DICOM object, sorted by path.
    findings
        One for each DICOM file that cannot be read.
    n_other
        How many files are no DICOM.
    n_read
        How many files were opened; the others came from the cache.
    """

    headers: tuple[Header, ...]
    findings: tuple[Finding, ...]
    n_other: int
    n_read: int

    def series(self) -> tuple[SeriesEntry, ...]:
        """Return the series, sorted by patient, study and series."""
        grouped: dict[tuple[str, str, str], list[Header]] = {}
        for header in self.headers:
            key = (header.patient, header.study, header.series)
            grouped.setdefault(key, []).append(header)
        return tuple(SeriesEntry(key[2], tuple(grouped[key])) for key in sorted(grouped))


def index_folder(
    root: str | Path,
    *,
    cache: str | Path | None = None,
    workers: int = 1,
    force: bool = False,
    on_progress: Progress | None = None,
) -> FolderIndex:
    """Read the header of every DICOM file below a folder.

    Parameters
    ----------
    root
        The folder; links to folders are not followed.
    cache
        File that keeps the headers for the next time, by path, size and time of change. It holds
        hashed paths and Patient IDs only. A damaged cache is made anew.
    workers
        Threads that read, this one among them, each with a reading process of its own.
    force
        Whether files without preamble and prefix are read, too; otherwise each is a finding.
    on_progress
        Called with (files done, files in all).

    Raises
    ------
    NotADirectoryError
        When `root` is no folder.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    found = dict(_files_below(folder))
    kept = KeptIndex() if cache is None else KeptIndex.load(Path(cache), force)
    outcomes: dict[str, Outcome] = {}
    for name, stamp in found.items() if kept.files else ():
        with suppress(LookupError):
            outcomes[name] = kept.outcome(name, stamp, f"{folder}{os.sep}{name}")
    unread = [name for name in found if name not in outcomes]
    done = len(outcomes)
    for names, results in _read_all(folder, unread, workers, force):
        outcomes |= dict(zip(names, results, strict=True))
        done += len(names)
        if on_progress is not None:
            on_progress(done, len(found))
    if cache is not None and (unread or len(kept.files) != len(found)):
        save(Path(cache), {name: (found[name], outcomes[name]) for name in found}, force)
    ordered = [outcomes[name] for name in sorted(outcomes)]
    return FolderIndex(
        tuple(one for one in ordered if isinstance(one, Header)),
        tuple(one for one in ordered if isinstance(one, Finding)),
        sum(one is None for one in ordered),
        len(unread),
    )


def _files_below(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each file's name below the folder, and its (size, time of change)."""
    pending = [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(folder / prefix) as entries:
            for entry in entries:
                name = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{name}/")
                elif entry.is_file():
                    status = entry.stat()
                    yield name, (status.st_size, status.st_mtime_ns)


def _read_all(folder: Path, names: Sequence[str], workers: int, force: bool) -> Iterator[Piece]:
    """Yield pieces of the names with what the files are, in any order.

    This thread reads, too: its reading process may have begun long ago, those of the others begin
    here.
    """
    waiting = deque(names[i : i + _CHUNK] for i in range(0, len(names), _CHUNK))
    read_by_others: deque[Piece] = deque()

    def pieces() -> Iterator[Piece]:
        with suppress(IndexError):
            while True:
                chunk = waiting.popleft()
                yield chunk, _outcomes(str(folder), force, chunk)

    def help_out() -> None:
        for piece in pieces():
            read_by_others.append(piece)

    n_helpers = workers - 1 if len(names) >= _FEWEST_FOR_POOL else 0
    with ThreadPoolExecutor(max(n_helpers, 1)) as pool:
        helpers = [pool.submit(help_out) for _ in range(n_helpers)]
        try:
            for piece in pieces():
                yield piece
                while read_by_others:
                    yield read_by_others.popleft()
        finally:
            waiting.clear()
        for helper in helpers:
            helper.result()
        yield from read_by_others


def _outcomes(folder: str, force: bool, names: Sequence[str]) -> list[Outcome]:
    """Read some headers; if the reading process dies, find the file that killed it."""
    try:
        common, packed = json.loads(_read_chunk(folder, force, tuple(names)))
    except BadInputError as error:
        if len(names) == 1:
            return [replace(error.finding, file=f"{folder}{os.sep}{names[0]}")]
        half = len(names) // 2
        return _outcomes(folder, force, names[:half]) + _outcomes(folder, force, names[half:])
    unpacker = Unpacker(common)
    return [
        unpacker.outcome(one, f"{folder}{os.sep}{name}")
        for name, one in zip(names, packed, strict=True)
    ]


@guarded
def _read_chunk(folder: str, force: bool, names: tuple[str, ...]) -> str:
    """Return JSON: the rows that headers have in common, and each file's outcome, packed."""
    packer = Packer()
    packed = [packer.pack(_outcome(f"{folder}{os.sep}{name}", force)) for name in names]
    return json.dumps((packer.common, packed))


def _outcome(path: str, force: bool) -> Outcome:
    try:
        return read_header(path, force=force)
    except BadInputError as error:
        if error.finding.code == "DCM-13" and not looks_like_dicom(Path(path)):
            return None
        return error.finding
    except OSError as error:
        return Finding(
            "IMG-02",
            "excluded",
            f"a file that cannot be opened ({type(error).__name__})",
            "a readable file",
            "give yourself the right to read it",
            file=path,
        )
