"""IBSI's reference response maps, all that exist, within the tolerance of the consensus."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.imaging import read_volume
from tumorcast.radiomics.ibsi.filters import (
    Boundary,
    Filter,
    Gabor,
    LaplacianOfGaussian,
    Laws,
    Mean,
    RieszLoG,
    RieszSimoncelli,
    SeparableWavelet,
    Simoncelli,
)
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES

TOLERANCE = 0.01
"""Of the range of intensities in the reference map."""
ORACLES = Path(__file__).parents[2] / "oracles" / "ibsi_2"


def laws(kernels: str, boundary: Boundary) -> dict[str, Filter]:
    return {
        "1": Laws(kernels, rotation_invariant=False, boundary=boundary),
        "2": Laws(kernels, boundary=boundary),
        "3": Laws(kernels, energy_distance=7, boundary=boundary),
    }


def wavelet(family: str, band: str, boundary: Boundary) -> dict[str, Filter]:
    return {
        "1": SeparableWavelet(family, band, rotation_invariant=False, boundary=boundary),
        "2": SeparableWavelet(family, band, boundary=boundary),
    }


MEAN = {str(number): Mean(15, boundary=b) for number, b in enumerate(BOUNDARIES, start=1)}
SHORT = partial(Gabor, 10, 4, 0.5, boundary="zero")
LONG = partial(Gabor, 20, 8, 2.5)
TESTS: dict[str, tuple[str, Filter]] = {
    **{f"1A{n}": ("checkerboard", mean) for n, mean in MEAN.items()},
    "1B1": ("impulse", Mean(15, "2D", "zero")),
    "2A": ("impulse", LaplacianOfGaussian(3, boundary="zero")),
    "2B": ("checkerboard", LaplacianOfGaussian(5)),
    "2C": ("checkerboard", LaplacianOfGaussian(5, dimension="2D")),
    **{f"3A{n}": ("impulse", f) for n, f in laws("E5L5S5", "zero").items()},
    **{f"3B{n}": ("checkerboard", f) for n, f in laws("E3W5R5", "mirror").items()},
    **{f"3C{n}": ("checkerboard", f) for n, f in laws("L5S5", "mirror").items()},
    "4A1": ("impulse", SHORT(orientation_deg=60)),
    "4A2": ("impulse", SHORT(orientation_step_deg=45, orthogonal_planes=True)),
    "4B1": ("sphere", LONG(orientation_deg=225)),
    "4B2": ("sphere", LONG(orientation_step_deg=22.5, orthogonal_planes=True)),
    **{f"5A{n}": ("impulse", f) for n, f in wavelet("db2", "LHL", "zero").items()},
    **{f"6A{n}": ("sphere", f) for n, f in wavelet("coif1", "HHL", "periodic").items()},
    "7A1": ("checkerboard", SeparableWavelet("haar", "LLL", 2)),
    "7A2": ("checkerboard", SeparableWavelet("haar", "HHH", 2)),
    **{f"8A{level}": ("checkerboard", Simoncelli(level)) for level in (1, 2, 3)},
    "9A": ("impulse", RieszLoG((1, 0, 0), 3, boundary="zero")),
    "9B1": ("sphere", RieszLoG((0, 2, 0), 3, boundary="zero")),
    "10B1": ("pattern_1", RieszSimoncelli((0, 2, 0), 1, "nearest")),
}
"""Phantom and filter of each reference map, by the number of the test in the manual."""


class Reference(NamedTuple):
    """A reference map at every so many voxels, and the range of the whole of it."""

    values: NDArray[np.float64]
    stride: int
    range: float


def references(data: Path) -> Callable[[str], Reference]:
    """Return what finds the reference map of a test."""
    folder = data / "ibsi" / "ibsi_2_reference_response_maps"
    names = ((path, re.search(r"_CT_(\d+\w+?)_", path.name)) for path in folder.iterdir())
    files = {found[1]: path for path, found in names if found}

    def find(name: str) -> Reference:
        if name in files:
            values = np.asarray(read_volume(files[name]).array, np.float64)
            return Reference(values, 1, float(np.ptp(values)))
        stem = re.sub(r"(\d+)([A-Z])(\d?)", r"\1_\2_\3", name).strip("_").lower()
        with np.load(ORACLES / f"{stem}.npz") as packed:
            values = packed["steps"] * float(packed["scale"])
            return Reference(values, int(packed["stride"]), float(packed["range"]))

    return find


@pytest.mark.real_data
def test_every_reference_map_that_exists_is_tested(real_data: Path) -> None:
    shared = len(list((real_data / "ibsi" / "ibsi_2_reference_response_maps").iterdir()))
    assert len(TESTS) == shared + len(list(ORACLES.glob("*.npz"))) == 33


@pytest.mark.real_data
@pytest.mark.parametrize("name", TESTS)
def test_the_reference_map_is_met(name: str, real_data: Path) -> None:
    phantom, filter_ = TESTS[name]
    folder = real_data / "ibsi" / "ibsi_2_digital_phantom" / "nifti" / phantom / "image"
    volume = read_volume(folder / f"{phantom}.nii.gz")
    image = np.asarray(volume.array, np.float64)
    reference = references(real_data)(name)
    every = slice(None, None, reference.stride)
    found = filter_.respond(image, volume.geometry.spacing_mm)[every, every, every]
    worst = float(np.abs(found - reference.values).max()) / reference.range
    print(f"IBSI-2 {name} {filter_.name}: {worst:.1e} of the range")
    assert worst <= TOLERANCE
