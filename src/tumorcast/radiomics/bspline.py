"""Cubic B-spline interpolation on a grid whose axes run along the image's.

The coefficients are ITK's to the last bit (Unser, IEEE Signal Process Mag 1999;16(6):22). Because
the axes are parallel, the 64 products a voxel become 4 an axis. PyRadiomics truncates whole-number
images after interpolation, and where the true value is a whole number rounding decides to which
side; so there, and only there, the 64 products are added in ITK's order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_POLE = math.sqrt(3.0) - 2.0
_GAIN = (1.0 - _POLE) * (1.0 - 1.0 / _POLE)
_HORIZON = math.ceil(math.log(1e-10) / math.log(abs(_POLE)))
MARGIN = 32
"""Voxels of image that decide a coefficient: the pole to this power is below 1e-18."""
_NEAR_WHOLE = 1e-6


Positions = tuple[NDArray[np.float64], ...]
"""In voxels, along z, y and x."""


def needed_part(shape: tuple[int, ...], positions: Positions) -> tuple[slice, ...]:
    """Return the part of an image of this shape on which the values at the positions depend."""
    taps = [_support(at, size)[0] for at, size in zip(positions, shape, strict=True)]
    return tuple(
        slice(max(int(index.min()) - MARGIN, 0), min(int(index.max()) + MARGIN + 1, size))
        for index, size in zip(taps, shape, strict=True)
    )


def interpolate(
    part: NDArray[Any], where: tuple[slice, ...], shape: tuple[int, ...], positions: Positions
) -> NDArray[Any]:
    """Return the image at the crossings of three lists of positions, in its own number type.

    Parameters
    ----------
    part, where
        What `needed_part` asks for, and the slices by which it was taken.
    shape
        Of the whole image, (z, y, x), at least 2 voxels along each axis.
    positions
        In the whole image; beyond half a voxel from it the value is 0.
    """
    whole = part.dtype.kind in "iu"
    limits = np.iinfo(part.dtype) if whole else np.finfo(part.dtype)
    taps = [_support(at, size) for at, size in zip(positions, shape, strict=True)]
    coefficients = part.astype(np.float64)
    for axis in (2, 1, 0):
        coefficients = _decompose(coefficients, axis)
    shifted = [(index - inside.start, weight) for (index, weight), inside in
               zip(taps, where, strict=True)]  # fmt: skip
    (iz, wz), (iy, wy), (ix, wx) = shifted
    values = _separable(coefficients, iz, wz, iy, wy, ix, wx)
    if whole:
        _settle_whole(values, coefficients, iz, wz, iy, wy, ix, wx)
        np.trunc(values, out=values)
    np.clip(values, float(limits.min), float(limits.max), out=values)
    for axis, (at, size) in enumerate(zip(positions, shape, strict=True)):
        outside = (at < -0.5) | (at >= size - 0.5)
        values[(slice(None),) * axis + (outside,)] = 0
    typed: NDArray[Any] = values.astype(part.dtype)
    return typed


def _support(at: NDArray[np.float64], size: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the four voxels around each position and their weights, shape (n, 4) each."""
    # ITK takes the floor in single precision.
    first = np.floor(at.astype(np.float32)).astype(np.int64) - 1
    w = at - (first + 1)
    w3 = (1.0 / 6.0) * w * w * w
    w0 = (1.0 / 6.0) + 0.5 * w * (w - 1.0) - w3
    w2 = w + w0 - 2.0 * w3
    w1 = 1.0 - w0 - w2 - w3
    index = first[:, None] + np.arange(4)
    index = np.where(index < 0, -index, index)
    index = np.where(index >= size - 1, 2 * (size - 1) - index, index)
    return np.clip(index, 0, size - 1), np.stack([w0, w1, w2, w3], axis=1)


