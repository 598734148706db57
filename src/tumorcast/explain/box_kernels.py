"""Sums of boxes and their Shapley values, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def box_sums(
    matrix: NDArray[np.float64],
    start: NDArray[np.int64],
    column: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    value: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the sum of the values of the boxes that each row lies in, shape (n,)."""
    total = np.zeros(len(matrix))
    for row in range(len(matrix)):
        for box in range(len(value)):
            inside = True
            for side in range(start[box], start[box + 1]):
                at = matrix[row, column[side]]
                if not (low[side] < at <= high[side]):
                    inside = False
                    break
            if inside:
                total[row] += value[box]
    return total


@njit(cache=True)
def box_shapley(
    row: NDArray[np.float64],
    background: NDArray[np.float64],
    start: NDArray[np.int64],
    column: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    value: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the Shapley value of each column against each background row, (n, columns)."""
    found = np.zeros(background.shape)
    for other in range(len(background)):
        for box in range(len(value)):
            n_own, n_other = 0, 0
            for side in range(start[box], start[box + 1]):
                own_in = low[side] < row[column[side]] <= high[side]
                other_in = low[side] < background[other, column[side]] <= high[side]
                if not own_in and not other_in:
                    n_own, n_other = 0, 0
                    break
                n_own += own_in and not other_in
                n_other += other_in and not own_in
            if n_own + n_other == 0:
                continue
            ways = 1.0
            for number in range(1, n_own + 1):
                ways *= (n_other + number) / number
            for side in range(start[box], start[box + 1]):
                own_in = low[side] < row[column[side]] <= high[side]
                other_in = low[side] < background[other, column[side]] <= high[side]
                if own_in and not other_in:
                    found[other, column[side]] += value[box] / (n_own * ways)
                elif other_in and not own_in:
                    found[other, column[side]] -= value[box] / (n_other * ways)
    return found
