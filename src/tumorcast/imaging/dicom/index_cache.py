"""The file in which an index of DICOM headers is kept: no path, name or Patient ID as it is.

It lies beside the study file, so it may come from elsewhere: an entry that is not exactly what
`save` writes is not used.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from tumorcast.imaging.dicom.packed import COMMON, Outcome, Packer, Unpacker

Stamp = tuple[int, int]
"""Size and time of change of a file."""

_VERSION = 3
_FIELDS = list(COMMON)


class KeptIndex:
    """What was kept of the files of a folder.

    Parameters
    ----------
    content
        The kept file's content; whatever it is, nothing worse happens than that all is read anew.
    force
        Whether headers are read by force: what was read without is not taken for it.
    """

    def __init__(self, content: Any = None, *, force: bool = False) -> None:
        self.files: dict[str, Any] = {}
        with suppress(LookupError, TypeError, AttributeError):
            if (
                content["version"] == _VERSION
                and content["fields"] == _FIELDS
                and content["force"] is force
            ):
                self._unpacker = Unpacker(content["common"])
                self.files = dict(content["files"].items())

    @classmethod
    def load(cls, cache: Path, force: bool) -> KeptIndex:
        """Return what a file holds; nothing if it is absent, damaged or of another kind."""
        try:
            return cls(json.loads(cache.read_text(encoding="utf-8")), force=force)
        except (OSError, ValueError, RecursionError):
            return cls()

    def outcome(self, name: str, stamp: Stamp, path: str) -> Outcome:
        """Return the outcome of a file that has not changed.

        Raises
        ------
        LookupError
            The file is new or has changed, or the entry is none that `save` made.
        """
        entry = self.files[key_of(name)]
        if not isinstance(entry, list) or len(entry) != 2 or entry[0] != list(stamp):
            raise LookupError
        return self._unpacker.outcome(entry[1], path)


def key_of(name: str) -> str:
    """Return what stands for a path, so that the cache holds none."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def save(cache: Path, files: dict[str, tuple[Stamp, Outcome]], force: bool) -> None:
    """Write what each file is, with its stamp, in one step."""
    packer = Packer()
    content = {
        "version": _VERSION,
        "force": force,
        "fields": _FIELDS,
        "files": {key_of(name): (stamp, packer.pack(one)) for name, (stamp, one) in files.items()},
        "common": packer.common,
    }
    cache.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=cache.parent, prefix=".index-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
        Path(temporary).replace(cache)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
