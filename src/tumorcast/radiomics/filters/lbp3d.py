"""Local binary patterns in space, by spherical harmonics (Banerjee et al., ACCV Workshops 2012)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.options import Options

_CHUNK = 20_000
_DECIMALS = 12


def lbp3d(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield one image a level of the harmonics and one of the kurtosis on the sphere.

    Only voxels of the regions are computed. The sphere is in voxels, its points interpolated by
    cubic splines and, as the image, rounded where it holds whole numbers.
    """
    from scipy.ndimage import spline_filter  # noqa: PLC0415  (slow to import)

    points = icosphere(options.lbp3d_subdivision, options.lbp3d_radius)
    harmonics, degree = _harmonics(points / options.lbp3d_radius, options.lbp3d_levels)
    voxels = np.argwhere(source.mask)
    coefficients = spline_filter(source.array, order=3, output=np.float64)
    parts = [
        _measure(source.array, coefficients, voxels[at : at + _CHUNK], points, harmonics, degree)
        for at in range(0, len(voxels), _CHUNK)
    ]
    measured = np.concatenate(parts)
    inside = source.mask[source.box]
    names = [f"lbp-3D-m{level + 1}" for level in range(options.lbp3d_levels)] + ["lbp-3D-k"]
    for column, name in enumerate(names):
        image = np.zeros(inside.shape)
        image[inside] = measured[:, column]
        yield name, image


def icosphere(subdivisions: int, radius: float) -> NDArray[np.float64]:
    """Return the corners of an icosahedron whose faces were divided in four, shape (n, 3)."""
    golden = (1 + math.sqrt(5)) / 2
    signs = [(a, b) for a in (-1, 1) for b in (-golden, golden)]
    corners = [(a, b, 0) for a, b in signs] + [(0, a, b) for a, b in signs]
    points = np.array(corners + [(b, 0, a) for a, b in signs], dtype=np.float64)
    edge = 2.0
    faces: list[tuple[int, ...]] = [
        face
        for face in combinations(range(12), 3)
        if all(np.isclose(math.dist(points[a], points[b]), edge) for a, b in combinations(face, 2))
    ]
    points *= radius / np.linalg.norm(points, axis=1, keepdims=True)
    for _ in range(subdivisions):
        points, faces = _divided(points, faces)
        points *= radius / np.linalg.norm(points, axis=1, keepdims=True)
    return points


def _divided(
    points: NDArray[np.float64], faces: list[tuple[int, ...]]
) -> tuple[NDArray[np.float64], list[tuple[int, ...]]]:
    middle: dict[tuple[int, int], int] = {}
    for face in faces:
        for pair in combinations(sorted(face), 2):
            middle.setdefault((pair[0], pair[1]), len(points) + len(middle))
    added = np.array([(points[a] + points[b]) / 2 for a, b in middle])
    divided: list[tuple[int, ...]] = []
    for face in faces:
        a, b, c = sorted(face)
        ab, bc, ac = middle[a, b], middle[b, c], middle[a, c]
        divided += [(a, ab, ac), (b, ab, bc), (c, ac, bc), (ab, bc, ac)]
    return np.concatenate([points, added]), divided


def _harmonics(
    unit: NDArray[np.float64], levels: int
) -> tuple[NDArray[np.complex128], NDArray[np.int64]]:
    """Return the spherical harmonics at each point, shape (points, k), and their degrees, (k,).

    PyRadiomics hands SciPy the polar angle as azimuth and the azimuth as polar angle; the values
    are its.
    """
    azimuth = np.arccos(np.clip(unit[:, 2], -1, 1))
    polar = np.arctan2(unit[:, 1], unit[:, 0])
    orders = [(n, m) for n in range(levels) for m in range(-n, n + 1)]
    columns = [_harmonic(n, m, azimuth, polar) for n, m in orders]
    return np.stack(columns, axis=1), np.array([n for n, _ in orders])


def _harmonic(
    n: int, m: int, azimuth: NDArray[np.float64], polar: NDArray[np.float64]
) -> NDArray[np.complex128]:
    from scipy.special import lpmv  # noqa: PLC0415  (slow to import)

    order = abs(m)
    scale = (2 * n + 1) / (4 * math.pi) * math.factorial(n - order) / math.factorial(n + order)
    value: NDArray[np.complex128] = (
        math.sqrt(scale) * lpmv(order, n, np.cos(polar)) * np.exp(1j * order * azimuth)
    )
    return value if m >= 0 else (-1) ** order * value.conj()


def _measure(
    image: NDArray[Any],
    coefficients: NDArray[np.float64],
    voxels: NDArray[np.int64],
    points: NDArray[np.float64],
    harmonics: NDArray[np.complex128],
    degree: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the norm of each level and the kurtosis for some voxels, shape (v, levels + 1)."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415  (slow to import)

    at = (voxels[None] + points[:, None]).T
    sphere = map_coordinates(coefficients, at, output=image.dtype, order=3, prefilter=False)
    larger = (sphere >= image[tuple(voxels.T)][:, None]).astype(np.float64)
    weights = larger @ harmonics
    columns = []
    for level in range(int(degree.max()) + 1):
        own = degree == level
        on_sphere = weights[:, own] @ harmonics[:, own].T
        # Voxels with one pattern must not differ by rounding: percentiles fall among them.
        columns.append(np.sqrt((on_sphere**2).sum(axis=1)).real.round(_DECIMALS))
    return np.stack([*columns, _kurtosis(sphere)], axis=1)


def _kurtosis(samples: NDArray[Any]) -> NDArray[np.floating]:
    """Return Fisher's kurtosis of each row; NaN where the row is constant up to rounding.

    PyRadiomics computes it in the precision of the image, which for 32-bit images leaves five
    digits or six; here all are good.
    """
    samples = samples.astype(np.float64)
    mean = samples.mean(axis=1, keepdims=True)
    square = (samples - mean) ** 2
    m2 = square.mean(axis=1)
    m4 = (square**2).mean(axis=1)
    spread = m2 > (np.finfo(m2.dtype).resolution * mean[:, 0]) ** 2
    kurtosis: NDArray[np.floating] = np.full_like(m2, np.nan)
    kurtosis[spread] = m4[spread] / m2[spread] ** 2 - 3
    return kurtosis
