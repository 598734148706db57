"""What every region must do, checked on a phantom."""

from __future__ import annotations

import re

import numpy as np

from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.regions import Region
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume


def check_region(region: Region) -> None:
    """Check a region of your own as those of tumorcast are checked.

    The phantom is a tumour of 12 mm radius on a grid of 2.5 x 1.3 x 1.5 mm that reaches 18 mm
    beyond it, as CT and as PET; both brighten from the middle outwards.

    Raises
    ------
    AssertionError
        When its name cannot stand in a column, its mask is empty, on another grid than the image
        or different the second time, or its kept fraction is no share.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", region.name):
        raise AssertionError(f"'{region.name}' cannot stand in a column's name")
    geometry = Geometry.of_spacing((24, 46, 40), (2.5, 1.3, 1.5))
    centre = geometry.index_to_lps((np.asarray(geometry.shape) - 1) / 2)
    points = geometry.index_to_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))
    distance_mm = np.linalg.norm(points - centre, axis=-1)
    tumor = Mask(distance_mm <= 12.0, geometry)
    units: tuple[Unit, Unit] = ("HU", "SUVbw")
    for unit in units:
        _check_on(region, tumor, Volume(distance_mm.astype(np.int16), geometry, unit))


def _check_on(region: Region, tumor: Mask, image: Volume) -> None:
    built = region.build(tumor, image)
    if built.mask.geometry != image.geometry:
        raise AssertionError(f"{region.name} is not on the image's grid")
    if not built.mask.n_voxels:
        raise AssertionError(f"{region.name} is empty")
    if built.mask != region.build(tumor, image).mask:
        raise AssertionError(f"{region.name} is another one the second time")
    if not 0.0 < built.kept_fraction <= 1.0:
        raise AssertionError(f"{region.name} keeps {built.kept_fraction} of itself")