def _decompose(data: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    lines = np.ascontiguousarray(np.moveaxis(data, axis, 0)).reshape(data.shape[axis], -1)
    _to_coefficients(lines)
    shape = (data.shape[axis], *np.delete(data.shape, axis))
    return np.moveaxis(lines.reshape(shape), 0, axis)


@njit(cache=True, nogil=True)
def _to_coefficients(lines):  # type: ignore[no-untyped-def]
    n, width = lines.shape
    for i in range(n):
        for k in range(width):
            lines[i, k] *= _GAIN
    _start(lines)
    for i in range(1, n):
        for k in range(width):
            lines[i, k] += _POLE * lines[i - 1, k]
    last = n - 1
    for k in range(width):
        lines[last, k] = (_POLE / (_POLE * _POLE - 1.0)) * (
            _POLE * lines[last - 1, k] + lines[last, k]
        )
    for j in range(1, n):
        i = last - j
        for k in range(width):
            lines[i, k] = _POLE * (lines[i + 1, k] - lines[i, k])


@njit(cache=True, nogil=True)
def _start(lines):  # type: ignore[no-untyped-def]
    """Set the first value of each line as if the line were mirrored at its ends."""
    n, width = lines.shape
    power = _POLE
    if n > _HORIZON:
        for i in range(1, _HORIZON):
            for k in range(width):
                lines[0, k] += power * lines[i, k]
            power *= _POLE
        return
    inverse = 1.0 / _POLE
    mirrored = _POLE ** (n - 1)
    for k in range(width):
        lines[0, k] += mirrored * lines[n - 1, k]
    mirrored *= mirrored * inverse
    for i in range(1, n - 1):
        for k in range(width):
            lines[0, k] += (power + mirrored) * lines[i, k]
        power *= _POLE
        mirrored *= inverse
    for k in range(width):
        lines[0, k] /= 1.0 - power * power


@njit(cache=True, nogil=True)
def _separable(c, iz, wz, iy, wy, ix, wx):  # type: ignore[no-untyped-def]
    along_x = np.empty((c.shape[0], c.shape[1], ix.shape[0]))
    for z in range(c.shape[0]):
        for y in range(c.shape[1]):
            row = c[z, y]
            for x in range(ix.shape[0]):
                i, w = ix[x], wx[x]
                along_x[z, y, x] = (
                    w[0] * row[i[0]] + w[1] * row[i[1]] + w[2] * row[i[2]] + w[3] * row[i[3]]
                )
    along_y = np.empty((c.shape[0], iy.shape[0], ix.shape[0]))
    for z in range(c.shape[0]):
        for y in range(iy.shape[0]):
            _weigh(along_x[z], iy[y], wy[y], along_y[z, y])
    out = np.empty((iz.shape[0], iy.shape[0], ix.shape[0]))
    for y in range(iy.shape[0]):
        for z in range(iz.shape[0]):
            _weigh(along_y[:, y], iz[z], wz[z], out[z, y])
    return out


@njit(cache=True, nogil=True)
def _weigh(rows, index, weight, out):  # type: ignore[no-untyped-def]
    """Set `out` to the weighted sum of four rows."""
    a, b, c, d = rows[index[0]], rows[index[1]], rows[index[2]], rows[index[3]]
    for x in range(out.size):
        out[x] = weight[0] * a[x] + weight[1] * b[x] + weight[2] * c[x] + weight[3] * d[x]


@njit(cache=True, nogil=True)
def _settle_whole(values, c, iz, wz, iy, wy, ix, wx):  # type: ignore[no-untyped-def]
    for z in range(values.shape[0]):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                if abs(values[z, y, x] - np.rint(values[z, y, x])) > _NEAR_WHOLE:
                    continue
                total = 0.0
                for a in range(4):
                    for b in range(4):
                        for t in range(4):
                            weight = wx[x, t] * wy[y, b] * wz[z, a]
                            total += weight * c[iz[z, a], iy[y, b], ix[x, t]]
                values[z, y, x] = total
