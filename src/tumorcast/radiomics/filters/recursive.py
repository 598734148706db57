"""Recursive Gaussian smoothing and second derivative along one axis.

The fourth-order recursion of Deriche (INRIA 1893, 1993) with the boundary of Farneback & Westin
(J Math Imaging Vis 2006;26:293), as ITK's RecursiveGaussianImageFilter has it: computed in double
precision, kept in single precision between the axes, in ITK's order of operations, so that the
results agree to the last bit. Lines are filtered side by side, which is what makes it fast.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

_W = (0.6681, 2.0787)
_L = (-1.3932, -1.3732)
_SMOOTHING = ((1.3530, 1.8151), (-0.3531, 0.0902))
_CURVATURE = ((-1.3563, 5.2318), (0.3446, -2.2355))
"""Amplitudes of cosine and sine of the two damped oscillations that make up the kernel."""

_LANES = 64
"""Lines filtered side by side: a line of a few hundred voxels and its results stay in cache."""
_WIDTH = _LANES + 8
"""Rows of a power of two bytes would fall on the same few places of the cache."""
_TILE = 8
"""Where lines lie across the lanes, this many voxels of each are copied at a time."""


def gaussian_coefficients(sigma_mm: float, spacing_mm: float, order: int) -> NDArray[np.float64]:
    """Return the 20 coefficients of the recursion: N0-N3, D1-D4, M1-M4, BN1-BN4, BM1-BM4.

    Parameters
    ----------
    sigma_mm, spacing_mm
        Width of the Gaussian and distance between voxels.
    order
        0 for smoothing; 2 for the second derivative, multiplied by sigma squared.
    """
    sigma = sigma_mm / spacing_mm
    d = _denominator(sigma)
    sd = 1.0 + d[0] + d[1] + d[2] + d[3]
    n = np.array(_numerator(sigma, _SMOOTHING))
    if order == 0:
        alpha = 2 * _sums(n)[0] / sd - n[0]
        n *= 1.0 / alpha
    else:
        n = _second_derivative(n, np.array(_numerator(sigma, _CURVATURE)), sd)
        n *= sigma_mm**2 / _curvature_gain(n, d, sd)
    m = (n[1] - d[0] * n[0], n[2] - d[1] * n[0], n[3] - d[2] * n[0], -d[3] * n[0])
    sn, sm = n[0] + n[1] + n[2] + n[3], m[0] + m[1] + m[2] + m[3]
    left = [each * sn / sd for each in d]
    right = [each * sm / sd for each in d]
    return np.array([*n, *d, *m, *left, *right])


def _terms(sigma: float) -> tuple[float, float, float, float, float, float]:
    w1, w2, l1, l2 = _W[0] / sigma, _W[1] / sigma, _L[0] / sigma, _L[1] / sigma
    return math.sin(w1), math.sin(w2), math.cos(w1), math.cos(w2), math.exp(l1), math.exp(l2)


def _denominator(sigma: float) -> tuple[float, float, float, float]:
    _, _, cos1, cos2, exp1, exp2 = _terms(sigma)
    d4 = exp1 * exp1 * exp2 * exp2
    d3 = -2 * cos1 * exp1 * exp2 * exp2
    d3 += -2 * cos2 * exp2 * exp1 * exp1
    d2 = 4 * cos2 * cos1 * exp1 * exp2
    d2 += exp1 * exp1 + exp2 * exp2
    d1 = -2 * (exp2 * cos2 + exp1 * cos1)
    return d1, d2, d3, d4


def _numerator(
    sigma: float, amplitudes: tuple[tuple[float, float], tuple[float, float]]
) -> tuple[float, float, float, float]:
    sin1, sin2, cos1, cos2, exp1, exp2 = _terms(sigma)
    (a1, b1), (a2, b2) = amplitudes
    n1 = exp2 * (b2 * sin2 - (a2 + 2 * a1) * cos2)
    n1 += exp1 * (b1 * sin1 - (a1 + 2 * a2) * cos1)
    n2 = (a1 + a2) * cos2 * cos1
    n2 -= b1 * cos2 * sin1 + b2 * cos1 * sin2
    n2 *= 2 * exp1 * exp2
    n2 += a2 * exp1 * exp1 + a1 * exp2 * exp2
    n3 = exp2 * exp1 * exp1 * (b2 * sin2 - a2 * cos2)
    n3 += exp1 * exp2 * exp2 * (b1 * sin1 - a1 * cos1)
    return a1 + a2, n1, n2, n3


def _sums(n: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the sums of n(k), k n(k) and k^2 n(k)."""
    return (
        n[0] + n[1] + n[2] + n[3],
        n[1] + 2 * n[2] + 3 * n[3],
        n[1] + 4 * n[2] + 9 * n[3],
    )


def _second_derivative(
    n0: NDArray[np.float64], n2: NDArray[np.float64], sd: float
) -> NDArray[np.float64]:
    """Return the curvature kernel with as much smoothing as makes its sum zero."""
    beta = -(2 * _sums(n2)[0] - sd * n2[0]) / (2 * _sums(n0)[0] - sd * n0[0])
    corrected: NDArray[np.float64] = n2 + beta * n0
    return corrected


