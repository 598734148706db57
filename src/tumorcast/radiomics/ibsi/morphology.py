"""Size and form of the region as IBSI defines them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from tumorcast.radiomics.ibsi.autocorrelation import autocorrelation
from tumorcast.radiomics.ibsi.region import Region
from tumorcast.radiomics.mesh.diameters import diameters_mm
from tumorcast.radiomics.mesh.surface import surface_and_volume

_LEGENDRE_TERMS = 20


def morphology(region: Region) -> dict[str, float]:
    """Return the features of the morphological mask by their tags.

    Those that need intensities (centre of mass shift, integrated intensity, Moran's I, Geary's C)
    take them from the intensity mask.
    """
    body = np.pad(region.morphological, 1)
    area, volume = surface_and_volume(body, region.spacing_mm)
    sphericity = (36 * math.pi * volume**2) ** (1 / 3) / area
    axes = _axes_mm(region)
    found = {
        "volume": volume,
        "vol_approx": float(np.count_nonzero(body) * np.prod(region.spacing_mm)),
        "area_mesh": area,
        "av": area / volume,
        "comp_1": volume / (math.sqrt(math.pi) * area**1.5),
        "comp_2": sphericity**3,
        "sph_dispr": 1 / sphericity,
        "sphericity": sphericity,
        "asphericity": 1 / sphericity - 1,
        "com": _centre_shift_mm(region),
        "diam": diameters_mm(body, region.spacing_mm)[3],
        "pca_maj_axis": axes[0],
        "pca_min_axis": axes[1],
        "pca_least_axis": axes[2],
        "pca_elongation": axes[1] / axes[0] if axes[0] else math.nan,
        "pca_flatness": axes[2] / axes[0] if axes[0] else math.nan,
        "integ_int": float(region.values.mean()) * volume,
    }
    for name, (solid_volume, solid_area) in _enclosing(body, region, axes).items():
        found[f"vol_dens_{name}"] = volume / solid_volume if solid_volume else math.nan
        found[f"area_dens_{name}"] = area / solid_area if solid_area else math.nan
    return {f"morph_{name}": value for name, value in found.items()} | autocorrelation(region)


def _centre_shift_mm(region: Region) -> float:
    """Return the distance between the centre of the body and the centre of its intensities."""
    values = region.values
    if values.sum() == 0:
        return math.nan
    centre = np.argwhere(region.morphological).mean(axis=0)
    weighted = values @ np.argwhere(region.intensity) / values.sum()
    return float(np.linalg.norm((centre - weighted) * region.spacing_mm))


def _axes_mm(region: Region) -> tuple[float, float, float]:
    """Return the axes of the ellipsoid with the body's covariance, the longest first."""
    points = np.argwhere(region.morphological) * region.spacing_mm
    if len(points) == 1:
        return 0.0, 0.0, 0.0
    # The reference values follow from the unbiased covariance, with n - 1.
    covariance = np.cov(points.T)
    least, minor, major = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0)).tolist()
    return 4 * major, 4 * minor, 4 * least


def _enclosing(
    body: NDArray[np.bool_], region: Region, axes: tuple[float, float, float]
) -> dict[str, tuple[float, float]]:
    """Return volume and area of the aligned box, the ellipsoid and the convex hull."""
    vertices = _mesh_vertices(body) * region.spacing_mm
    z, y, x = np.ptp(vertices, axis=0).tolist()
    a, b, c = (axis / 2 for axis in axes)
    return {
        "aabb": (z * y * x, 2 * (z * y + y * x + x * z)),
        "aee": (4 / 3 * math.pi * a * b * c, _ellipsoid_area(a, b, c)),
        "conv_hull": _hull(vertices),
    }


def _hull(vertices: NDArray[np.float64]) -> tuple[float, float]:
    try:
        hull = ConvexHull(vertices)
    except QhullError:
        return math.nan, math.nan
    return float(hull.volume), float(hull.area)


def _mesh_vertices(body: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mesh's vertices in voxels, shape (n, 3): midway between inside and outside."""
    found = []
    for axis in range(3):
        at = np.argwhere(np.diff(body.astype(np.int8), axis=axis)).astype(np.float64)
        at[:, axis] += 0.5
        found.append(at)
    return np.concatenate(found)


def _ellipsoid_area(a: float, b: float, c: float) -> float:
    """Return the area that IBSI gives an ellipsoid, by its Legendre series, a >= b >= c.

    IBSI's eccentricities are those of the longest axis to each of the others, and its reference
    values follow from them: Keller's series for the true area has c/b where IBSI has b/a, and
    would miss the value of the digital phantom by 4%.

    Powers of the eccentricities are kept with the polynomials, so that a spheroid, where the
    polynomials' argument is infinite, is no exception.
    """
    if a == 0:
        return 0.0
    alpha2, beta2 = 1 - (b / a) ** 2, 1 - (c / a) ** 2
    middle = (alpha2 + beta2) / 2
    before, term, total = 0.0, 1.0, 0.0
    for k in range(_LEGENDRE_TERMS + 1):
        total += term / (1 - 4 * k**2)
        after = ((2 * k + 1) * middle * term - k * alpha2 * beta2 * before) / (k + 1)
        before, term = term, after
    return 4 * math.pi * a * b * total
