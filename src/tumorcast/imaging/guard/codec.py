"""Arguments and results as JSON, with arrays beside it.

JSON's lists are tuples; everything that JSON lacks is an object with one key that names its kind.
Only the classes listed here can be made from what the child sends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MODULE_OF = {
    "Finding": "tumorcast.errors",
    "Geometry": "tumorcast.imaging.geometry",
    "Volume": "tumorcast.imaging.volume",
    "Mask": "tumorcast.imaging.mask",
    "Header": "tumorcast.imaging.dicom.header",
    "DicomSeries": "tumorcast.imaging.dicom.listed",
    "DrawnObject": "tumorcast.imaging.dicom.drawn",
}

Place = Callable[[NDArray[Any]], int]
"""Where an array is put: the number of its piece of memory."""
Find = Callable[..., NDArray[Any]]
"""Returns an array, given the number of its piece, its type and its shape."""


def encode(value: Any, place: Place | None = None) -> bytes:
    """Return a value as JSON. Lists come back as tuples; keys of dictionaries must be text."""

    def pack(part: Any) -> Any:
        name = type(part).__name__
        if name in _MODULE_OF:
            return {f"!{name}": [getattr(part, field) for field in _fields_of(name)]}
        if isinstance(part, np.ndarray) and place is not None:
            number = place(part) if part.size else 0
            return {"!array": [number, part.dtype.str, part.shape]}
        if isinstance(part, np.generic):
            return part.item()
        if isinstance(part, Path):
            return {"!path": str(part)}
        if isinstance(part, frozenset):
            return {"!set": list(part)}
        raise TypeError(f"a {name} cannot be handed to another process")

    return json.dumps(value, default=pack).encode()


def decode(text: bytes, find: Find | None = None) -> Any:
    """Return what was encoded.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        When it is not what `encode` writes.
    """

    def unpack(found: dict[str, Any]) -> Any:
        key: str
        content: Any
        key, content = next(iter(found.items()), ("", None))
        if len(found) != 1 or not key.startswith("!"):
            return {name: _tuples(part) for name, part in found.items()}
        kind = key[1:]
        if kind in _MODULE_OF:
            return _class_of(kind)(*_tuples(content))
        if kind == "array" and find is not None:
            number, dtype, shape = content
            return find(number, dtype, shape) if number else np.empty(shape, dtype)
        if kind == "path":
            return Path(content)
        if kind == "set":
            return frozenset(_tuples(content))
        raise ValueError(f"nothing of kind {kind}")

    return _tuples(json.loads(text, object_hook=unpack))


def _tuples(value: Any) -> Any:
    if type(value) is list:
        return tuple([_tuples(item) if type(item) is list else item for item in value])
    return value


@lru_cache
def _class_of(name: str) -> Any:
    return getattr(import_module(_MODULE_OF[name]), name)


@lru_cache
def _fields_of(name: str) -> tuple[str, ...]:
    return tuple(field.name for field in fields(_class_of(name)))
