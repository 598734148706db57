"""What makes painted organs look grown: bent space, threads in the fat, uneven tissue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tumorcast.cohort.simulate.grid import Field, Grid, Points
from tumorcast.cohort.simulate.solids import filaments
from tumorcast.cohort.simulate.waves import Waves


@dataclass(frozen=True, eq=False)
class TissueDraw:
    """Random fields of one body.

    Parameters
    ----------
    bend_mm
        Standard deviation of the displacement of the organs.
    back, left
        The displacement.
    thread_a, thread_b
        Small vessels run where both are 0.
    grain
        Unevenness.
    """

    bend_mm: float
    back: Waves
    left: Waves
    thread_a: Waves
    thread_b: Waves
    grain: Waves

    @classmethod
    def draw(cls, rng: np.random.Generator, bend_mm: float, thread_mm: float) -> TissueDraw:
        """Draw the fields; `thread_mm` is the distance over which a small vessel bends."""
        return cls(
            bend_mm,
            Waves.draw(rng, 24, 26.0),
            Waves.draw(rng, 24, 26.0),
            Waves.draw(rng, 32, thread_mm),
            Waves.draw(rng, 32, thread_mm),
            Waves.draw(rng, 48, 3.5),
        )

    def bent(self, grid: Grid) -> Points:
        """Return the points of the grid with the organs displaced."""
        size = np.float32(self.bend_mm)
        return grid.points.bent(size * self.back.on(grid), size * self.left.on(grid))

    def threads(self, grid: Grid) -> Field:
        """Return the share of small vessels in each voxel."""
        return filaments(self.thread_a.on(grid), self.thread_b.on(grid), 0.2)
