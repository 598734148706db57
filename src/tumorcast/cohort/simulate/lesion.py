"""The tumour: its surface, its texture, its infiltrating rim and its uptake.

Each cause has one place in the voxels. Texture is the amplitude of a coarse field inside the mask;
the rim is how much tumour lies in strands outside it; volume is the volume; uptake is the mean SUV.
Fields are standardised over the tumour or the shell that they fill, so that the cause, and not the
luck of one realisation, sets the amplitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.simulate.grid import Field, Grid
from tumorcast.cohort.simulate.solids import inside
from tumorcast.cohort.simulate.waves import Waves

RIM_MM = 5.0
"""Thickness of the tissue around the tumour that the rim infiltrates."""


@dataclass(frozen=True, eq=False)
class LesionDraw:
    """Everything random about one tumour.

    Parameters
    ----------
    volume_mm3, texture_hu, infiltration, suv
        What the causes made: volume, standard deviation of the texture, share of tumour in the
        rim (0 to 1), mean uptake.
    mean_hu, bed_hu
        Mean density of the tumour and of the tissue around it.
    axes
        Matrix from mm (z, y, x) to a space in which the tumour is round, of determinant 1; (3, 3).
    irregularity
        Relative standard deviation of the radius.
    shape, texture, bed, strands, uptake
        Random fields.
    """

    volume_mm3: float
    texture_hu: float
    infiltration: float
    suv: float
    mean_hu: float
    bed_hu: float
    axes: NDArray[np.float64]
    irregularity: float
    shape: Waves
    texture: Waves
    bed: Waves
    strands: Waves
    uptake: Waves

    @property
    def radius_mm(self) -> float:
        """Radius of the ball of the same volume."""
        return float((3.0 * self.volume_mm3 / (4.0 * np.pi)) ** (1.0 / 3.0))

    def height(self, grid: Grid) -> Field:
        """Return a function that grows from the centre outwards and whose level sets are tumours.

        `surface_level` says which one has the drawn volume.
        """
        at = grid.points
        z, y, x = (
            row[0] * at.z + row[1] * at.y + row[2] * at.x for row in self.axes.astype(np.float32)
        )
        rounded = np.sqrt(z**2 + y**2 + x**2)
        straight = at.radius
        bumps = np.float32(1) + np.float32(self.irregularity) * self.shape.on(grid)
        shrunk = straight / np.maximum(rounded, np.float32(1e-3))
        return np.asarray(straight - np.float32(self.radius_mm) * shrunk * bumps, dtype=np.float32)

    def surface_level(self, height: Field, voxel_mm3: float) -> float:
        """Return the height of the surface that encloses voxels of the drawn volume."""
        n_inside = min(max(round(self.volume_mm3 / voxel_mm3), 1), height.size - 1)
        return float(np.partition(height.ravel(), n_inside)[n_inside])


def surface_distance(height: Field, level: float, grid: Grid) -> Field:
    """Return the signed distance in mm to a level set, to first order: height over its slope."""
    above = height - np.float32(level)
    slope = np.sqrt(sum(np.square(part) for part in np.gradient(above, *grid.spacing_mm)))
    distance: Field = above / np.clip(slope, 0.5, 3.0).astype(np.float32)
    return distance


def density(
    draw: LesionDraw,
    grid: Grid,
    distance_mm: Field,
    anatomy_hu: Field,
    blur_mm: tuple[float, float, float],
) -> Field:
    """Return the HU of the patient with the tumour in its bed.

    Parameters
    ----------
    distance_mm
        Signed distance to the tumour's surface.
    anatomy_hu
        The patient without the tumour.
    blur_mm
        Standard deviation of the scanner's blur along (z, y, x).
    """
    shell = (distance_mm > 0) & (distance_mm < RIM_MM)
    bed = draw.bed_hu + 22.0 * standardised(draw.bed.on(grid, blur_mm), shell)
    hu = anatomy_hu + inside(distance_mm - 9.5, 5.0) * (bed - anatomy_hu)
    tissue, seen = (_with_necrosis(draw.texture.on(grid, blur)) for blur in ((0, 0, 0), blur_mm))
    texture = standardised(seen, distance_mm < 0, of=tissue)
    tumour = draw.mean_hu + np.float32(draw.texture_hu) * np.where(distance_mm < 0, texture, 0)
    return hu + tumour_share(draw, grid, distance_mm, shell) * (tumour - hu)


def tumour_share(
    draw: LesionDraw, grid: Grid, distance_mm: Field, shell: NDArray[np.bool_]
) -> Field:
    """Return how much of each voxel is tumour: all inside, strands in the rim, none beyond."""
    strands = np.exp(-np.square(draw.strands.on(grid) / 0.45))
    pattern = (0.3 + strands) * np.clip(1.0 - distance_mm / (RIM_MM + 2.5), 0.0, 1.0)
    pattern /= max(float(pattern[shell].mean()) if shell.any() else 1.0, 1e-3)
    rim = np.clip(np.float32(draw.infiltration) * pattern, 0.0, 1.0)
    share: Field = np.maximum(inside(distance_mm - 0.9, 1.8), rim)
    return share


def _with_necrosis(field: Field) -> Field:
    """Return the field skewed to rarer and deeper dark spots."""
    return field - 0.25 * field * field


def standardised(field: Field, where: NDArray[np.bool_], *, of: Field | None = None) -> Field:
    """Return the field less the mean and over the standard deviation that `of` has in `where`.

    `of` is the field itself unless given: the tissue of which a scanner sees the blurred `field`.
    """
    values = (field if of is None else of)[where]
    if values.size < 2:
        return field
    scaled: Field = (field - values.mean()) / max(float(values.std()), 1e-6)
    return scaled
