"""The file in which an index of DICOM headers is kept: no path, name or Patient ID as it is.

It lies beside the study file, so it may come from elsewhere: an entry that is not exactly what
`save` writes is not used.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, cast

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.header import Header

Outcome = Header | Finding | None
"""What a file is: a DICOM object, a damaged one, or none."""

_VERSION = 2
_FINDING_FIELDS = {field.name for field in fields(Finding)}
_HEADER_NAMES = [field.name for field in fields(Header)][1:]
_HEADER_TYPES = [str(field.type) for field in fields(Header)][1:]
_FITS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: type(value) is str,
    "int": lambda value: type(value) is int,
    "bool": lambda value: type(value) is bool,
    "int | None": lambda value: value is None or type(value) is int,
    "float | None": lambda value: value is None or type(value) in {int, float},
    "tuple[str, ...]": lambda value: _is_list_of(value, {str}),
    "tuple[float, ...]": lambda value: _is_list_of(value, {int, float}),
}
"""What JSON holds for a value of each type of a header."""

_SEEN: set[tuple[Any, ...]] = set()
"""Types of headers that were found to fit: there are few, and every header is judged."""


def key_of(name: str) -> str:
    """Return what stands for a path, so that the cache holds none."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def load(cache: Path, force: bool) -> dict[str, Any]:
    """Return the entries by `key_of`; none of a file that is absent, damaged or of another kind.

    What was read by force, or without it, is not taken for the other.
    """
    try:
        content = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    names = [field.name for field in fields(Header)]
    usable = (
        isinstance(content, dict)
        and content.get("version") == _VERSION
        and content.get("fields") == names
        and content.get("force") is force
        and isinstance(content.get("files"), dict)
    )
    return dict(content["files"]) if usable else {}


def save(cache: Path, files: dict[str, tuple[tuple[int, int], Outcome]], force: bool) -> None:
    """Write what each file is, with its (size, time of change), in one step."""
    content = {
        "version": _VERSION,
        "force": force,
        "fields": [field.name for field in fields(Header)],
        "files": {key_of(name): (stamp, plain(one)) for name, (stamp, one) in files.items()},
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


def plain(outcome: Outcome) -> dict[str, Any] | list[Any] | None:
    """Return an outcome without its path as JSON: a header's other values, or a finding."""
    if isinstance(outcome, Header):
        return [getattr(outcome, name) for name in _HEADER_NAMES]
    return None if outcome is None else asdict(replace(outcome, file=""))


def made_of(value: Any, path: str) -> Outcome:
    """Return the outcome of which `plain` made the value."""
    if isinstance(value, dict):
        return Finding(**(value | {"file": path}))
    if value is None:
        return None
    values: list[Any] = [tuple(one) if isinstance(one, list) else one for one in value]
    header: Header = cast("Any", Header)(path, *values)
    return header


def restored(entry: Any, stamp: tuple[int, int], path: str) -> Outcome:
    """Return the outcome of a file that has not changed.

    Raises
    ------
    LookupError
        The file has changed, or the entry is none that `plain` made.
    """
    if not isinstance(entry, list) or len(entry) != 2 or entry[0] != list(stamp):
        raise LookupError
    stored = entry[1]
    if isinstance(stored, dict):
        _demand(set(stored) == _FINDING_FIELDS and all(map(_FITS["str"], stored.values())))
        _demand(stored["consequence"] == "excluded")
    elif stored is not None:
        _demand(isinstance(stored, list) and len(stored) == len(_HEADER_TYPES))
        types = tuple(
            tuple(map(type, one)) if type(one) is list else type(one)  # as JSON has no others
            for one in stored
        )
        if types not in _SEEN:
            fit = (_FITS[kind](one) for kind, one in zip(_HEADER_TYPES, stored, strict=True))
            _demand(all(fit))
            _SEEN.add(types)
    return made_of(stored, path)


def _demand(is_met: bool) -> None:
    if not is_met:
        raise LookupError


def _is_list_of(value: Any, types: set[type]) -> bool:
    return type(value) is list and all(type(one) in types for one in value)
