from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tumorcast.cohort import BinaryTarget
from tumorcast.features import FeatureTable, ForestSelector

Noise = Callable[[int, int], tuple[FeatureTable, BinaryTarget]]


def test_planted_columns_are_found_among_noise(noise: Noise) -> None:
    table, target = noise(200, 100)
    frame = table.frame.copy()
    planted = [table.columns[3], table.columns[50]]
    frame[planted] += 2.0 * target.label[:, np.newaxis]
    selector = ForestSelector(k=5).fit(FeatureTable(frame), target, seed=0)
    assert set(planted) <= set(selector.kept_)
    assert len(selector.kept_) == 5


def test_all_columns_stay_when_there_are_no_more_than_k(noise: Noise) -> None:
    table, _ = noise(20, 4)
    assert ForestSelector(k=4).fit(table, None, seed=0).kept_ == list(table.columns)


def test_labels_are_needed(noise: Noise) -> None:
    table, _ = noise(20, 4)
    with pytest.raises(ValueError, match="needs a target"):
        ForestSelector(k=2).fit(table, None, seed=0)


def test_labels_of_rows_of_weight_0_do_not_matter(noise: Noise) -> None:
    table, target = noise(60, 30)
    weight = np.where(np.arange(60) < 20, 0.0, 1.0)
    flipped = np.where(weight == 0, 1 - target.label, target.label)
    one = ForestSelector(k=5).fit(table, BinaryTarget(target.label, weight), seed=0)
    other = ForestSelector(k=5).fit(table, BinaryTarget(flipped, weight), seed=0)
    assert one.kept_ == other.kept_


def test_the_seed_decides_which_noise_is_kept(noise: Noise) -> None:
    table, target = noise(60, 100)
    kept = [ForestSelector(k=5).fit(table, target, seed=seed).kept_ for seed in (0, 1)]
    assert kept[0] != kept[1]
