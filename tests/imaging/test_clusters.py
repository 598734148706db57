"""Groups of voxels."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tumorcast.imaging.clusters import ordered_clusters


def test_groups_that_lie_apart_are_found_and_ordered_by_intensity() -> None:
    intensity = np.array([9.0, 1, 5, 9.2, 1.1, 5.1, 0.9, 8.9])
    features = np.column_stack([intensity, -intensity])
    groups = ordered_clusters(features, intensity, 3)
    assert groups.tolist() == [3, 1, 2, 3, 1, 2, 1, 3]


def test_a_second_feature_parts_voxels_of_one_intensity() -> None:
    intensity = np.array([5.0, 5.1, 5.0, 5.1, 5.0, 5.1])
    spread = np.array([0.0, 0, 0, 90, 90, 90])
    features = np.column_stack([np.zeros(6), spread])
    groups = ordered_clusters(features, intensity, 2)
    assert set(groups[:3]) != set(groups[3:])
    assert len(set(groups[:3])) == len(set(groups[3:])) == 1


def test_voxels_that_are_all_alike_are_one_group() -> None:
    groups = ordered_clusters(np.ones((5, 2)), np.ones(5), 3)
    assert set(groups) == {1}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_every_voxel_is_nearest_to_the_centre_of_its_group(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    intensity = rng.normal(size=200)
    features = np.column_stack([intensity, rng.exponential(size=200)])
    groups = ordered_clusters(features, intensity, k)
    np.testing.assert_array_equal(groups, ordered_clusters(features, intensity, k))
    means = [intensity[groups == g].mean() for g in range(1, k + 1) if (groups == g).any()]
    assert means == sorted(means)
    present = np.unique(groups)
    centres = np.stack([features[groups == g].mean(axis=0) for g in present])
    nearest = np.argmin(((features[:, None] - centres) ** 2).sum(axis=2), axis=1)
    np.testing.assert_array_equal(present[nearest], groups)
