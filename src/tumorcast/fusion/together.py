"""A training on several devices: a process for each, of which the first keeps the checkpoints."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

from tumorcast.encoders.reproducible import reproducible
from tumorcast.encoders.tensor_file import read, write
from tumorcast.engine import Task
from tumorcast.engine.pool import run_in_processes
from tumorcast.errors import Finding
from tumorcast.fusion.checkpoint import Checkpoint, Checkpoints
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.team import Team, Together, require_devices
from tumorcast.fusion.training_state import TrainingState

if TYPE_CHECKING:
    from tumorcast.fusion.train import Course

Learn = Callable[["Course", TrainingState, Team, Checkpoint | None], None]

_BEGIN, _END, _MEETING = "begin.safetensors", "end.safetensors", "meeting"
_LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"


@dataclass(frozen=True)
class Party:
    """What every process is told.

    Parameters
    ----------
    count
        Number of processes.
    folder
        Where they meet, find the state to begin with, and leave the one at the end.
    network
        Without its weights, which are in the state.
    buffers
        What the network holds beside its state.
    threads
        CPU threads of each.
    gpus
        What ``CUDA_VISIBLE_DEVICES`` calls them; none on CPUs.
    checkpoints, name
        Where the first keeps them, and how they are called.
    """

    count: int
    folder: Path
    network: FusionNetwork
    buffers: Mapping[str, NDArray[np.generic]]
    threads: int
    gpus: tuple[str, ...]
    checkpoints: Checkpoints | None
    name: str


def learn_together(
    learn: Learn, course: Course, state: TrainingState, checkpoint: Checkpoint | None
) -> None:
    """Bring `state` to the end of its training on as many devices as the settings say.

    All processes begin with the same state, generators included, draw the same, and come to the
    same decisions. Where one fails or dies, the others are ended.

    Parameters
    ----------
    learn
        The training loop.

    Raises
    ------
    StudyRefusedError
        ``TRN-03`` when there are fewer devices.
    TaskError
        When a process failed or died.
    """
    require_devices(course.settings.devices)
    network, count = state.network, course.settings.devices
    with TemporaryDirectory() as place:
        folder = Path(place)
        write(folder / _BEGIN, state.tensors(), state.facts())
        party = Party(
            count,
            folder,
            copy.deepcopy(network).to("meta"),
            {name: value.cpu().numpy() for name, value in network.named_buffers()},
            torch.get_num_threads(),
            _gpus(),
            checkpoint.settings if checkpoint else None,
            checkpoint.path.stem if checkpoint else "",
        )
        tasks = [
            Task(str(rank), f"device {rank}", _take_part, (learn, course, party, rank))
            for rank in range(count)
        ]
        with closing(run_in_processes(tasks, count)) as results:
            for result in results:
                found = result.get()
                if checkpoint is not None:
                    checkpoint.findings += found
        state.restore(*read(folder / _END))


def _take_part(learn: Learn, course: Course, party: Party, rank: int) -> list[Finding]:
    """Train as one of several processes, and return what happened to the checkpoints."""
    if party.gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = party.gpus[rank]
    with reproducible(course.seed, party.threads):
        network = party.network.to_empty(device="cuda" if party.gpus else "cpu")
        for name, buffer in network.named_buffers():
            buffer.copy_(torch.from_numpy(party.buffers[name]))
        state = course.begin(network)
        state.restore(*read(party.folder / _BEGIN))
        _meet(party, rank, "nccl" if party.gpus else "gloo")
        checkpoint = None
        if rank == 0 and party.checkpoints is not None:
            checkpoint = Checkpoint(party.checkpoints)
            checkpoint.go_on_as(party.name)
        learn(course, state, Together(next(network.parameters()).device), checkpoint)
        dist.destroy_process_group()  # not after an error, when it would wait for the others
        if rank == 0:
            write(party.folder / _END, state.tensors(), state.facts())
    return checkpoint.findings if checkpoint else []


def _gpus() -> tuple[str, ...]:
    """Return the GPUs that this process may use, by the names that the driver takes."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = chosen.split(",") if chosen else map(str, range(torch.cuda.device_count()))
    return tuple(names)[: torch.cuda.device_count()]


def _meet(party: Party, rank: int, backend: str) -> None:
    """Join the others, on this machine alone."""
    if sys.platform != "win32":
        os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = _LOOPBACK
    store = dist.FileStore(str(party.folder / _MEETING), party.count)  # type: ignore[attr-defined]
    dist.init_process_group(backend, store=store, rank=rank, world_size=party.count)
