"""Turning and zooming of crops."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.ndimage import affine_transform

from tumorcast.fusion.turn import MAX_ANGLE, MAX_ZOOM, _by_torch, _on_cpu, turned, turns


def test_a_quarter_turn_about_z_moves_voxels_as_by_hand() -> None:
    crops = torch.zeros(1, 2, 3, 3, 3)
    crops[0, 0, 1, 0, 1], crops[0, 1, 2, 1, 2] = 5, 1
    quarter = torch.tensor([[[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]])
    moved = turned(crops, quarter)
    assert (moved[0, 0] > 1e-3).nonzero().tolist() == [[1, 1, 2]]
    torch.testing.assert_close(moved[0, 0].sum(), torch.tensor(5.0))
    assert moved[0, 1].nonzero().tolist() == [[2, 2, 1]]


def test_agrees_with_scipy_crop_by_crop() -> None:
    random = np.random.default_rng(0)
    crops = random.random((6, 1, 9, 9, 9), dtype=np.float32)
    matrices = turns(random, 6, share_turned=1, share_zoomed=1)
    found = turned(torch.from_numpy(crops), torch.from_numpy(matrices)).numpy()
    centre = np.full(3, 4.0)
    for crop, matrix, result in zip(crops, matrices, found, strict=True):
        judge = affine_transform(
            crop[0], matrix, centre - matrix @ centre, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(result[0], judge, atol=2e-5)


def test_both_ways_of_sampling_agree_inside_and_at_the_edge() -> None:
    random = np.random.default_rng(4)
    crops = torch.from_numpy(random.random((5, 2, 10, 10, 10), dtype=np.float32))
    matrices = torch.from_numpy(turns(random, 5, share_turned=1, share_zoomed=1))
    matrices[4] = torch.diag(torch.tensor([-1.0, 1.0, -1.0]))
    compiled, by_torch = _on_cpu(crops, matrices), _by_torch(crops, matrices)
    torch.testing.assert_close(compiled, by_torch, atol=1e-5, rtol=0)
    torch.testing.assert_close(compiled[4], crops[4].flip((1, 3)), atol=1e-5, rtol=0)


def test_turned_masks_stay_masks_of_about_the_same_size() -> None:
    place = np.stack(np.meshgrid(*[np.arange(24) - 11.5] * 3, indexing="ij"))
    ball = torch.from_numpy((place**2).sum(axis=0) < 64).float()
    crops = torch.stack([ball, ball]).expand(8, 2, 24, 24, 24)
    matrices = turns(np.random.default_rng(1), 8, share_turned=1, share_zoomed=0)
    masks = turned(crops, torch.from_numpy(matrices))[:, 1]
    assert set(masks.flatten().tolist()) == {0.0, 1.0}
    assert (masks.sum(dim=(1, 2, 3)) / ball.sum() - 1).abs().max() < 0.03


def test_turns_are_within_bounds_and_leave_the_others_alone() -> None:
    matrices = turns(np.random.default_rng(2), 500, share_turned=0.5, share_zoomed=0)
    untouched = np.all(matrices == np.eye(3), axis=(1, 2))
    assert 0.4 < untouched.mean() < 0.6
    np.testing.assert_allclose(np.linalg.det(matrices), 1, atol=1e-5)
    cosine = (np.trace(matrices, axis1=1, axis2=2) - 1) / 2
    assert cosine.min() > math.cos(3 * MAX_ANGLE)
    zoom = turns(np.random.default_rng(2), 500, share_turned=0, share_zoomed=1)
    sizes = 1 / zoom[:, 0, 0]
    assert np.abs(sizes - 1).max() <= MAX_ZOOM + 1e-6
    np.testing.assert_allclose(zoom, np.eye(3) / sizes[:, None, None], atol=1e-6)


def test_the_identity_changes_nothing() -> None:
    crops = torch.rand(2, 1, 7, 7, 7)
    same = turned(crops, torch.eye(3).expand(2, 3, 3))
    torch.testing.assert_close(same, crops, atol=1e-5, rtol=0)
