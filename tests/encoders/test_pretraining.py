"""Pretraining learns, goes on where it was stopped, and takes every encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tumorcast.encoders import ENCODERS, Cnn3D
from tumorcast.encoders.checkpoint import Checkpoint
from tumorcast.encoders.pretraining import Crops, Pretrained, PretrainingSettings, pretrain, rate_at

ENCODER = Cnn3D((8, 16))
SETTINGS = PretrainingSettings(epochs=4, seed=3, batch_size=4)


def all_of(array: NDArray[np.float16]) -> Crops:
    return Crops([(array, row) for row in range(len(array))], channels=2)


class StoppedError(Exception):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def balls() -> NDArray[np.float16]:
    """Return balls of varied size and brightness, with their masks."""
    rng = np.random.default_rng(0)
    place = np.indices((16, 16, 16)) - 7.5
    radius, level = rng.uniform(3, 7, 12), rng.uniform(0.2, 1, 12)
    inside = (place**2).sum(axis=0)[None] < radius[:, None, None, None] ** 2
    return np.stack([inside * level[:, None, None, None], inside], axis=1).astype(np.float16)


def pretrained(balls: NDArray[np.float16], path: Path, stop_after: int = 99) -> Pretrained:
    def stop(done: int) -> None:
        if done == stop_after:
            raise StoppedError

    kept = Checkpoint(path, "one")
    return pretrain(
        ENCODER, all_of(balls), SETTINGS, checkpoint=kept, seconds_between=0, on_epoch=stop
    )


def same(one: Pretrained, other: Pretrained) -> bool:
    pairs = zip(one.network.parameters(), other.network.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs) and one.errors == other.errors


def test_a_stopped_pretraining_ends_with_the_weights_of_one_that_was_not(
    balls: NDArray[np.float16], tmp_path: Path
) -> None:
    whole = pretrained(balls, tmp_path / "whole")
    with pytest.raises(StoppedError):
        pretrained(balls, tmp_path / "stopped", stop_after=2)
    torch.rand(7)  # another process has another global generator
    resumed = pretrained(balls, tmp_path / "stopped")
    assert same(whole, resumed)
    assert len(resumed.errors) == SETTINGS.epochs
    assert not same(whole, pretrained(balls[::-1], tmp_path / "other"))


@pytest.mark.parametrize("spoil", ["damaged", "of another"])
def test_what_is_no_checkpoint_of_ours_is_not_gone_on_with(
    balls: NDArray[np.float16], tmp_path: Path, spoil: str
) -> None:
    whole, path = pretrained(balls, tmp_path / "whole"), tmp_path / "kept"
    with pytest.raises(StoppedError):
        pretrained(balls, path, stop_after=3)
    if spoil == "damaged":
        content = bytearray(path.read_bytes())
        content[-9] ^= 1  # one bit of one weight
        path.write_bytes(bytes(content))
        assert same(whole, pretrained(balls, path))
    else:
        other = Checkpoint(path, "two")
        epochs: list[int] = []
        pretrain(ENCODER, all_of(balls), SETTINGS, checkpoint=other, on_epoch=epochs.append)
        assert epochs == [1, 2, 3, 4]


def test_it_learns_to_tell_crops_apart(balls: NDArray[np.float16], tmp_path: Path) -> None:
    """The median over the crops is the best guess of whoever cannot tell one from another."""
    image = balls[:, 0].astype(np.float64)
    knowing_nothing = np.abs(image - np.median(image, axis=0)).mean()
    settings = PretrainingSettings(epochs=80, seed=1, batch_size=6)
    found = pretrain(
        Cnn3D((8, 16), learning_rate=1.5e-2),
        all_of(balls),
        settings,
        checkpoint=Checkpoint(tmp_path / "kept", "one"),
    )
    assert found.errors[0] > 0.9 * found.blank_errors[0]
    assert found.errors[-1] < knowing_nothing
    assert not found.network.training


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ENCODERS if name != "fmcib"])
def test_every_encoder_can_be_pretrained(
    name: str, balls: NDArray[np.float16], tmp_path: Path
) -> None:
    settings = PretrainingSettings(epochs=1, seed=1)
    checkpoint = Checkpoint(tmp_path / "kept", name)
    torch.manual_seed(settings.seed)
    before = dict(ENCODERS[name].build(2, 16).named_parameters())
    found = pretrain(ENCODERS[name], all_of(balls[:2]), settings, checkpoint=checkpoint)
    after = dict(found.network.named_parameters())
    assert before.keys() == after.keys()
    assert all(not torch.equal(before[key], after[key]) for key in before)


def test_the_rate_rises_and_falls() -> None:
    assert rate_at(0) < 0.02
    assert rate_at(0.1) == 1
    assert rate_at(0.55) == pytest.approx(0.5)
    assert rate_at(1) == pytest.approx(0)
