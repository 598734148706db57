"""Augmentation is drawn, then applied."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.fusion.augment import MAX_SCALE, MAX_SHIFT, Augmentation


def test_applied_to_a_crop_by_hand() -> None:
    crops = np.zeros((2, 2, 2, 2, 2), np.float32)
    crops[:, 0] = np.arange(8).reshape(2, 2, 2)
    crops[:, 1, 0] = 1
    augmentation = Augmentation(
        flip=np.array([[True, False, False], [False, False, True]]),
        scale={"ct": np.array([1.0, 2.0], np.float32)},
        shift={"ct": np.array([0.5, 0.0], np.float32)},
    )
    augmented = augmentation.apply(crops, "ct")
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
