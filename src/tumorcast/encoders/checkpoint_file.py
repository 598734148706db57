"""The tensors of a checkpoint from elsewhere, read in a process of their own.

This is the only place that reads torch's own format, which is a program for building objects. Torch
is asked for weights alone (`weights_only=True`), which refuses any other class or function, and
the guarded process has limits of memory and time besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging.guard import allow, empty, guarded

CONTAINERS = ("trunk_state_dict", "state_dict", "model")
"""Under which names checkpoints keep the tensors beside the rest."""
SAFETENSORS = ".safetensors"
_LIBRARIES_BYTES = 12 * 1024**3
"""Address space of torch with the libraries for a GPU; most of it is never touched."""
_START_SECONDS = 60.0
_BYTES_IN_A_SECOND = 20e6
_COPIES = 4

Layout = tuple[tuple[str, tuple[int, ...]], ...]
"""Names and shapes of tensors that lie one after the other."""


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of a checkpoint by name, in single precision.

    Parameters
    ----------
    path
        Torch's format or, by its ending, safetensors.

    Raises
    ------
    BadInputError
        ``CNV-01`` when it holds no tensors or more than weights, or is damaged; ``LIM-01`` to
        ``LIM-03`` as `guarded`.
    """
    layout, values = _read(path)
    tensors, start = {}, 0
    for name, shape in layout:
        stop = start + int(np.prod(shape, dtype=np.int64))
        tensors[name] = values[start:stop].reshape(shape)
        start = stop
    return tensors


@guarded
def _read(path: Path) -> tuple[Layout, NDArray[np.float32]]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    allow(
        memory_bytes=_LIBRARIES_BYTES + _COPIES * size,
        seconds=_START_SECONDS + size / _BYTES_IN_A_SECOND,
    )
    try:
        found = _tensors_of(_loaded(path))
    except MemoryError:
        raise
    except Exception as error:  # whatever a damaged or hostile file makes the reader raise
        raise _unreadable(path, f"{type(error).__name__}: {str(error).split(chr(10))[0]}") from None
    if not found:
        raise _unreadable(path, "it holds no tensors")
    values = empty([sum(tensor.numel() for tensor in found.values())], np.float32)
    start = 0
    for tensor in found.values():
        values[start : start + tensor.numel()] = tensor.float().numpy().ravel()
        start += tensor.numel()
    return tuple((name, tuple(tensor.shape)) for name, tensor in found.items()), values


def _loaded(path: Path) -> Any:
    if path.suffix == SAFETENSORS:
        from safetensors.torch import load_file  # noqa: PLC0415

        return load_file(path)
    import torch  # noqa: PLC0415

    return torch.load(path, map_location="cpu", weights_only=True)


def _tensors_of(loaded: Any) -> dict[str, Any]:
    """Return the named tensors of a checkpoint; what else it tells is left."""
    if not isinstance(loaded, Mapping):
        return {}
    for name in CONTAINERS:
        if isinstance(loaded.get(name), Mapping):
            return _tensors_of(loaded[name])
    return {str(name): value for name, value in loaded.items() if hasattr(value, "numel")}


def _unreadable(path: Path, why: str) -> BadInputError:
    return BadInputError(
        "CNV-01",
        f"the checkpoint cannot be read as weights ({why})",
        expected="a checkpoint of torch that holds tensors, text and numbers alone, or safetensors",
        fix="fetch it again from where it was published; a file with code in it is never opened",
        file=str(path),
    )
