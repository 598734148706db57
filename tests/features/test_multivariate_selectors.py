"""What the selectors that look at several columns at once choose, against outside judges."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.linear_model import Lasso

from tumorcast.cohort import BinaryTarget
from tumorcast.features.boruta import BorutaSelector
from tumorcast.features.lasso import LassoSelector
from tumorcast.features.mrmr import MrmrSelector
from tumorcast.features.near_constant import NearConstantFilter


def planted(n: int, columns: int) -> tuple[NDArray[np.float64], BinaryTarget]:
    """Return columns of which the first three carry the label and the fourth repeats the first."""
    random = np.random.default_rng(5)
    label = (random.random(n) < 0.4).astype(np.int64)
    matrix = random.normal(size=(n, columns))
    matrix[:, :3] += 1.2 * (label[:, np.newaxis] - 0.4)
    matrix[:, 3] = matrix[:, 0] + 0.05 * random.normal(size=n)
    return matrix, BinaryTarget(label, np.ones(n))


def test_mrmr_takes_what_a_plain_loop_takes() -> None:
    matrix, target = planted(120, 25)
    relevance = [abs(spearmanr(column, target.label).statistic) for column in matrix.T]
    taken = [int(np.argmax(relevance))]
    while len(taken) < 8:
        worth = {}
        for column in set(range(25)) - set(taken):
            similar = [
                float(abs(spearmanr(matrix[:, column], matrix[:, t]).statistic)) for t in taken
            ]
            worth[column] = relevance[column] / (sum(similar) / len(similar))
        taken.append(max(worth, key=lambda column: worth[column]))
    assert MrmrSelector(8).choose(matrix, target, seed=0).tolist() == taken


def test_mrmr_leaves_a_repeated_column_for_later() -> None:
    chosen = MrmrSelector(3).choose(*planted(200, 25), seed=0)
    assert len({0, 3} & set(chosen.tolist())) == 1


@pytest.mark.parametrize("k", [1, 4, 10])
def test_the_lasso_keeps_what_coordinate_descent_keeps(k: int) -> None:
    matrix, target = planted(150, 30)
    chosen = LassoSelector(k).choose(matrix, target, seed=0)
    scaled = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    # The first penalty, from strong to weak, at which coordinate descent holds k columns.
    for alpha in np.geomspace(0.5, 1e-3, 1500):
        judge = Lasso(alpha=alpha, tol=1e-8, max_iter=100_000).fit(scaled, target.label)
        support = np.flatnonzero(judge.coef_)
        if len(support) >= k:
            break
    assert chosen.tolist() == support.tolist()


def test_a_weight_of_two_is_a_row_twice_in_the_lasso() -> None:
    matrix, target = planted(100, 30)
    weight = np.where(np.arange(100) < 30, 2.0, 1.0)
    twice = np.repeat(np.arange(100), weight.astype(int))
    doubled = BinaryTarget(target.label[twice], np.ones(len(twice)))
    weighted = LassoSelector(6).choose(matrix, BinaryTarget(target.label, weight), seed=0)
    assert np.array_equal(weighted, LassoSelector(6).choose(matrix[twice], doubled, seed=0))


def test_boruta_keeps_what_matters_and_little_else() -> None:
    matrix, target = planted(200, 40)
    chosen = set(BorutaSelector().choose(matrix, target, seed=1).tolist())
    assert {0, 1, 2, 3} <= chosen
    assert len(chosen) <= 6


def test_boruta_on_noise_keeps_hardly_anything() -> None:
    random = np.random.default_rng(0)
    target = BinaryTarget((random.random(150) < 0.4).astype(np.int64), np.ones(150))
    assert len(BorutaSelector().choose(random.normal(size=(150, 40)), target, seed=0)) <= 2


def test_columns_with_one_value_nearly_everywhere_go() -> None:
    matrix = np.zeros((100, 3))
    matrix[:4, 0] = 1
    matrix[:6, 1] = 1
    matrix[:, 2] = np.arange(100)
    assert NearConstantFilter().choose(matrix, None, seed=0).tolist() == [1, 2]
    assert NearConstantFilter().choose(matrix[:, :1], None, seed=0).tolist() == [0]
