"""Voxels without a number: near the region refused, far from it replaced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Mask, Volume
from tumorcast.imaging.nonfinite import repair_nonfinite


def spoilt(tissue: Volume, index: tuple[int, int, int], value: float) -> Volume:
    values = tissue.array.astype(np.float32)
    values[index] = value
    return replace(tissue, array=values)


def beside(ball: Mask, voxels: int) -> tuple[int, int, int]:
    """Return the index so many voxels beside the ball along x, on its widest row."""
    stop = ball.bounding_box()[1][2]
    rows = np.argwhere(ball.array[:, :, stop - 1])
    z, y = rows[len(rows) // 2]
    return int(z), int(y), stop - 1 + voxels


def test_finite_images_are_left_alone(ball: Mask, tissue: Volume) -> None:
    for image in (tissue, replace(tissue, array=tissue.array.astype(np.float32))):
        repaired, finding = repair_nonfinite(image, ball)
        assert repaired is image
        assert finding is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_far_voxels_take_the_smallest_value(ball: Mask, tissue: Volume, value: float) -> None:
    image = spoilt(tissue, beside(ball, 4), value)
    repaired, finding = repair_nonfinite(image, ball)
    assert repaired.array[beside(ball, 4)] == tissue.array.min()
    assert repaired.array.dtype == np.float32
    changed = repaired.array != tissue.array
    assert changed.sum() == 1
    assert finding == Finding(
        "IMG-06",
        "repaired",
        "1 voxels without a number, far from the region",
        "a finite value in every voxel",
        f"nothing to do: they were set to the smallest value, {tissue.array.min():g}",
    )


@pytest.mark.parametrize("voxels", [0, 1, 3])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_near_voxels_are_refused(ball: Mask, tissue: Volume, voxels: int, value: float) -> None:
    with pytest.raises(BadInputError, match=r"IMG-06.*1 voxels without a number"):
        repair_nonfinite(spoilt(tissue, beside(ball, voxels), value), ball)
