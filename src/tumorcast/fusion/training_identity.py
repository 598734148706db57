"""What decides a training, as a digest: two with the same one end at the same weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import metadata

import numpy as np
import torch
from numpy.typing import NDArray

from tumorcast.features.ledger import state_digest
from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.endpoint import Endpoint, Rows
from tumorcast.fusion.training_state import TrainingState


def identity_of(
    state: TrainingState,
    data: NetworkData,
    endpoint: Endpoint,
    rows: Rows,
    used: tuple[NDArray[np.int64], NDArray[np.int64]],
    settings: object,
) -> Callable[[], str]:
    """Return a function that returns the digest of a training that has not begun.

    The voxels are read when it is called, everything else now.

    Parameters
    ----------
    used
        Rows that it learns from, and rows that stop it.
    settings
        What else decides it; its representation counts.
    """
    words = [
        *(metadata.version(name) for name in ("tumorcast", "torch")),
        f"{state.network!r} {state.optimizer!r} {endpoint!r} {settings!r}",
        f"{next(state.network.parameters()).device.type} {torch.get_num_threads()} threads",
        state.facts(),
    ]
    fit_rows, stop_rows = used
    arrays: dict[str, NDArray[np.generic]] = {
        **{name: value.numpy() for name, value in state.tensors().items()},
        **{f"rows/{name}": value.cpu().numpy() for name, value in rows._asdict().items()},
        **{f"endpoint/{name}": value for name, value in endpoint.state().items()},
        "columns": data.columns,
        "known": data.known,
        "fit_rows": fit_rows,
        "stop_rows": stop_rows,
    }
    begun = f"{words} {state_digest(arrays)}"
    asked = np.concatenate(used)

    def digest() -> str:
        return hashlib.sha256(f"{begun} {crops_digest(data, asked)}".encode()).hexdigest()

    return digest


def crops_digest(data: NetworkData, rows: NDArray[np.int64]) -> str:
    """Return a digest of the crops of these rows and of who lacks one."""
    digest = hashlib.sha256()
    for image, block in data.crops.items():
        digest.update(image.encode())
        for row in rows:
            there = block.present[row]
            digest.update(block.array[int(block.row[row])].tobytes() if there else b"absent")
    return digest.hexdigest()
