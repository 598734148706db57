"""Shapley values of games that are known by hand or by their axioms."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tumorcast.explain.shapley import Game, coalitions, exact_shapley, sampled_shapley, shapley_of


def test_the_glove_game_has_the_values_of_the_textbook() -> None:
    # One left glove (player 0) and two right ones: 2/3, 1/6, 1/6.
    worth = np.array([float(s[0] and (s[1] or s[2])) for s in coalitions(3)])
    np.testing.assert_allclose(shapley_of(worth), [2 / 3, 1 / 6, 1 / 6], atol=1e-15)


@given(st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_values_are_the_mean_gain_over_all_orders(n_players: int, seed: int) -> None:
    worth = np.random.default_rng(seed).normal(size=2**n_players)
    gains = np.zeros(n_players)
    orders = list(permutations(range(n_players)))
    for order in orders:
        have = 0
        for player in order:
            gains[player] += worth[have + 2**player] - worth[have]
            have += 2**player
    np.testing.assert_allclose(shapley_of(worth), gains / len(orders), atol=1e-12)


def linear_game(
    row: NDArray[np.float64], background: NDArray[np.float64], weights: NDArray[np.float64]
) -> Game:
    return lambda taken, other: np.where(taken, row, background[other]) @ weights


def test_a_linear_game_gives_weight_times_distance_from_the_mean() -> None:
    random = np.random.default_rng(0)
    row, weights, background = (
        random.normal(size=5),
        random.normal(size=5),
        random.normal(size=(9, 5)),
    )
    game = linear_game(row, background, weights)
    expected = weights * (row - background.mean(axis=0))
    exact = exact_shapley(game, 5, 9, float(row @ weights))
    np.testing.assert_allclose(exact.values, expected, atol=1e-12)
    assert abs(exact.base - np.mean(background @ weights)) < 1e-12
    sampled = sampled_shapley(game, 5, 9, seed=1)
    np.testing.assert_allclose(sampled.values, expected, atol=1e-12)


def test_sampled_values_add_up_and_lie_within_their_errors_of_the_exact_ones() -> None:
    random = np.random.default_rng(5)
    row, background = random.normal(size=6), random.normal(size=(40, 6))

    def game(taken: NDArray[np.bool_], other: NDArray[np.int64]) -> NDArray[np.float64]:
        mixed = np.where(taken, row, background[other])
        return np.asarray(
            mixed[:, 0] * mixed[:, 1] + np.tanh(mixed[:, 2] * mixed[:, 3]) + mixed[:, 4]
        )

    whole = float(game(np.ones((1, 6), dtype=bool), np.zeros(1, dtype=np.int64))[0])
    exact, sampled = exact_shapley(game, 6, 40, whole), sampled_shapley(game, 6, 40, seed=2)
    assert abs(sampled.base + sampled.values.sum() - whole) < 1e-12
    assert abs(exact.base + exact.values.sum() - whole) < 1e-12
    assert np.all(np.abs(sampled.values - exact.values) <= 4 * sampled.errors + 1e-12)
    assert sampled.values[5] == 0 == exact.values[5]
    np.testing.assert_array_equal(sampled_shapley(game, 6, 40, seed=2).values, sampled.values)
