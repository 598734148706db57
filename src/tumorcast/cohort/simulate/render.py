"""From what was drawn to images and masks: a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from tumorcast.cohort.case import ImageSource
from tumorcast.cohort.simulate.draw import ImageDraw, draw_image
from tumorcast.cohort.simulate.grid import Field, Grid
from tumorcast.cohort.simulate.lesion import density, standardised, surface_distance
from tumorcast.cohort.simulate.solids import inside
from tumorcast.cohort.simulate.spec import SimulationSpec
from tumorcast.imaging import Geometry, Mask, Unit, Volume


@lru_cache(maxsize=2)
def render(spec: SimulationSpec, seed: int, index: int) -> Mapping[str, ImageSource]:
    """Return the images of the patient with this number (from 0), by modality.

    CT is int16 in HU, PET float32 in SUVbw. Each has the tumour's mask on its own grid.
    """
    draw = draw_image(spec, seed, index)
    noise = np.random.default_rng(draw.noise_seed)
    ct_grid = Grid.covering(spec.extent_mm, draw.centre.ct.spacing_mm)
    height = draw.lesion.height(ct_grid)
    level = draw.lesion.surface_level(height, ct_grid.voxel_volume_mm3)
    images = {}
    if "ct" in spec.modalities:
        distance = surface_distance(height, level, ct_grid)
        hu = _ct(draw, ct_grid, distance, noise)
        images["ct"] = _source(hu.astype(np.int16), distance, ct_grid, draw, "HU")
    if "pt" in spec.modalities:
        grid = Grid.covering(spec.extent_mm, draw.centre.pet.spacing_mm)
        distance = surface_distance(draw.lesion.height(grid), level, grid)
        suv = _pet(draw, grid, distance, noise)
        images["pt"] = _source(suv, distance, grid, draw, "SUVbw")
    return images


def _ct(draw: ImageDraw, grid: Grid, distance: Field, noise: np.random.Generator) -> Field:
    scanner = draw.centre.ct
    hu = density(draw.lesion, grid, distance, draw.anatomy.density(grid), scanner.blur_zyx_mm)
    return scanner.record(hu, grid, noise)


def _pet(draw: ImageDraw, grid: Grid, distance: Field, noise: np.random.Generator) -> Field:
    suv = draw.anatomy.uptake(grid)
    uneven = standardised(draw.lesion.uptake.on(grid), distance < 0)
    tumour = draw.lesion.suv * np.maximum(1.0 + 0.22 * uneven, 0.2)
    suv += inside(distance, 4.0) * (tumour - suv)
    return draw.centre.pet.record(suv, grid, noise)


def _source(array: Field, distance: Field, grid: Grid, draw: ImageDraw, unit: Unit) -> ImageSource:
    first = tuple(c + d for c, d in zip(draw.centre_mm, grid.corner_mm, strict=True))
    geometry = Geometry.of_spacing(grid.shape, grid.spacing_mm, first)
    return ImageSource(Volume(array, geometry, unit), Mask(distance < 0, geometry), unit)
