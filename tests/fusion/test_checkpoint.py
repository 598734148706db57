"""A training that was killed goes on to the same weights, or starts anew and says so."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tumorcast.encoders.tensor_file import DamagedError, read, write
from tumorcast.fusion.checkpoint import Checkpoint, Checkpoints
from tumorcast.fusion.fusion_network import FusionNetwork

PROGRAM = Path(__file__).parent / "killed_training.py"
MODULE = runpy.run_path(str(PROGRAM))
Training = Callable[..., tuple[FusionNetwork, list[float]]]
training: Training = MODULE["training"]
Deadly: Any = MODULE["Deadly"]


def weights(network: FusionNetwork) -> list[bytes]:
    return [value.numpy().tobytes() for value in network.state_dict().values()]


@pytest.fixture(scope="module")
def unbroken() -> tuple[list[bytes], list[float]]:
    network, losses = training(None)
    return weights(network), losses


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that a process left that was killed in the middle of its fourth epoch."""
    folder = tmp_path_factory.mktemp("killed")
    child = subprocess.run([sys.executable, str(PROGRAM), str(folder), "17"], check=False)
    assert child.returncode == -signal.SIGKILL
    return folder


def copied(killed: Path, to: Path) -> Checkpoint:
    for file in killed.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return Checkpoint(Checkpoints(to, every_seconds=0))


def test_a_killed_process_leaves_one_whole_checkpoint(killed: Path) -> None:
    (file,) = killed.iterdir()
    _, facts = read(file)
    assert facts.count("losses") == 1
    assert file.suffix == ".safetensors"


def test_a_killed_training_goes_on_to_the_same_weights(
    killed: Path, tmp_path: Path, unbroken: tuple[list[bytes], list[float]]
) -> None:
    checkpoint = copied(killed, tmp_path)
    Deadly.asked = 0
    network, losses = training(checkpoint)
    assert Deadly.asked == 3 * 5  # three of six epochs were left
    assert (weights(network), losses) == unbroken
    assert not checkpoint.findings
    checkpoint.remove()
    assert not list(tmp_path.iterdir())


def test_checkpoints_change_nothing_and_a_finished_training_is_not_done_again(
    tmp_path: Path, unbroken: tuple[list[bytes], list[float]]
) -> None:
    network, losses = training(Checkpoint(Checkpoints(tmp_path, every_seconds=0)))
    assert (weights(network), losses) == unbroken
    Deadly.asked = 0
    again, _ = training(Checkpoint(Checkpoints(tmp_path, every_seconds=0)))
    assert Deadly.asked == 0
    assert weights(again) == unbroken[0]


@pytest.mark.parametrize("where", ["header", "weights", "end"])
def test_a_damaged_checkpoint_is_named_and_training_starts_anew(
    killed: Path, tmp_path: Path, where: str, unbroken: tuple[list[bytes], list[float]]
) -> None:
    checkpoint = copied(killed, tmp_path)
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    place = {"header": content.index(b"losses") + 12, "weights": len(content) - 9, "end": 0}[where]
    content[place] ^= 1
    file.write_bytes(content if place else content[:-20])
    Deadly.asked = 0
    network, losses = training(checkpoint)
    assert [finding.code for finding in checkpoint.findings] == ["TRN-01"]
    assert Deadly.asked == 6 * 5
    assert (weights(network), losses) == unbroken


def test_another_training_does_not_take_it(killed: Path, tmp_path: Path) -> None:
    checkpoint = copied(killed, tmp_path)
    Deadly.asked = 0
    training(checkpoint, seed=1)
    assert Deadly.asked == 6 * 5
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_stops_no_training(
    tmp_path: Path, unbroken: tuple[list[bytes], list[float]]
) -> None:
    (tmp_path / "a file").touch()
    checkpoint = Checkpoint(Checkpoints(tmp_path / "a file" / "folder", every_seconds=0))
    network, losses = training(checkpoint)
    assert (weights(network), losses) == unbroken
    assert [finding.code for finding in checkpoint.findings] == ["TRN-02"]


def test_a_short_training_leaves_nothing(tmp_path: Path) -> None:
    training(Checkpoint(Checkpoints(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_what_is_written_is_read_and_plain_safetensors(tmp_path: Path) -> None:
    tensors = {"a/b": torch.arange(3.0), "c": torch.tensor(np.array([7], np.uint8))}
    write(tmp_path / "x.safetensors", tensors, '{"losses": [0.1]}')
    found, facts = read(tmp_path / "x.safetensors")
    assert facts == '{"losses": [0.1]}'
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
    assert set(load_file(tmp_path / "x.safetensors")) == set(tensors)
    with pytest.raises(DamagedError):
        read(tmp_path / "absent.safetensors")
