"""Augmentation is drawn, then applied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tumorcast.fusion.augment import (
    MAX_NOISE,
    MAX_SCALE,
    MAX_SHIFT,
    NOISY,
    TURNED,
    ZOOMED,
    Augmentation,
)
from tumorcast.fusion.turn import turned


def test_applied_to_a_crop_by_hand() -> None:
    crops = np.zeros((2, 2, 2, 2, 2), np.float32)
    crops[:, 0] = np.arange(8).reshape(2, 2, 2)
    crops[:, 1, 0] = 1
    augmentation = Augmentation(
        flip=np.array([[True, False, False], [False, False, True]]),
        scale={"ct": np.array([1.0, 2.0], np.float32)},
        shift={"ct": np.array([0.5, 0.0], np.float32)},
    )
    augmented = augmentation.apply(torch.from_numpy(crops).half(), "ct").numpy()
    assert augmented.dtype == np.float32
    assert augmented[0, 0].ravel().tolist() == [4.5, 5.5, 6.5, 7.5, 0.5, 1.5, 2.5, 3.5]
    assert augmented[1, 0].ravel().tolist() == [2, 0, 6, 4, 10, 8, 14, 12]
    assert augmented[0, 1].ravel().tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert augmented[1, 1].ravel().tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert crops[0, 0].ravel().tolist() == list(range(8))


def test_drawn_within_bounds_and_replayed_from_the_seed() -> None:
    drawn = Augmentation.draw(np.random.default_rng(3), 500, ("ct", "pt"))
    again = Augmentation.draw(np.random.default_rng(3), 500, ("ct", "pt"))
    assert np.array_equal(drawn.flip, again.flip)
    assert drawn.flip.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.1)
    for image in ("ct", "pt"):
        assert np.array_equal(drawn.shift[image], again.shift[image])
        assert np.abs(drawn.scale[image] - 1).max() <= MAX_SCALE * (1 + 1e-6)
        assert np.abs(drawn.shift[image]).max() <= MAX_SHIFT * (1 + 1e-6)
    assert not np.array_equal(drawn.shift["ct"], drawn.shift["pt"])


def test_strong_augmentation_begins_with_what_light_draws() -> None:
    light = Augmentation.draw(np.random.default_rng(3), 40, ("ct", "pt"))
    strong = Augmentation.draw(np.random.default_rng(3), 40, ("ct", "pt"), "strong")
    assert np.array_equal(light.flip, strong.flip)
    assert all(np.array_equal(light.shift[image], strong.shift[image]) for image in ("ct", "pt"))
    assert light.turn is None
    assert light.noise is None


def test_strong_augmentation_changes_the_shares_that_it_says() -> None:
    drawn = Augmentation.draw(np.random.default_rng(3), 2000, ("ct",), "strong")
    assert drawn.turn is not None
    assert drawn.noise is not None
    changed = np.any(drawn.turn != np.eye(3, dtype=np.float32), axis=(1, 2))
    assert changed.mean() == pytest.approx(1 - (1 - TURNED) * (1 - ZOOMED), abs=0.03)
    assert (drawn.noise["ct"] > 0).mean() == pytest.approx(NOISY, abs=0.03)
    assert drawn.noise["ct"].max() <= MAX_NOISE


def test_noise_is_replayed_from_what_was_drawn_and_spares_the_mask() -> None:
    drawn = Augmentation.draw(np.random.default_rng(3), 64, ("ct",), "strong")
    calm = replace(drawn, noise=None)
    crops = torch.rand(64, 2, 12, 12, 12)
    noisy, again = drawn.apply(crops, "ct"), drawn.apply(crops, "ct")
    assert torch.equal(noisy, again)
    added = noisy - calm.apply(crops, "ct")
    assert not added[:, 1].any()
    assert drawn.noise is not None
    spread = added[:, 0].std(dim=(1, 2, 3))
    torch.testing.assert_close(spread, torch.from_numpy(drawn.noise["ct"]), atol=0.003, rtol=0)


def test_a_turned_crop_is_mirrored_first() -> None:
    drawn = Augmentation.draw(np.random.default_rng(6), 30, ("ct",), "strong")
    assert drawn.turn is not None
    still = {"ct": np.ones(30, np.float32)}
    nothing = {"ct": np.zeros(30, np.float32)}
    crops = torch.rand(30, 1, 8, 8, 8)
    mirrored = Augmentation(drawn.flip, still, nothing).apply(crops, "ct")
    stepwise = turned(mirrored, torch.from_numpy(drawn.turn))
    at_once = Augmentation(drawn.flip, still, nothing, drawn.turn).apply(crops, "ct")
    torch.testing.assert_close(at_once, stepwise, atol=1e-5, rtol=0)


def test_every_crop_is_augmented_as_if_it_were_alone() -> None:
    drawn = replace(Augmentation.draw(np.random.default_rng(5), 20, ("ct",), "strong"), noise=None)
    crops = torch.rand(20, 2, 8, 8, 8)
    together = drawn.apply(crops, "ct")
    for row in range(20):
        assert drawn.turn is not None
        alone = Augmentation(
            drawn.flip[[row]],
            {"ct": drawn.scale["ct"][[row]]},
            {"ct": drawn.shift["ct"][[row]]},
            drawn.turn[[row]],
        )
        assert torch.equal(alone.apply(crops[[row]], "ct")[0], together[row])


def test_what_was_drawn_for_all_can_be_applied_share_by_share() -> None:
    drawn = Augmentation.draw(np.random.default_rng(5), 11, ("ct",), "strong")
    crops = torch.rand(11, 2, 8, 8, 8)
    shares = [slice(0, 4), slice(4, 4), slice(4, 5), slice(5, 11)]
    parts = [drawn.of(share).apply(crops[share], "ct") for share in shares]
    assert torch.equal(torch.cat(parts), drawn.apply(crops, "ct"))
