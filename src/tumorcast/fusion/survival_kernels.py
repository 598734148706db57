"""Growing and walking survival trees on binned columns, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tumorcast.features.tree_kernels import draw_below, leaf_of, partition

_SMALLEST_STATISTIC = 1e-10


@njit(cache=True)
def grow_survival_tree(
    codes: NDArray[np.uint8],
    n_cuts: NDArray[np.int64],
    had_event: NDArray[np.bool_],
    seen: NDArray[np.int64],
    copies: NDArray[np.int64],
    rows: NDArray[np.int64],
    n_days: int,
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
    """Grow one tree by the log-rank statistic, breadth first.

    Parameters
    ----------
    codes, n_cuts
        From `bin_columns`.
    had_event
        Whether the row had the event, shape (n,).
    seen
        How many of the days with an event the row was at risk on, shape (n,).
    copies
        How often the row counts, shape (n,).
    rows
        The rows of this tree; reordered in place.
    n_days
        Number of days with an event.
    tries
        Columns drawn at each node; more if none of them can split.
    min_rows
        Fewest distinct rows in a leaf.
    seed
        Decides the columns drawn.

    Returns
    -------
    For each node its column (-1: leaf), its cut, its left child (the right one follows it) and
    the cumulative hazard after each day (nodes, days); then the sum of the statistics by column.
    """
    capacity = max(1, 2 * (len(rows) // min_rows))
    feature = np.full(capacity, -1, np.int64)
    cut = np.zeros(capacity, np.int64)
    left = np.full(capacity, -1, np.int64)
    hazard = np.zeros((capacity, n_days))
    bounds = np.zeros((capacity, 2), np.int64)
    bounds[0, 1] = len(rows)
    statistics = np.zeros(len(codes))
    columns = np.arange(len(codes))
    state = np.array([seed], np.uint64)
    tables = np.zeros((3, 256, n_days + 1))
    node, n_nodes = 0, 1
    while node < n_nodes:
        start, stop = bounds[node]
        members = rows[start:stop]
        deaths, at_risk = _counts(had_event, seen, copies, members, n_days)
        hazard[node] = _nelson_aalen(deaths, at_risk)
        column, best_cut, statistic = -1, -1, _SMALLEST_STATISTIC
        splits = len(members) >= 2 * min_rows and deaths.sum() > 0
        for visited in range(len(columns) if splits else 0):
            if visited >= tries and column >= 0:
                break
            drawn = visited + draw_below(state, len(columns) - visited)
            columns[visited], columns[drawn] = columns[drawn], columns[visited]
            candidate = columns[visited]
            bins = n_cuts[candidate] + 1
            _fill(tables, bins, codes[candidate], had_event, seen, copies, members)
            found, found_cut = _best_cut(tables, bins, deaths, at_risk, min_rows)
            if found > statistic:
                column, best_cut, statistic = candidate, found_cut, found
        if column >= 0:
            middle = start + partition(codes[column], best_cut, members)
            feature[node], cut[node], left[node] = column, best_cut, n_nodes
            bounds[n_nodes] = start, middle
            bounds[n_nodes + 1] = middle, stop
            statistics[column] += statistic
            n_nodes += 2
        node += 1
    return feature[:n_nodes], cut[:n_nodes], left[:n_nodes], hazard[:n_nodes], statistics


@njit(cache=True)
def mean_hazard(
    matrix: NDArray[np.float64],
    roots: NDArray[np.int64],
    feature: NDArray[np.int64],
    threshold: NDArray[np.float64],
    left: NDArray[np.int64],
    hazard: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean over trees of the cumulative hazard in each row's leaf, shape (n, days)."""
    mean = np.zeros((len(matrix), hazard.shape[1]))
    for row in range(len(matrix)):
        for root in roots:
            mean[row] += hazard[leaf_of(matrix[row], root, feature, threshold, left)]
        mean[row] /= len(roots)
    return mean


@njit(cache=True)
def _counts(
    had_event: NDArray[np.bool_],
    seen: NDArray[np.int64],
    copies: NDArray[np.int64],
    members: NDArray[np.int64],
    n_days: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the events on each day and the rows at risk on it, both of shape (days,)."""
    deaths, left_after = np.zeros(n_days), np.zeros(n_days + 1)
    for row in members:
        left_after[seen[row]] += copies[row]
        if had_event[row]:
            deaths[seen[row] - 1] += copies[row]
    return deaths, _at_risk(left_after)


@njit(cache=True)
def _at_risk(left_after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return who is at risk on each day, from who was at risk on so many days."""
    at_risk = np.zeros(len(left_after) - 1)
    there = 0.0
    for day in range(len(at_risk) - 1, -1, -1):
        there += left_after[day + 1]
        at_risk[day] = there
    return at_risk


@njit(cache=True)
def _nelson_aalen(deaths: NDArray[np.float64], at_risk: NDArray[np.float64]) -> NDArray[np.float64]:
    hazard = np.zeros(len(deaths))
    total = 0.0
    for day in range(len(deaths)):
        if deaths[day] > 0:
            total += deaths[day] / at_risk[day]
        hazard[day] = total
    return hazard


@njit(cache=True)
def _fill(
    tables: NDArray[np.float64],
    bins: int,
    codes: NDArray[np.uint8],
    had_event: NDArray[np.bool_],
    seen: NDArray[np.int64],
    copies: NDArray[np.int64],
    members: NDArray[np.int64],
) -> None:
    """Count by bin and day: events, rows that leave after it; and by bin the distinct rows."""
    tables[:, :bins] = 0.0
    for row in members:
        code = codes[row]
        tables[0, code, 0] += 1.0
        tables[1, code, seen[row]] += copies[row]
        if had_event[row]:
            tables[2, code, seen[row] - 1] += copies[row]


@njit(cache=True)
def _best_cut(
    tables: NDArray[np.float64],
    bins: int,
    deaths: NDArray[np.float64],
    at_risk: NDArray[np.float64],
    min_rows: int,
) -> tuple[float, int]:
    n = tables[0, :bins, 0].sum()
    best, cut, count = 0.0, -1, 0.0
    left_after, left_deaths = np.zeros(len(deaths) + 1), np.zeros(len(deaths) + 1)
    for position in range(bins - 1):
        if tables[0, position, 0] == 0:
            continue
        count += tables[0, position, 0]
        left_after += tables[1, position]
        left_deaths += tables[2, position]
        if n - count < min_rows:
            break
        if count >= min_rows:
            statistic = _log_rank(left_deaths, _at_risk(left_after), deaths, at_risk)
            if statistic > best:
                best, cut = statistic, position
    return best, cut


@njit(cache=True)
def _log_rank(
    left_deaths: NDArray[np.float64],
    left_at_risk: NDArray[np.float64],
    deaths: NDArray[np.float64],
    at_risk: NDArray[np.float64],
) -> float:
    """Return the squared log-rank statistic of the left part against the right one."""
    excess, variance = 0.0, 0.0
    for day in range(len(deaths)):
        if deaths[day] == 0:
            continue
        share = left_at_risk[day] / at_risk[day]
        excess += left_deaths[day] - deaths[day] * share
        if at_risk[day] > 1:
            spread = (at_risk[day] - deaths[day]) / (at_risk[day] - 1)
            variance += deaths[day] * share * (1 - share) * spread
    return excess * excess / variance if variance > 0 else 0.0
