import math

import numpy as np
import pytest

from tumorcast.metrics import percentile_interval
from tumorcast.validation.training_spread import spread_interval, training_spread


def equal_folds(n_folds: int, n_repeats: int) -> np.ndarray:
    return np.tile(np.arange(60) % n_folds, (n_repeats, 1))


@pytest.mark.parametrize(
    ("n_folds", "n_repeats", "variance"),
    [(5, 1, 1 + 5 / 4), (10, 1, 1 + 10 / 9), (5, 5, 1 / 5 + 5 / 4), (3, 2, 1 / 2 + 3 / 2)],
)
def test_equal_folds_have_the_variance_of_nadeau_and_bengio(
    n_folds: int, n_repeats: int, variance: float
) -> None:
    assert training_spread(equal_folds(n_folds, n_repeats)) == pytest.approx(math.sqrt(variance))


def test_folds_of_unequal_size_count_by_their_shares() -> None:
    centres = np.repeat([0, 1, 2], [30, 20, 10])[None]
    shares = [30 / 30, 20 / 40, 10 / 50]

    assert training_spread(centres) == pytest.approx(math.sqrt(1 + 3 * np.mean(shares)))


def test_one_model_that_learned_from_none_of_the_tested_is_not_widened() -> None:
    assert training_spread(np.zeros((1, 40), dtype=np.int64)) == 1
    assert training_spread(np.zeros((3, 40), dtype=np.int64)) == 1


def test_no_number_of_repeats_takes_the_training_sample_out() -> None:
    assert training_spread(equal_folds(5, 1000)) > math.sqrt(5 / 4)


def test_ends_move_away_from_the_median_and_stop_at_the_bounds() -> None:
    resampled = np.random.default_rng(3).normal(0.9, 0.04, 4000)
    plain, middle = percentile_interval(resampled), float(np.median(resampled))

    wide = spread_interval(resampled, 1.5)

    assert middle - wide.low == pytest.approx(1.5 * (middle - plain.low))
    assert wide.high == 1
    assert spread_interval(resampled, 1.0) == pytest.approx(plain)
    free = spread_interval(resampled, 1.5, (-math.inf, math.inf))
    assert free.high - middle == pytest.approx(1.5 * (plain.high - middle))


def test_undefined_resamples_are_left_out_and_too_many_give_no_interval() -> None:
    resampled = np.linspace(0, 1, 1001)
    resampled[:20] = np.nan

    kept = spread_interval(resampled, 1.2)

    assert kept == pytest.approx(spread_interval(resampled[20:], 1.2))
    assert all(math.isnan(end) for end in spread_interval(np.full(100, np.nan), 1.2))
