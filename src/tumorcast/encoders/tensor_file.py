"""Tensors with JSON in one safetensors file, whose digest tells whether it is as it was written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


class DamagedError(ValueError):
    """A file is not what was written."""


def write(path: Path, tensors: dict[str, Tensor], facts: str) -> None:
    """Write tensors, and JSON in the header, whole or not at all.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written.
    """
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        save_file(tensors, partial, {"facts": facts, "sha256": _digest(tensors, facts)})
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except SafetensorError as error:  # which is how the library says that the disk is full
        raise OSError(0, str(error)) from None
    finally:
        partial.unlink(missing_ok=True)


def read(path: Path) -> tuple[dict[str, Tensor], str]:
    """Return the tensors and the JSON of a file; nothing in it is executed.

    Raises
    ------
    DamagedError
        When anything in it differs from what was written.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DamagedError(str(error)) from None
    facts = header.get("facts", "")
    if header.get("sha256") != _digest(tensors, facts):
        raise DamagedError("its content has another digest")
    return tensors, facts


def _digest(tensors: dict[str, Tensor], facts: str) -> str:
    digest = hashlib.sha256(facts.encode())
    for name, tensor in sorted(tensors.items()):
        array = np.ascontiguousarray(tensor.numpy())
        digest.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
