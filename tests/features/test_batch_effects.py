"""Estimates of a batch at their limits; their values are judged with ComBat as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.features.batch_effects import batch_effects


def test_a_column_without_values_gets_what_the_batch_does_to_the_others() -> None:
    random = np.random.default_rng(0)
    rows = 2 + random.normal(0, 0.1, (200, 30)) * random.uniform(9.9, 10.1, 30)
    rows[:, 0] = np.nan
    found = batch_effects(rows)
    assert found.shift[0] == pytest.approx(found.shift[1:].mean(), abs=0.05)
    assert found.spread[0] == pytest.approx(found.spread[1:].mean(), abs=0.05)


def test_many_rows_speak_for_themselves_and_few_are_drawn_to_the_others() -> None:
    random = np.random.default_rng(1)
    shift, factor = random.normal(size=40), random.uniform(0.5, 2, 40)
    many = batch_effects(shift + factor * random.normal(size=(20000, 40)))
    np.testing.assert_allclose(many.shift, shift, atol=0.06)
    np.testing.assert_allclose(many.spread, factor**2, rtol=0.05)
    rows = random.normal(size=(4, 40))
    few = batch_effects(rows)
    assert few.shift.std() < 0.5 * rows.mean(axis=0).std()
    assert few.spread.std() < 0.5 * rows.var(axis=0, ddof=1).std()


def test_a_single_column_keeps_its_own_mean_and_variance() -> None:
    rows = np.array([[1.0], [2.0], [6.0]])
    found = batch_effects(rows)
    assert found.shift.tolist() == [3.0]
    assert found.spread.tolist() == [7.0]


@pytest.mark.parametrize(
    "rows",
    [
        np.ones((5, 3)),
        np.full((5, 3), np.nan),
        np.tile(np.arange(5.0)[:, np.newaxis], 3),
        np.arange(3.0)[np.newaxis],
    ],
)
def test_batches_in_which_nothing_differs_give_finite_effects(rows: np.ndarray) -> None:
    found = batch_effects(rows)
    assert np.isfinite(found.shift).all()
    assert (found.spread > 0).all()