def _curvature_gain(
    n: NDArray[np.float64], d: tuple[float, float, float, float], sd: float
) -> float:
    sn, dn, en = _sums(n)
    dd = d[0] + 2 * d[1] + 3 * d[2] + 4 * d[3]
    ed = d[0] + 4 * d[1] + 9 * d[2] + 16 * d[3]
    gain = en * sd * sd - ed * sn * sd - 2 * dn * dd * sd + 2 * dd * dd * sn
    return float(gain / (sd * sd * sd))


@njit(cache=True, nogil=True)
def filter_along(image, axis, c, start, stop):  # type: ignore[no-untyped-def]
    """Return a part of the image filtered along one axis, in single precision.

    Parameters
    ----------
    image
        Shape (z, y, x), at least 4 voxels along `axis`.
    axis
        0, 1 or 2 for z, y or x.
    c
        As `gaussian_coefficients` returns them.
    start, stop
        Part of each line that is returned.
    """
    n = image.shape[axis]
    shape = (
        stop - start if axis == 0 else image.shape[0],
        stop - start if axis == 1 else image.shape[1],
        stop - start if axis == 2 else image.shape[2],
    )
    out = np.empty(shape, np.float32)
    data = np.zeros((n, _WIDTH))
    forth = np.empty((n, _WIDTH))
    back = np.empty((n, _WIDTH))
    # Lines lie side by side along x, or along y when x is the axis that is filtered.
    outer = 1 if axis == 0 else 0
    across = 1 if axis == 2 else 2
    for o in range(image.shape[outer]):
        for first in range(0, image.shape[across], _LANES):
            lanes = min(_LANES, image.shape[across] - first)
            _load(image, axis, o, first, lanes, data)
            _recurse(data, forth, back, c)
            _store(out, axis, o, first, lanes, start, forth, back)
    return out


@njit(cache=True, nogil=True)
def _load(image, axis, o, first, lanes, data):  # type: ignore[no-untyped-def]
    n = data.shape[0]
    if axis == 2:
        for i0 in range(0, n, _TILE):
            for k in range(lanes):
                for i in range(i0, min(i0 + _TILE, n)):
                    data[i, k] = image[o, first + k, i]
        return
    for i in range(n):
        row = image[i, o] if axis == 0 else image[o, i]
        for k in range(lanes):
            data[i, k] = row[first + k]


@njit(cache=True, nogil=True)
def _store(out, axis, o, first, lanes, start, forth, back):  # type: ignore[no-untyped-def]
    if axis == 2:
        for i0 in range(0, out.shape[2], _TILE):
            for k in range(lanes):
                for i in range(i0, min(i0 + _TILE, out.shape[2])):
                    out[o, first + k, i] = forth[start + i, k] + back[start + i, k]
        return
    for i in range(out.shape[axis]):
        row = out[i, o] if axis == 0 else out[o, i]
        for k in range(lanes):
            row[first + k] = forth[start + i, k] + back[start + i, k]


@njit(cache=True, nogil=True)
def _recurse(data, forth, back, c):  # type: ignore[no-untyped-def]
    n = data.shape[0]
    d1, d2, d3, d4 = c[4], c[5], c[6], c[7]
    for i in range(4):
        _at_border(data, forth, i, 0, -1, c[0:4], 0, c[4:8], c[12:16])
    n0, n1, n2, n3 = c[0], c[1], c[2], c[3]
    for i in range(4, n):
        for k in range(_LANES):
            forth[i, k] = (
                data[i, k] * n0 + data[i - 1, k] * n1 + data[i - 2, k] * n2 + data[i - 3, k] * n3
            ) - (
                forth[i - 1, k] * d1
                + forth[i - 2, k] * d2
                + forth[i - 3, k] * d3
                + forth[i - 4, k] * d4
            )
    for i in range(4):
        _at_border(data, back, n - 1 - i, n - 1, 1, c[8:12], 1, c[4:8], c[16:20])
    m1, m2, m3, m4 = c[8], c[9], c[10], c[11]
    for j in range(4, n):
        i = n - 1 - j
        for k in range(_LANES):
            back[i, k] = (
                data[i + 1, k] * m1
                + data[i + 2, k] * m2
                + data[i + 3, k] * m3
                + data[i + 4, k] * m4
            ) - (
                back[i + 1, k] * d1
                + back[i + 2, k] * d2
                + back[i + 3, k] * d3
                + back[i + 4, k] * d4
            )


@njit(cache=True, nogil=True)
def _at_border(data, out, i, edge, step, gain, shift, d, border):  # type: ignore[no-untyped-def]
    """Filter voxel i of each line, where the line goes on beyond `edge` with its edge's value."""
    n = data.shape[0]
    fed = np.zeros(_LANES)
    kept = np.zeros(_LANES)
    for j in range(4):
        at = min(max(i + step * (j + shift), 0), n - 1)
        before = i + step * (j + 1)
        inside = 0 <= before < n
        source, factor = (out[before], d[j]) if inside else (data[edge], border[j])
        for k in range(_LANES):
            fed[k] += data[at, k] * gain[j]
            kept[k] += source[k] * factor
    for k in range(_LANES):
        out[i, k] = fed[k] - kept[k]
