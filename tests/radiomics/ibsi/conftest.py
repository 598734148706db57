"""The configurations of IBSI's first chapter and its tables of consensus values."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.imaging import Geometry, Mask, Volume
from tumorcast.radiomics.ibsi import Config, FixedBinNumber, FixedBinSize

HU = (2.0, 2.0, 2.0)
CONFIGS = {
    "dig_phantom": Config(dimensions=("2D", "3D")),
    "chest_config_a": Config(
        intensity_range=(-500, 400), binning=FixedBinSize(25), dimensions=("2D",)
    ),
    "chest_config_b": Config(
        spacing_mm=(None, 2, 2),
        round_intensities=True,
        intensity_range=(-500, 400),
        binning=FixedBinNumber(32),
        dimensions=("2D",),
    ),
    "chest_config_c": Config(
        spacing_mm=HU,
        round_intensities=True,
        intensity_range=(-1000, 400),
        binning=FixedBinSize(25),
        ivh_binning=FixedBinSize(2.5),
    ),
    "chest_config_d": Config(
        spacing_mm=HU, round_intensities=True, outlier_sigma=3, binning=FixedBinNumber(32)
    ),
    "chest_config_e": Config(
        spacing_mm=HU,
        interpolation="cubic",
        round_intensities=True,
        intensity_range=(-1000, 400),
        outlier_sigma=3,
        binning=FixedBinNumber(32),
        ivh_binning=FixedBinNumber(1000),
    ),
}


class Consensus(NamedTuple):
    """One row of a table of reference values."""

    tag: str
    value: float
    tolerance: float
    digits: int
    """Significant digits that the table gives, three unless it has more."""


class Benchmark(NamedTuple):
    """One image with its configuration and the values on which IBSI's teams agreed."""

    image: Path
    mask: Path
    config: Config
    values: tuple[Consensus, ...]


@pytest.fixture
def benchmark_of(real_data: Path) -> Callable[[str], Benchmark]:
    """Return IBSI's benchmark of a name."""
    root = real_data / "ibsi"

    def find(name: str) -> Benchmark:
        phantom = "digital" if name == "dig_phantom" else "ct_radiomics"
        nifti = root / f"ibsi_1_{phantom}_phantom" / "nifti"
        table = root / "ibsi_1_reference_values" / f"ibsi_1_{name}.csv"
        image, mask = nifti / "image" / "phantom.nii.gz", nifti / "mask" / "mask.nii.gz"
        return Benchmark(image, mask, CONFIGS[name], tuple(_rows(table)))

    return find


def _rows(table: Path) -> Iterator[Consensus]:
    """Yield the rows that hold a value; a few features have none, for want of consensus."""
    with table.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["reference value"]:
                value = float(row["reference value"])
                digits = max(3, len(Decimal(row["reference value"]).normalize().as_tuple().digits))
                yield Consensus(row["tag"], value, float(row["tolerance"]), digits)


@pytest.fixture
def configs() -> dict[str, Config]:
    """Return the configurations by the names of their tables."""
    return CONFIGS


@pytest.fixture
def scan() -> Callable[..., tuple[Volume, Mask]]:
    """Return an image of given voxels and a mask of the voxels that are not NaN."""

    def make(
        voxels: NDArray[np.float64], spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    ) -> tuple[Volume, Mask]:
        geometry = Geometry.of_spacing(voxels.shape, spacing_mm)
        inside = ~np.isnan(voxels)
        return Volume(np.where(inside, voxels, 0.0), geometry), Mask(inside, geometry)

    return make
