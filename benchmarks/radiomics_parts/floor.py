"""The least time that the 1562 features can take on this core, from bytes and operations.

Each stage is charged what no method can leave out, at rates measured in the same run: streaming
through memory, multiply-adds in cache at the full width of the vector unit, and scattered
additions into a small table. No stage is charged for Python, calls or cache misses, and none
overlaps another: a bound from below, not a target.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

SIGMAS = 5
IMAGES = 18
DIRECTIONS = 13
TABLES = 3  # co-occurrence, runs, dependence


def rates() -> dict[str, float]:
    """Return bytes, multiply-adds and scattered additions that one core does in a second."""
    a, b = np.ones(8_000_000, np.float32), np.zeros(8_000_000, np.float32)
    square = np.ones((384, 384), np.float32)
    index = np.random.default_rng(0).integers(0, 4096, 1_000_000)
    return {
        "bytes": 2 * a.nbytes / _best(lambda: np.copyto(b, a)),
        "multiply-adds": square.shape[0] ** 3 / _best(lambda: square @ square),
        "additions": index.size / _best(lambda: np.bincount(index, minlength=4096)),
    }


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def floor_seconds(sizes: list[dict[str, int]], rate: dict[str, float]) -> dict[str, float]:
    """Return the floor of each stage, for the grids of an extraction.

    Parameters
    ----------
    sizes
        Of each grid: voxels of the padded `grid`, the regions' `box` and the `region`.
    rate
        As `rates` returns them.
    """
    grid, box, region = (sum(size[name] for size in sizes) for name in ("grid", "box", "region"))

    def bound(multiply_adds: float, n_bytes: float, additions: float = 0) -> float:
        arithmetic = multiply_adds / rate["multiply-adds"] + additions / rate["additions"]
        return max(arithmetic, n_bytes / rate["bytes"])

    # Cubic B-splines: 4 taps along 3 axes, 2 recursions along each before; the mask by lookup.
    resampling = bound(grid * (3 * 4 + 3 * 2), grid * (2 + 2))
    # A second derivative along each axis and smoothing along the two others: 8 recursive passes
    # when they share the smoothing along x; 16 multiply-adds forth and back.
    log = bound(SIGMAS * 8 * 16 * grid, SIGMAS * 8 * 2 * 4 * box)
    # 2 bands along the first axis, 4 along the second, 8 along the third; 6 taps.
    wavelet = bound(14 * 6 * box, 14 * 2 * 8 * box)
    matrices = IMAGES * bound(0, DIRECTIONS * 6 * region, DIRECTIONS * TABLES * region)
    zones = IMAGES * bound(0, DIRECTIONS * 6 * region, region)
    # Moments in one pass, percentiles in about three, entropy from the binned levels.
    first_order = IMAGES * bound(8 * region, 4 * 8 * region)
    return {
        "resampling": resampling,
        "LoG": log,
        "Wavelet": wavelet,
        "other filters": bound(0, 4 * 2 * 8 * box),
        "binning": IMAGES * bound(region, 2 * 8 * region),
        "matrices of 13 directions": matrices,
        "zones": zones,
        "first-order": first_order,
        "shape": bound(0, 8 * box),
    }
