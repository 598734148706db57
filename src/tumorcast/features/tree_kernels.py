"""Growing and walking decision trees on binned columns, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_SMALLEST_GAIN = 1e-10


@njit(cache=True)
def bin_columns(
    values: NDArray[np.float64], order: NDArray[np.int64], bins: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.int64]]:
    """Cut each column between distinct values at about equal numbers of rows.

    Parameters
    ----------
    values
        Shape (columns, n).
    order
        Rows of each column in rising order, shape (columns, n).
    bins
        Largest number of cuts, at most 255; with at least n every distinct value is kept apart.

    Returns
    -------
    The bin of each value (columns, n), the cuts (columns, bins) and their number (columns,). A
    value is in bin b when it is at most cut b and above cut b - 1.
    """
    n_columns, n = values.shape
    codes = np.zeros((n_columns, n), np.uint8)
    cuts = np.zeros((n_columns, bins))
    n_cuts = np.zeros(n_columns, np.int64)
    for column in range(n_columns):
        code, last = 0, -1
        for rank in range(n):
            row = order[column, rank]
            codes[column, row] = code
            if rank + 1 == n:
                break
            low, high = values[column, row], values[column, order[column, rank + 1]]
            quantile = (rank + 1) * bins // n
            if high > low and quantile != last:
                middle = low + (high - low) / 2
                cuts[column, code] = middle if middle < high else low
                code, last = code + 1, quantile
        n_cuts[column] = code
    return codes, cuts, n_cuts


@njit(cache=True)
def grow_tree(
    codes: NDArray[np.uint8],
    n_cuts: NDArray[np.int64],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    rows: NDArray[np.int64],
    tries: int,
    min_rows: int,
    seed: int,
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Grow one classification tree with the Gini criterion, breadth first.

    Parameters
    ----------
    codes, n_cuts
        From `bin_columns`.
    label, weight
        0 or 1, and what the row counts; shape (n,).
    rows
        The rows of this tree; reordered in place.
    tries
        Columns drawn at each node; more if none of them can split.
    min_rows
        Fewest rows in a leaf.
    seed
        Decides the columns drawn.

    Returns
    -------
    For each node its column (-1: leaf), its cut, its left child (the right one follows it) and
    its weighted share of positives; then the decrease in impurity by column.
    """
    capacity = max(1, 2 * (len(rows) // min_rows))
    feature = np.full(capacity, -1, np.int64)
    cut = np.zeros(capacity, np.int64)
    left = np.full(capacity, -1, np.int64)
    value = np.zeros(capacity)
    bounds = np.zeros((capacity, 2), np.int64)
    bounds[0, 1] = len(rows)
    decrease = np.zeros(len(codes))
    columns = np.arange(len(codes))
    state = np.array([seed], np.uint64)
    node, n_nodes = 0, 1
    while node < n_nodes:
        start, stop = bounds[node]
        members = rows[start:stop]
        total, positive = _sums(label, weight, members)
        value[node] = positive / total
        column, best_cut, gain = _best_split(
            codes, n_cuts, label, weight, members, total, positive, columns, tries, min_rows, state
        )
        if column >= 0:
            middle = start + partition(codes[column], best_cut, members)
            feature[node], cut[node], left[node] = column, best_cut, n_nodes
            bounds[n_nodes] = start, middle
            bounds[n_nodes + 1] = middle, stop
            decrease[column] += gain
            n_nodes += 2
        node += 1
    return feature[:n_nodes], cut[:n_nodes], left[:n_nodes], value[:n_nodes], decrease


@njit(cache=True)
def walk_trees(
    matrix: NDArray[np.float64],
    roots: NDArray[np.int64],
    feature: NDArray[np.int64],
    threshold: NDArray[np.float64],
    left: NDArray[np.int64],
    value: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean over trees of the leaf that each row falls into, shape (n,)."""
    mean = np.zeros(len(matrix))
    for row in range(len(matrix)):
        for root in roots:
            mean[row] += value[leaf_of(matrix[row], root, feature, threshold, left)]
        mean[row] /= len(roots)
    return mean


@njit(cache=True)
def leaf_of(
    values: NDArray[np.float64],
    root: int,
    feature: NDArray[np.int64],
    threshold: NDArray[np.float64],
    left: NDArray[np.int64],
) -> int:
    """Return the node without children that a row of these values falls into."""
    node = root
    while feature[node] >= 0:
        goes_left = values[feature[node]] <= threshold[node]
        node = left[node] if goes_left else left[node] + 1
    return node


@njit(cache=True)
def _sums(
    label: NDArray[np.float64], weight: NDArray[np.float64], members: NDArray[np.int64]
) -> tuple[float, float]:
    total, positive = 0.0, 0.0
    for row in members:
        total += weight[row]
        positive += weight[row] * label[row]
    return total, positive


@njit(cache=True)
def _best_split(
    codes: NDArray[np.uint8],
    n_cuts: NDArray[np.int64],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    members: NDArray[np.int64],
    total: float,
    positive: float,
    columns: NDArray[np.int64],
    tries: int,
    min_rows: int,
    state: NDArray[np.uint64],
) -> tuple[int, int, float]:
    column, cut, gain = -1, -1, _SMALLEST_GAIN * total
    if positive <= 0 or positive >= total or len(members) < 2 * min_rows:
        return column, cut, gain
    histogram = np.empty((256, 3))
    for visited in range(len(columns)):
        if visited >= tries and column >= 0:
            break
        drawn = visited + draw_below(state, len(columns) - visited)
        columns[visited], columns[drawn] = columns[drawn], columns[visited]
        candidate = columns[visited]
        bins = n_cuts[candidate] + 1
        _fill(histogram[:bins], codes[candidate], label, weight, members)
        found_gain, found_cut = _best_cut(histogram[:bins], total, positive, min_rows)
        if found_gain > gain:
            column, cut, gain = candidate, found_cut, found_gain
    return column, cut, gain


@njit(cache=True)
def _fill(
    histogram: NDArray[np.float64],
    codes: NDArray[np.uint8],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    members: NDArray[np.int64],
) -> None:
    histogram[:] = 0.0
    for row in members:
        code = codes[row]
        histogram[code, 0] += 1.0
        histogram[code, 1] += weight[row]
        histogram[code, 2] += weight[row] * label[row]


@njit(cache=True)
def _best_cut(
    histogram: NDArray[np.float64], total: float, positive: float, min_rows: int
) -> tuple[float, int]:
    n = histogram[:, 0].sum()
    undivided = _purity(total, positive)
    gain, cut = 0.0, -1
    count, left_total, left_positive = 0.0, 0.0, 0.0
    for position in range(len(histogram) - 1):
        if histogram[position, 0] == 0:
            continue
        count += histogram[position, 0]
        left_total += histogram[position, 1]
        left_positive += histogram[position, 2]
        if n - count < min_rows:
            break
        if count >= min_rows:
            divided = _purity(left_total, left_positive)
            divided += _purity(total - left_total, positive - left_positive)
            if divided - undivided > gain:
                gain, cut = divided - undivided, position
    return gain, cut


@njit(cache=True)
def _purity(total: float, positive: float) -> float:
    return (positive**2 + (total - positive) ** 2) / total


@njit(cache=True)
def partition(codes: NDArray[np.uint8], cut: int, members: NDArray[np.int64]) -> int:
    """Put the rows up to the cut in front, in place, and return how many they are."""
    kept = members.copy()
    low, high = 0, len(members)
    for row in kept:
        if codes[row] <= cut:
            members[low] = row
            low += 1
        else:
            high -= 1
            members[high] = row
    return low


@njit(cache=True)
def draw_below(state: NDArray[np.uint64], below: int) -> int:
    """Return a number from 0 to `below` - 1 (splitmix64; Steele et al., OOPSLA 2014)."""
    state[0] += _STEP
    bits = state[0]
    bits = (bits ^ (bits >> _SHIFTS[0])) * _MIX_1
    bits = (bits ^ (bits >> _SHIFTS[1])) * _MIX_2
    bits = bits ^ (bits >> _SHIFTS[2])
    return int(bits % np.uint64(below))
