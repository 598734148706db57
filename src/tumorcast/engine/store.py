"""Results on disk by the digest of what determines them."""

from __future__ import annotations

import errno
import hashlib
import os
import time
import uuid
from pathlib import Path
from typing import Any

from tumorcast.engine.encoding import decode, encode

_FORMAT = "tumorcast-store-1"
_ABANDONED_AFTER_SECONDS = 24 * 3600.0


class StoreError(OSError):
    """The store cannot be written; what it holds is safe.

    Attributes
    ----------
    out_of_space
        Whether the disk or the quota is full: free some and run again to resume.
    """

    def __init__(self, root: Path, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror, str(root))
        self.out_of_space = cause.errno in {errno.ENOSPC, errno.EDQUOT}

    def __str__(self) -> str:
        mend = (
            "Free space there, or choose another store, and run again: finished results are kept."
            if self.out_of_space
            else "Make the folder writable, or choose another store."
        )
        return f"cannot write to the store {self.filename}: {self.strerror}. {mend}"


class Store:
    """A folder of results, one file a key.

    A file appears whole or not at all (written aside, flushed to the disk, renamed), so processes
    may share a store and be killed at any moment. Every read checks a SHA-256 of the bytes.

    Parameters
    ----------
    root
        The folder; made when the first result is put.

    Attributes
    ----------
    corrupt
        Keys whose entries were found damaged by this object; they count as absent.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.corrupt: list[str] = []
        self._sweep_abandoned()

    def contains(self, key: str) -> bool:
        """Return whether there is an entry, without reading it."""
        return self._path(key).is_file()

    def put(self, key: str, value: object) -> None:
        """Store a value: an array, a mapping of arrays, or plain JSON.

        Raises
        ------
        TypeError
            When the value is none of these.
        StoreError
            When the disk is full or the folder cannot be written.
        """
        kind, payload = encode(value)
        digest = hashlib.sha256(payload).hexdigest()
        try:
            self._write(self._path(key), f"{_FORMAT} {kind} {digest}\n".encode(), payload)
        except OSError as error:
            raise StoreError(self.root, error) from error

    def get(self, key: str) -> Any:
        """Return the value under a key.

        Raises
        ------
        KeyError
            When there is no entry, or a damaged one, which is then removed and noted in `corrupt`.
        """
        path = self._path(key)
        try:
            entry = path.read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None
        header, _, payload = entry.partition(b"\n")
        words = header.decode("ascii", "replace").split(" ")
        if len(words) == 3 and words[0] == _FORMAT:
            _, kind, digest = words
            if hashlib.sha256(payload).hexdigest() == digest:
                return decode(kind, payload)
        self.corrupt.append(key)
        path.unlink(missing_ok=True)
        raise KeyError(key)

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / key

    @property
    def _partial(self) -> Path:
        return self.root / "partial"

    def _write(self, path: Path, header: bytes, payload: bytes) -> None:
        self._partial.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(exist_ok=True)
        partial = self._partial / uuid.uuid4().hex
        try:
            with partial.open("xb") as file:
                file.write(header)
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        _flush_folder(path.parent)

    def _sweep_abandoned(self) -> None:
        if not self._partial.is_dir():
            return
        oldest = time.time() - _ABANDONED_AFTER_SECONDS
        for partial in self._partial.iterdir():
            try:
                if partial.stat().st_mtime < oldest:
                    partial.unlink(missing_ok=True)
            except OSError:
                continue  # another process swept it, or the store is read-only


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
