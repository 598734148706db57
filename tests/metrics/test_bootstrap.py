from __future__ import annotations

import numpy as np
import pytest

from tumorcast.metrics import (
    PatientBootstrap,
    auroc,
    aurocs,
    bootstrap_interval,
    bootstrap_p_value,
    delong_ci,
    percentile_interval,
)
from tumorcast.metrics.arrays import Floats


def mean(values: Floats, weights: Floats) -> Floats:
    average: Floats = (weights @ values) / weights.sum(axis=1)
    return average


def test_the_cases_of_a_patient_are_drawn_together() -> None:
    counts = PatientBootstrap.of(["a", "b", "a", "c"], n_resamples=50, seed=1).counts
    assert np.array_equal(counts[:, 0], counts[:, 2])
    assert np.all(counts[:, [0, 1, 3]].sum(axis=1) == 3)


def test_the_seed_makes_the_draw() -> None:
    patients = [f"p{i}" for i in range(20)]
    first, again = (PatientBootstrap.of(patients, seed=3).counts for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, PatientBootstrap.of(patients, seed=4).counts)


def test_a_resample_as_weights_is_the_resample_itself() -> None:
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 40), rng.integers(0, 9, 40)
    bootstrap = PatientBootstrap.of([str(i) for i in range(40)], n_resamples=30, seed=2)
    values = bootstrap.values(lambda weights: aurocs(label, score, weights))
    for counts, value in zip(bootstrap.counts, values, strict=True):
        drawn = np.repeat(np.arange(40), counts)
        assert auroc(label[drawn], score[drawn]) == pytest.approx(value, abs=1e-12)


def test_interval_of_a_mean_has_the_known_width() -> None:
    values = np.random.default_rng(0).normal(size=400)
    interval = bootstrap_interval(
        lambda weights: mean(values, weights), [str(i) for i in range(400)], n_resamples=4000
    )
    error = values.std() / np.sqrt(400)
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.1 * error)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.1 * error)


def test_interval_of_an_auroc_agrees_with_delong() -> None:
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, 400)
    score = rng.normal(size=400) + label
    interval = bootstrap_interval(
        lambda weights: aurocs(label, score, weights), [str(i) for i in range(400)]
    )
    assert tuple(interval) == pytest.approx(tuple(delong_ci(label, score)), abs=0.005)


def test_several_cases_a_patient_widen_the_interval() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=50), 4)
    patients = [str(i // 4) for i in range(200)]
    together = bootstrap_interval(lambda weights: mean(values, weights), patients)
    apart = bootstrap_interval(lambda weights: mean(values, weights), [str(i) for i in range(200)])
    ratio = (together.high - together.low) / (apart.high - apart.low)
    assert ratio == pytest.approx(2.0, rel=0.1)


def test_no_interval_where_the_metric_is_often_undefined() -> None:
    values = np.concatenate([np.arange(90.0), np.full(10, np.nan)])
    assert np.isnan(percentile_interval(values)).all()
    assert np.isnan(bootstrap_p_value(values))
    assert percentile_interval(np.array([*np.arange(99.0), np.nan])).low == pytest.approx(2.45)


def test_p_value_counts_resamples_on_either_side() -> None:
    # 1 of 99 at or below 0: twice (1 + 1) of 100.
    assert bootstrap_p_value(np.array([-1.0] + [1.0] * 98)) == pytest.approx(0.04)
    assert bootstrap_p_value(np.zeros(99)) == 1.0
