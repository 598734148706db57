"""Linear interpolation of many small cubes, compiled for a CPU."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def sample_linearly(
    crops: NDArray[np.float32], matrices: NDArray[np.float32], result: NDArray[np.float32]
) -> None:
    """Put into `result` at ``p`` the value of the crop at ``matrix @ p``, from its centre.

    Parameters
    ----------
    crops, result
        Cubes, shape (n, channel, z, y, x); the values outside are 0. `result` holds zeros.
    matrices
        On (z, y, x), shape (n, 3, 3).
    """
    n, channels, side = crops.shape[0], crops.shape[1], crops.shape[2]
    centre, last = 0.5 * (side - 1), side - 1
    one = np.float32(1)
    for number in range(n):
        m = matrices[number]
        for z in range(side):
            for y in range(side):
                start_z = m[0, 0] * (z - centre) + m[0, 1] * (y - centre) + centre
                start_y = m[1, 0] * (z - centre) + m[1, 1] * (y - centre) + centre
                start_x = m[2, 0] * (z - centre) + m[2, 1] * (y - centre) + centre
                for x in range(side):
                    at_z = start_z + m[0, 2] * (x - centre)
                    at_y = start_y + m[1, 2] * (x - centre)
                    at_x = start_x + m[2, 2] * (x - centre)
                    if not (-1 < at_z < side and -1 < at_y < side and -1 < at_x < side):
                        continue
                    i, j, k = int(np.floor(at_z)), int(np.floor(at_y)), int(np.floor(at_x))
                    fz, fy, fx = np.float32(at_z - i), np.float32(at_y - j), np.float32(at_x - k)
                    gz, gy, gx = one - fz, one - fy, one - fx
                    if 0 <= i < last and 0 <= j < last and 0 <= k < last:
                        for c in range(channels):
                            v = crops[number, c]
                            near = gy * (gx * v[i, j, k] + fx * v[i, j, k + 1]) + fy * (
                                gx * v[i, j + 1, k] + fx * v[i, j + 1, k + 1]
                            )
                            far = gy * (gx * v[i + 1, j, k] + fx * v[i + 1, j, k + 1]) + fy * (
                                gx * v[i + 1, j + 1, k] + fx * v[i + 1, j + 1, k + 1]
                            )
                            result[number, c, z, y, x] = gz * near + fz * far
                        continue
                    for c in range(channels):
                        value = _at_the_edge(crops[number, c], i, j, k, fz, fy, fx)
                        result[number, c, z, y, x] = value


@njit(cache=True)
def _at_the_edge(
    values: NDArray[np.float32],
    i: int,
    j: int,
    k: int,
    fz: np.float32,
    fy: np.float32,
    fx: np.float32,
) -> np.float32:
    """Return the weighted sum of those of the eight voxels around a place that are inside."""
    side, one = len(values), np.float32(1)
    total = np.float32(0)
    for z in range(max(i, 0), min(i + 2, side)):
        weight_z = fz if z > i else one - fz
        for y in range(max(j, 0), min(j + 2, side)):
            weight_y = weight_z * (fy if y > j else one - fy)
            for x in range(max(k, 0), min(k + 2, side)):
                total += weight_y * (fx if x > k else one - fx) * values[z, y, x]
    return total
