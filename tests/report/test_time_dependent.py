from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tumorcast.report.results import Estimate, HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.time_dependent import by_day, drawn_days, time_dependent_plot
from tumorcast.validation import ArmScores

MakeScores = Callable[..., ArmScores]
ROLES = Roles("a", 1, (), ())
RESULTS = HorizonResults(math.inf, {"a": {"auroc": Estimate(0.7)}}, ())


def test_on_a_day_the_dead_are_compared_with_the_living(make_scores: MakeScores) -> None:
    event = np.array([1, 1, 1, 1, 0, 0])
    risk = np.array([[0.9, 0.2, 0.6, 0.5, 0.3, 0.1]])
    arm = make_scores(event, risk, np.array([10.0, 20, 30, 40, 100, 100]))
    # Day 20: events at risks 0.9 and 0.2 against 0.6, 0.5, 0.3, 0.1: 4 + 1 of 8 pairs.
    # Day 30: 0.9, 0.2, 0.6 against 0.5, 0.3, 0.1: 3 + 1 + 3 of 9 pairs.
    assert by_day(arm, np.array([20.0, 30.0])) == pytest.approx([5 / 8, 7 / 9])


def test_days_need_enough_events_and_enough_who_are_left(make_scores: MakeScores) -> None:
    days = np.arange(1.0, 41)
    arm = make_scores((days <= 30).astype(np.int64), np.linspace(0.9, 0.1, 40)[None], days)
    drawn = drawn_days(arm)
    assert (drawn[0], drawn[-1]) == (5, 30)
    late = make_scores(np.ones(40, np.int64), np.linspace(0.9, 0.1, 40)[None], days)
    assert drawn_days(late)[-1] == 35


def test_without_times_or_with_few_events_nothing_is_drawn(make_scores: MakeScores) -> None:
    event = np.array([1] * 10 + [0] * 10)
    risk = np.linspace(0.9, 0.1, 20)[None]
    assert time_dependent_plot(RESULTS, ROLES, {"a": make_scores(event, risk)}) is None
    few = np.array([1] * 4 + [0] * 16)
    timed = make_scores(few, risk, np.arange(1.0, 21))
    assert time_dependent_plot(RESULTS, ROLES, {"a": timed}) is None


def test_the_band_lies_around_the_curve(make_scores: MakeScores) -> None:
    rng = np.random.default_rng(0)
    risk = rng.uniform(size=(2, 80))
    days = rng.exponential(1000 * (1.2 - risk[0])) + 1
    plot = time_dependent_plot(
        RESULTS, ROLES, {"a": make_scores(np.ones(80, np.int64), risk, days)}
    )
    assert plot is not None
    assert (plot.data["ci_low"] <= plot.data["auroc"]).all()
    assert (plot.data["auroc"] <= plot.data["ci_high"]).all()
