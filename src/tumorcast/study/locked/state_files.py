"""What a model has learned, in a safetensors file for numbers and a JSON file for text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

State = Mapping[str, NDArray[np.generic]]


def write_state(folder: Path, name: str, state: State) -> None:
    """Write ``NAME.safetensors`` and ``NAME.json``."""
    numbers = {
        key: np.asarray(value, order="C") for key, value in state.items() if not _text(value)
    }
    words = {key: value.tolist() for key, value in state.items() if _text(value)}
    (folder / f"{name}.safetensors").write_bytes(save(numbers))
    text = json.dumps(words, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def read_state(numbers: bytes, words: bytes) -> dict[str, NDArray[np.generic]]:
    """Return the state whose two files have this content; arrays are equal bit for bit."""
    text = {key: np.array(value, dtype=np.str_) for key, value in json.loads(words).items()}
    return {**load(numbers), **text}


def _text(value: NDArray[np.generic]) -> bool:
    return value.dtype.kind == "U"
