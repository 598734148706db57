"""Local binary patterns in the plane (Ojala, Pietikainen & Maenpaa, PAMI 2002;24:971)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit

from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.options import Options

_METHODS = ("default", "ror", "uniform", "var")


def lbp2d(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield the pattern of each voxel within its plane across ``force2Ddimension``.

    The neighbours lie on a circle in voxels, interpolated bilinearly, with 0 outside the image.
    Codes have the number type of the image, variances are real numbers.
    """
    planes = source.array.swapaxes(0, options.force_2d_dimension)
    angle = 2 * np.pi * np.arange(options.lbp2d_samples) / options.lbp2d_samples
    down = np.round(-options.lbp2d_radius * np.sin(angle), 5)
    right = np.round(options.lbp2d_radius * np.cos(angle), 5)
    method = _METHODS.index(options.lbp2d_method)
    codes = np.stack([_codes(np.ascontiguousarray(p, np.float64), down, right, method)
                      for p in planes])  # fmt: skip
    if options.lbp2d_method != "var":
        codes = codes.astype(source.array.dtype)
    yield "lbp-2D", codes.swapaxes(0, options.force_2d_dimension)[source.box]


@njit(cache=True, nogil=True)
def _at(plane, row, column):  # type: ignore[no-untyped-def]
    if 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]:
        return plane[row, column]
    return 0.0


@njit(cache=True, nogil=True)
def _bilinear(plane, row, column):  # type: ignore[no-untyped-def]
    top, left = int(np.floor(row)), int(np.floor(column))
    bottom, right = int(np.ceil(row)), int(np.ceil(column))
    dr, dc = row - top, column - left
    above = (1 - dc) * _at(plane, top, left) + dc * _at(plane, top, right)
    below = (1 - dc) * _at(plane, bottom, left) + dc * _at(plane, bottom, right)
    return (1 - dr) * above + dr * below


@njit(cache=True, nogil=True)
def _codes(plane, down, right, method):  # type: ignore[no-untyped-def]
    codes = np.empty(plane.shape)
    circle = np.empty(down.size)
    for row in range(plane.shape[0]):
        for column in range(plane.shape[1]):
            for k in range(down.size):
                circle[k] = _bilinear(plane, row + down[k], column + right[k])
            if method == 3:
                variance = np.mean(circle**2) - np.mean(circle) ** 2
                codes[row, column] = variance if variance != 0 else np.nan
            else:
                codes[row, column] = _pattern(circle - plane[row, column] >= 0, method)
    return codes


@njit(cache=True, nogil=True)
def _pattern(larger, method):  # type: ignore[no-untyped-def]
    samples = larger.size
    if method == 2:
        changes = np.sum(larger[:-1] != larger[1:])
        return np.sum(larger) if changes <= 2 else samples + 1
    code = 0
    for k in range(samples):
        code += larger[k] << k
    if method == 0:
        return code
    smallest = code
    for _ in range(samples - 1):
        code = (code >> 1) | ((code & 1) << (samples - 1))
        smallest = min(smallest, code)
    return smallest
