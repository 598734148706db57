"""Results as bytes and back, bit for bit and without code in them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

AnyArray = NDArray[Any]


def encode(value: object) -> tuple[str, bytes]:
    """Return the kind (``"json"``, ``"array"`` or ``"arrays"``) and the bytes of a value.

    Floats come back bit for bit, NaN and infinity included; tuples come back as lists.

    Raises
    ------
    TypeError
        When the value is neither an array, nor a non-empty mapping of arrays, nor plain JSON.
    """
    if isinstance(value, np.ndarray):
        return "array", _pack({"array": value})
    if _is_arrays(value):
        return "arrays", _pack(value)  # type: ignore[arg-type]
    return "json", json.dumps(value, separators=(",", ":")).encode()


def decode(kind: str, payload: bytes) -> Any:
    """Return the value that `encode` made into `payload`."""
    if kind == "array":
        return _unpack(payload)["array"]
    if kind == "arrays":
        return _unpack(payload)
    return json.loads(payload)


def _is_arrays(value: object) -> bool:
    if not isinstance(value, Mapping) or not value:
        return False
    return all(isinstance(item, np.ndarray) for item in value.values())


def _pack(arrays: Mapping[str, AnyArray]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise TypeError(f"array '{name}' holds Python objects; store numbers or text")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return buffer.getvalue()


def _unpack(payload: bytes) -> dict[str, AnyArray]:
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
