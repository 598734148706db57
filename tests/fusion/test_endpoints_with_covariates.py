"""Endpoints in intervals with a column and censoring, judged by statistics' own models.

A hazard of an interval is a logistic regression on the table with one row a case and interval
(Singer and Willett, J Educ Stat 1993;18:155), cause-specific hazards a multinomial one (Tutz and
Schmid, Modeling Discrete Time-to-Event Data, 2016, chapters 3 and 8).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from tumorcast.fusion.endpoint import Rows
from tumorcast.fusion.interval_endpoints import (
    CompetingRisksEndpoint,
    DiscreteTimeEndpoint,
    MtlrEndpoint,
)

Minimise = Callable[[Callable[[Tensor], Tensor], int], Tensor]

N = 240
TIMES = (1, 2, 3, 4)


def cohort(*, censored_inside: bool = False) -> tuple[Rows, NDArray[np.float64]]:
    """Return cases with two kinds of events in four intervals, and a column that moves both.

    The events are on the days 1 to 4. Censored cases end there too, which is the end of an
    interval, or inside.
    """
    random = np.random.default_rng(7)
    column = random.normal(size=N)
    event, days = np.zeros(N, dtype=np.int64), np.full(N, 4.0)
    for row in range(N):
        for day in TIMES:
            odds = np.exp([0.0, -1.7 + 0.9 * column[row], -1.9 - 0.6 * column[row] + 0.1 * day])
            kind = random.choice(4, p=[*(0.88 * odds / odds.sum()), 0.12])
            if kind == 0:
                continue
            event[row] = kind % 3
            inside = censored_inside and kind == 3
            days[row] = day - random.uniform() if inside else day
            break
    kinds, times = torch.from_numpy(event), torch.from_numpy(days)
    label = (kinds == 1).long()
    return Rows(label, torch.ones(N, dtype=torch.float64), kinds, times), column


def at_risk(
    rows: Rows, column: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return a row for every case and interval that it went through or had its event in.

    The columns are one a interval and the column; beside them the kind of event. Who is censored
    before the middle of an interval gives no row for it.
    """
    design, kind = [], []
    for value, event, days in zip(
        column, rows.event.tolist(), rows.time_days.tolist(), strict=True
    ):
        for number, end in enumerate(TIMES):
            had = event > 0 and end == days
            went_through = end < days or (event == 0 and days >= end - 0.5)
            if had or went_through:
                design.append([*(float(number == other) for other in range(4)), value])
                kind.append(event if had else 0)
    return np.array(design), np.array(kind)


def unpenalised(design: NDArray[np.float64], kind: NDArray[np.int64]) -> LogisticRegression:
    judge = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=5000)
    return judge.fit(design, kind)


@pytest.mark.parametrize("inside", [False, True], ids=["at the ends", "inside"])
def test_a_hazard_with_a_column_is_logistic_regression_on_rows_at_risk(
    inside: bool, minimised: Minimise
) -> None:
    rows, column = cohort(censored_inside=inside)
    x = torch.from_numpy(column)[:, None]
    endpoint = DiscreteTimeEndpoint(n_intervals=100).learn(rows, 3.0)
    assert endpoint.ends_.tolist() == list(TIMES)
    found = minimised(lambda w: endpoint.loss(w[:4] + w[4] * x, rows), 5)
    of_interest = rows._replace(event=(rows.event == 1).long())
    judge = unpenalised(*at_risk(of_interest, column))
    np.testing.assert_allclose(found.numpy(), judge.coef_[0], atol=1e-4)
    hazard = judge.predict_proba(np.column_stack([np.eye(4), np.full(4, 0.8)]))[:, 1]
    output = found[:4] + found[4] * torch.full((1, 1), 0.8, dtype=torch.float64)
    for number, day in enumerate(TIMES):
        incidence = float(endpoint.incidence(output, float(day))[0])
        expected = 1 - np.prod(1 - hazard[: number + 1])
        assert incidence == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("inside", [False, True], ids=["at the ends", "inside"])
