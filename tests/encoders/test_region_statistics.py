"""Mean and spread of features by region, beside those that numpy finds voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tumorcast.encoders import ENCODERS
from tumorcast.encoders.region_statistics import region_statistics, shrunk, tumor_share


def ball(side: int, radius: int = 3) -> torch.Tensor:
    z, y, x = np.indices((side,) * 3) - side // 2
    return torch.from_numpy((z**2 + y**2 + x**2 <= radius**2).astype(np.float32))[None, None]


def test_they_are_those_of_the_voxels() -> None:
    features = torch.randn(1, 3, 12, 12, 12, generator=torch.Generator().manual_seed(1))
    mask = ball(12)
    found = region_statistics(features, mask).reshape(3, 6)
    inside = mask[0, 0].numpy() > 0
    grown = np.zeros_like(inside)
    for shift in np.ndindex(3, 3, 3):
        grown |= np.roll(inside, tuple(np.array(shift) - 1), axis=(0, 1, 2))
    for values, row in zip(features[0].numpy(), found.numpy(), strict=True):
        regions = [values.ravel(), values[inside], values[grown & ~inside]]
        expected = [v.mean() for v in regions] + [v.std() for v in regions]
        assert row == pytest.approx(expected, abs=5e-4)


def test_a_region_without_voxels_gives_numbers_and_slopes() -> None:
    features = torch.randn(2, 3, 4, 4, 4, requires_grad=True)
    found = region_statistics(features, torch.zeros(2, 1, 4, 4, 4))
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert found.isfinite().all()
    assert features.grad is not None
    assert features.grad.isfinite().all()


def test_bfloat16_keeps_a_small_spread_beside_a_large_mean() -> None:
    features = 100 + torch.randn(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(1))
    mask = ball(16)
    with torch.autocast("cpu", torch.bfloat16):
        spread = region_statistics(features, mask)[0, 4]
    assert float(spread) == pytest.approx(float(features[mask > 0].std(correction=0)), rel=0.15)


def test_what_any_mask_holds_is_tumour_and_without_masks_all_is() -> None:
    crops = torch.zeros(1, 4, 4, 4, 4)
    crops[0, 2, 0], crops[0, 3, 1] = 1, 1
    assert tumor_share(crops, 2)[0, 0].sum(dim=(1, 2)).tolist() == [16, 16, 0, 0]
    assert shrunk(tumor_share(crops, 2), 2)[0, 0, :, 0, 0].tolist() == [1, 0]
    assert tumor_share(crops, 0).min() == 1


@pytest.mark.parametrize("name", ["cnn3d", "swin3d"])
def test_a_fresh_encoder_shows_the_texture_of_a_tumour(name: str) -> None:
    rng = np.random.default_rng(1)
    mask = ball(32, radius=8)[0, 0].numpy()
    spread = rng.uniform(0.05, 0.15, 60)
    crops = np.full((60, 2, 32, 32, 32), 0.5, dtype=np.float32)
    crops[:, 0] += mask * rng.standard_normal((60, 32, 32, 32)) * spread[:, None, None, None]
    crops[:, 1] = mask
    torch.manual_seed(0)
    network = ENCODERS[name].build(2, 32).eval()
    with torch.inference_mode():
        features = network(torch.from_numpy(crops)).numpy()
    varying = features[:, features.std(axis=0) > 1e-6]
    told = np.corrcoef(varying.T, spread)[-1, :-1]
    assert np.max(np.abs(told)) > 0.9
