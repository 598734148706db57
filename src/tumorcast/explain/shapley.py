"""Shapley values of a game: exactly over all coalitions, or over sampled orders of the players."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

Game = Callable[[NDArray[np.bool_], NDArray[np.int64]], NDArray[np.float64]]
"""Worth of coalitions, shape (m, players), each against one background row, shape (m,)."""


@dataclass(frozen=True)
class Shapley:
    """Shapley values of one case.

    Parameters
    ----------
    base
        Worth of nobody: the mean over the background rows.
    values
        Of each player, shape (players,); with `base` they add up to the worth of all.
    errors
        Standard error of each value, shape (players,); 0 where it is exact.
    """

    base: float
    values: NDArray[np.float64]
    errors: NDArray[np.float64]


def coalitions(n_players: int) -> NDArray[np.bool_]:
    """Return all subsets, shape (2**players, players); player p is in those with bit p."""
    bits = np.arange(2**n_players)[:, np.newaxis] >> np.arange(n_players)
    return np.asarray(bits % 2 == 1)


def exact_shapley(game: Game, n_players: int, n_background: int, whole: float) -> Shapley:
    """Return the Shapley values over all coalitions.

    The worth of a coalition is its mean over all background rows (interventional; Janzing et al.,
    AISTATS 2020). Shapley, Contributions to the Theory of Games II, 1953, 307.

    Parameters
    ----------
    whole
        Worth of all players together, which needs no background.
    """
    subsets = coalitions(n_players)[:-1]
    rows = np.arange(n_background)
    each = game(np.repeat(subsets, n_background, axis=0), np.tile(rows, len(subsets)))
    worth = np.append(each.reshape(len(subsets), n_background).mean(axis=1), whole)
    return Shapley(float(worth[0]), shapley_of(worth), np.zeros(n_players))


def shapley_of(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Shapley values, shape (players,), from the worth in the order of `coalitions`."""
    n_players = len(worth).bit_length() - 1
    subsets = coalitions(n_players)
    size = subsets.sum(axis=1)
    share = np.array(
        [factorial(s) * factorial(n_players - s - 1) for s in range(n_players)]
    ) / factorial(n_players)
    number = np.arange(len(worth))
    values = np.zeros(n_players)
    for player in range(n_players):
        without = number[~subsets[:, player]]
        gain = worth[without + 2**player] - worth[without]
        values[player] = share[size[without]] @ gain
    return values


def sampled_shapley(game: Game, n_players: int, n_background: int, *, seed: int) -> Shapley:
    """Return Shapley values from sampled orders of the players, with their standard errors.

    Each background row is met by one order and by its reverse (antithetic pairs: Mitchell et al.,
    JMLR 2022;23(43)). Every order hands out the whole difference between the case and its
    background row, so the values add up exactly, however few the orders.

    Raises
    ------
    ValueError
        With fewer than two background rows there is no standard error.
    """
    if n_background < 2:
        raise ValueError("sampled Shapley values need at least two background rows")
    random = np.random.default_rng(seed)
    forward = np.stack([random.permutation(n_players) for _ in range(n_background)])
    orders = np.concatenate([forward, forward[:, ::-1]])
    place = np.argsort(orders, axis=1)
    steps = np.arange(n_players + 1)[:, np.newaxis]
    taken = (place[:, np.newaxis, :] < steps).reshape(-1, n_players)
    row = np.tile(np.arange(n_background), 2)
    worth = game(taken, np.repeat(row, n_players + 1)).reshape(len(orders), n_players + 1)
    gains = np.zeros((len(orders), n_players))
    np.put_along_axis(gains, orders, np.diff(worth, axis=1), axis=1)
    pairs = gains.reshape(2, n_background, n_players).mean(axis=0)
    errors = pairs.std(axis=0, ddof=1) / np.sqrt(n_background)
    return Shapley(float(worth[:, 0].mean()), pairs.mean(axis=0), errors)