def test_competing_hazards_with_a_column_are_multinomial_regression(
    inside: bool, minimised: Minimise
) -> None:
    rows, column = cohort(censored_inside=inside)
    x = torch.from_numpy(column)[:, None, None]
    endpoint = CompetingRisksEndpoint(n_intervals=100).learn(rows, 3.0)
    assert endpoint.ends_.tolist() == list(TIMES)

    def output(parameters: Tensor, at: Tensor) -> Tensor:
        """Return scores of a line with a start an interval and kind, and a slope a kind."""
        return (parameters[:8].reshape(4, 2) + parameters[8:] * at).flatten(1)

    found = minimised(lambda w: endpoint.loss(output(w, x), rows), 10)
    judge = unpenalised(*at_risk(rows, column))
    against_none = judge.coef_[1:] - judge.coef_[0]
    np.testing.assert_allclose(found[:8].reshape(4, 2).numpy(), against_none[:, :4].T, atol=1e-4)
    np.testing.assert_allclose(found[8:].numpy(), against_none[:, 4], atol=1e-4)
    hazard = judge.predict_proba(np.column_stack([np.eye(4), np.full(4, 0.8)]))
    said = output(found, torch.full((1, 1, 1), 0.8, dtype=torch.float64))
    free, expected = 1.0, 0.0
    for number, day in enumerate(TIMES):
        expected += free * hazard[number, 1]
        free *= hazard[number, 0]
        assert float(endpoint.incidence(said, float(day))[0]) == pytest.approx(expected, abs=1e-4)


def yu_log_likelihood(
    theta: NDArray[np.float64],
    start: NDArray[np.float64],
    rows: Rows,
    column: NDArray[np.float64],
) -> float:
    """Return the log likelihood of Yu et al. 2011, equations 3 to 5, over all sequences.

    A case is a sequence of zeros and ones, one a time: 1 from its event on. Sequence y has the
    score ``sum_i y_i (theta_i x + b_i)``. Who is censored has any sequence that is 0 at every
    time up to the censoring.
    """
    sequences = [y for y in itertools.product((0, 1), repeat=4) if list(y) == sorted(y)]
    total = 0.0
    for value, event, days in zip(
        column, rows.event.tolist(), rows.time_days.tolist(), strict=True
    ):
        weight = {y: np.exp(sum(y * (theta * value + start))) for y in sequences}
        if event == 1:
            seen = [tuple(int(time >= days) for time in TIMES)]
        else:
            seen = [y for y in sequences if not any(y[i] for i in range(4) if TIMES[i] <= days)]
        total += np.log(sum(weight[y] for y in seen)) - np.log(sum(weight.values()))
    return total


@pytest.mark.parametrize("inside", [False, True], ids=["at the ends", "inside"])
def test_mtlr_with_a_column_and_censoring_is_the_sum_over_sequences(inside: bool) -> None:
    rows, column = cohort(censored_inside=inside)
    rows, column = Rows(*(part[:60] for part in rows)), column[:60]
    endpoint = MtlrEndpoint(n_intervals=100).learn(rows, 3.0)
    assert endpoint.ends_.tolist() == list(TIMES)
    assert 10 < int((rows.event == 0).sum()) < 50
    random = np.random.default_rng(1)
    values = random.normal(size=8)
    parameters = torch.tensor(values, requires_grad=True)
    loss = endpoint.loss(parameters[:4] * torch.from_numpy(column)[:, None] + parameters[4:], rows)
    loss.backward()  # type: ignore[no-untyped-call]

    def judged(at: NDArray[np.float64]) -> float:
        return -yu_log_likelihood(at[:4], at[4:], rows, column) / 60

    assert loss.item() == pytest.approx(judged(values), abs=1e-12)
    assert parameters.grad is not None
    steps = 1e-5 * np.eye(8)
    slope = [(judged(values + step) - judged(values - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(parameters.grad.numpy(), slope, atol=1e-8)
