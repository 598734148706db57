"""The intensity-volume histogram: which fraction of the region has at least an intensity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.radiomics.ibsi.config import Config, FixedBinNumber


def ivh_features(values: NDArray[np.float64], config: Config) -> dict[str, float]:
    """Return volume fractions at 10 and 90% of the range, and intensities at 10 and 90% of volume.

    Raises
    ------
    BadInputError
        ``IBS-05`` intensities are not whole numbers and no bins are configured for them.
    """
    at, grid = _on_grid(values, config)
    at_least = 1 - np.searchsorted(np.sort(at), grid) / at.size
    span = grid[-1] - grid[0]
    share = (grid - grid[0]) / span if span else np.ones(grid.size)
    step = grid[1] - grid[0] if grid.size > 1 else 1.0
    found = {}
    for percent in (10, 90):
        found[f"v{percent}"] = float(at_least[share >= percent / 100][0])
        reached = np.flatnonzero(at_least <= percent / 100)
        found[f"i{percent}"] = float(grid[reached[0]] if reached.size else grid[-1] + step)
    found["diff_v10_v90"] = found["v10"] - found["v90"]
    found["diff_i10_i90"] = found["i10"] - found["i90"]
    return {f"ivh_{name}": value for name, value in found.items()}


def _on_grid(
    values: NDArray[np.float64], config: Config
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values as steps of a grid, and the grid."""
    binning = config.ivh_binning
    low, high = config.intensity_range
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    if isinstance(binning, FixedBinNumber):
        levels = binning.levels(values, low).astype(np.float64)
        return levels, np.arange(1.0, binning.count + 1)
    if binning is not None:
        width = binning.width
        count = max(1, int(np.ceil((high - low) / width)))
        centres = low + (np.arange(count, dtype=np.float64) + 0.5) * width
        return low + (binning.levels(values, low).astype(np.float64) - 0.5) * width, centres
    if (values != np.rint(values)).any():
        raise BadInputError(
            "IBS-05",
            "intensities that are not whole numbers",
            expected="bins for the intensity-volume histogram",
            fix="set ivh_binning, or round_intensities for an image in HU",
        )
    return values, np.arange(low, high + 1)
