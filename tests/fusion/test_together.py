"""Several devices come to the weights of one, and leave nothing behind."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from tumorcast.engine import TaskError
from tumorcast.errors import StudyRefusedError
from tumorcast.fusion.checkpoint import Checkpoint, Checkpoints
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.team import Together, require_devices

HERE = Path(__file__).parent
Trained = tuple[FusionNetwork, list[float]]


@pytest.fixture(scope="module")
def several() -> Any:
    """Return the module of the training, which the processes import too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        patch.setattr("tumorcast.fusion.team._cores", lambda: 2)
        yield importlib.import_module("several_devices")


@pytest.fixture(scope="module")
def two(several: Any) -> Trained:
    trained: Trained = several.training(2)
    return trained


def running(folder: Path) -> list[str]:
    """Return the processes that have trained and are still there."""
    found = []
    for file in folder.glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            state = Path("/proc", file.name, "stat").read_text().rpartition(")")[2].split()[0]
            found += [file.name] * (state != "Z")
    return found


def test_two_devices_come_to_the_weights_of_one(several: Any, two: Trained) -> None:
    network, losses = two
    alone, expected = several.training(1)
    torch.testing.assert_close(losses, expected, rtol=1e-6, atol=0)
    torch.testing.assert_close(network.state_dict(), alone.state_dict(), rtol=1e-5, atol=1e-7)


def test_a_device_that_fails_ends_the_others(several: Any, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="device 1: ZeroDivisionError: the second device"):
        several.training(2, how="fail", folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    assert not running(tmp_path)


@pytest.mark.slow
def test_a_killed_training_leaves_no_process_and_goes_on_to_the_same_weights(
    several: Any, two: Trained, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    program = [sys.executable, str(HERE / "several_devices.py"), str(tmp_path)]
    assert subprocess.run(program, check=False).returncode == -signal.SIGKILL
    for _ in range(100):
        if not running(tmp_path):
            break
        time.sleep(0.1)
    assert not running(tmp_path)
    (file,) = kept.iterdir()
    network, losses = several.training(2, Checkpoint(Checkpoints(kept, every_seconds=0)))
    assert kept / file.name in kept.iterdir()
    assert losses == two[1]
    for name, value in network.state_dict().items():
        assert torch.equal(value, two[0].state_dict()[name]), name


def test_shares_are_whole_and_even() -> None:
    def parts(n: int, count: int) -> list[int]:
        rows: list[int] = []
        for rank in range(count):
            team = Together.__new__(Together)
            team.rank, team.count = rank, count
            own = list(range(n))[team.part(n)]
            assert len(own) in {n // count, -(-n // count)}
            rows += own
        return rows

    for n in range(12):
        for count in range(1, 5):
            assert parts(n, count) == list(range(n))


def test_more_devices_than_there_are_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tumorcast.fusion.team._cores", lambda: 2)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    require_devices(2)
    with pytest.raises(StudyRefusedError, match="no GPU and 2 cores") as refused:
        require_devices(3)
    assert [finding.code for finding in refused.value.findings] == ["TRN-03"]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(StudyRefusedError, match="this machine has 1 GPUs"):
        require_devices(2)
