from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi
from torch import Tensor

from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.fusion.binary_endpoint import BinaryEndpoint
from tumorcast.fusion.cox_endpoint import CoxEndpoint
from tumorcast.fusion.endpoint import Endpoint, Rows
from tumorcast.fusion.endpoints import ENDPOINTS
from tumorcast.fusion.interval_endpoints import (
    CompetingRisksEndpoint,
    DiscreteTimeEndpoint,
    MtlrEndpoint,
)
from tumorcast.metrics import aalen_johansen, kaplan_meier

Minimise = Callable[[Callable[[Tensor], Tensor], int], Tensor]


def rows_of(event: list[int] | np.ndarray, time: list[float] | np.ndarray) -> Rows:
    kind = torch.as_tensor(np.asarray(event, dtype=np.int64))
    days = torch.as_tensor(np.asarray(time, dtype=np.float64))
    label = (kind == 1) & (days <= 10)
    return Rows(label.long(), torch.ones(len(kind), dtype=torch.float64), kind, days)


def random_rows(n: int = 60, n_days: int = 20, seed: int = 0) -> Rows:
    random = np.random.default_rng(seed)
    return rows_of(random.integers(0, 3, n), random.integers(1, n_days + 1, n))


def test_the_loss_of_cox_is_the_partial_likelihood_an_event() -> None:
    rows = random_rows()
    output = torch.randn(60, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    event = (rows.event == 1).numpy()
    judge = PartialLikelihood.of(event, rows.time_days.numpy())
    expected = -judge.value(output[:, 0].numpy()) / event.sum()
    assert float(CoxEndpoint().loss(output, rows)) == pytest.approx(expected)


def test_a_linear_network_of_one_column_is_coxs_regression(minimised: Minimise) -> None:
    rossi = load_rossi()[["week", "arrest", "prio"]]
    judge = CoxPHFitter().fit(rossi, "week", "arrest")
    rows = rows_of(rossi["arrest"].to_numpy(), rossi["week"].to_numpy())
    column = torch.from_numpy(rossi["prio"].to_numpy(dtype=np.float64))[:, None]
    weight = minimised(lambda w: CoxEndpoint().loss(column * w, rows), 1)
    assert float(weight) == pytest.approx(float(judge.params_["prio"]), abs=1e-4)
    finished = CoxEndpoint().finish(column * weight, rows)
    survival = judge.predict_survival_function(rossi[:20], times=[26.0]).to_numpy()[0]
    incidence = finished.incidence(column[:20] * weight, 26.0)
    np.testing.assert_allclose(incidence.numpy(), 1 - survival, atol=1e-4)


def test_discrete_time_without_columns_is_kaplan_meier(minimised: Minimise) -> None:
    rows = random_rows(n_days=8)
    of_interest = (rows.event == 1).long().numpy()
    endpoint = DiscreteTimeEndpoint(n_intervals=100).learn(rows, 5.0)
    output = minimised(lambda w: endpoint.loss(w.expand(60, -1), rows), endpoint.n_outputs).expand(
        60, -1
    )
    curve = kaplan_meier(of_interest, rows.time_days.numpy())
    for day, survival in zip(curve.time_days, curve.survival, strict=True):
        if day in endpoint.ends_ and survival > 0:
            found = float(endpoint.incidence(output, float(day))[0])
            assert found == pytest.approx(1 - survival, abs=1e-5)


def test_mtlr_without_columns_and_censoring_gives_the_shares(minimised: Minimise) -> None:
    time = np.random.default_rng(0).exponential(100, 80)
    rows = rows_of(np.ones(80), time)
    endpoint = MtlrEndpoint(n_intervals=5).learn(rows, 1e9)
    output = minimised(lambda w: endpoint.loss(w.expand(80, -1), rows), 5).expand(80, -1)
    for end in endpoint.ends_:
        assert float(endpoint.incidence(output, end)[0]) == pytest.approx(
            (time <= end).mean(), abs=1e-3
        )


def test_competing_risks_without_columns_are_aalen_johansens(minimised: Minimise) -> None:
    rows = random_rows(n_days=4)
    endpoint = CompetingRisksEndpoint(n_intervals=100).learn(rows, 3.0)
    output = minimised(lambda w: endpoint.loss(w.expand(60, -1), rows), endpoint.n_outputs).expand(
        60, -1
    )
    curve = aalen_johansen(rows.event.numpy(), rows.time_days.numpy())
    assert endpoint.n_causes_ == 2
    assert endpoint.ends_.tolist() == [1, 2, 3, 4]
    for day, incidence in zip(curve.time_days[1:], curve.incidence[1:], strict=True):
        assert float(endpoint.incidence(output, float(day))[0]) == pytest.approx(
            incidence, abs=1e-4
        )


def test_inside_an_interval_the_incidence_lies_between_its_ends() -> None:
    rows = rows_of([1, 1, 1, 1], [10.0, 20.0, 30.0, 40.0])
    endpoint = DiscreteTimeEndpoint(n_intervals=2).learn(rows, 30.0)
    assert endpoint.ends_.tolist() == [20, 30, 40]
    even = torch.zeros(1, 3)
    by_day = [float(endpoint.incidence(even, day)[0]) for day in (10.0, 20.0, 30.0, 99.0)]
    assert by_day == pytest.approx([1 - 0.5**0.5, 1 / 2, 3 / 4, 7 / 8])


def test_who_is_censored_after_the_middle_went_through_the_interval() -> None:
    rows = rows_of([1, 0, 0, 2], [100.0, 49.0, 50.0, 60.0])
    endpoint = DiscreteTimeEndpoint(n_intervals=1).learn(rows, 1e9)
    assert endpoint.survived(rows)[:, 0].tolist() == [False, False, True, False]
    assert endpoint.seen_event(rows)[:, 0].tolist() == [True, False, False, True]


def test_the_loss_of_the_state_at_the_horizon_by_hand() -> None:
    """P = 3/4 for an event of weight 3, P = 1/2 for none of weight 1; the mean weight is 2."""
    rows = Rows(
        torch.tensor([1, 0]), torch.tensor([3.0, 1.0]), torch.tensor([1, 0]), torch.full((2,), 9.0)
    )
    endpoint = BinaryEndpoint().learn(rows, 10.0)
    expected = (3 * np.log(4 / 3) + np.log(2)) / 4
    output = torch.log(torch.tensor([[3.0], [1.0]]))
    assert float(endpoint.loss(output, rows)) == pytest.approx(expected)
    assert endpoint.start() == pytest.approx([np.log(3)])
    unknown = rows._replace(weight=torch.tensor([3.0, 0.0]))
    assert endpoint.usable(unknown).tolist() == [True, False]


@pytest.mark.parametrize("name", ["discrete_time", "competing_risks"])
def test_a_network_begins_near_the_hazards_of_its_rows(name: str) -> None:
    rows = random_rows(n=4000, n_days=8)
    endpoint = ENDPOINTS[name]().learn(rows, 5.0)
    start = torch.tensor(endpoint.start()).expand(4000, -1)
    event = rows.event.numpy()
    kind = event if name == "competing_risks" else np.where(event == 2, 0, event)
    curve = aalen_johansen(kind, rows.time_days.numpy())
    expected = curve.incidence[np.searchsorted(curve.time_days, 5.0)]
    assert float(endpoint.incidence(start, 5.0)[0]) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    ("event", "time"),
    [([], []), ([1], [5.0]), ([0], [5.0]), ([0, 0, 2], [1.0, 30.0, 9.0]), ([1] * 4, [7.0] * 4)],
    ids=["no case", "one event", "one censored", "no event", "all tied"],
)
def test_odd_batches_give_a_finite_loss_and_gradient(
    name: str, event: list[int], time: list[float]
) -> None:
    endpoint = ENDPOINTS[name]().learn(random_rows(), 10.0)
    output = torch.randn(len(event), endpoint.n_outputs, requires_grad=True)
    loss = endpoint.loss(output, rows_of(event, time))
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert output.grad is not None
    assert torch.isfinite(output.grad).all()


def test_a_kind_of_event_that_was_not_learned_counts_as_censored() -> None:
    rows = random_rows()
    learned = rows._replace(event=torch.where(rows.event == 2, 0, rows.event))
    endpoint = CompetingRisksEndpoint().learn(learned, 10.0)
    output = torch.randn(60, endpoint.n_outputs, generator=torch.Generator().manual_seed(1))
    assert int(rows.event.max()) == 2
    assert torch.equal(endpoint.loss(output, rows), endpoint.loss(output, learned))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_incidence_rises_with_the_time_and_comes_back_from_the_state(name: str) -> None:
    rows = random_rows()
    endpoint: Endpoint = ENDPOINTS[name]().learn(rows, 10.0)
    output = torch.randn(60, endpoint.n_outputs, generator=torch.Generator().manual_seed(1))
    endpoint = endpoint.finish(output, rows)
    times = [0.5, 3.0, 9.5, 10.0, 17.0, 20.0, 1e6, np.inf]
    incidence = torch.stack([endpoint.incidence(output, time) for time in times])
    assert bool((incidence.diff(dim=0) >= 0).all())
    assert len(endpoint.start()) == endpoint.n_outputs
    assert 0 <= float(incidence.min()) <= float(incidence.max()) <= 1
    restored = ENDPOINTS[name]().restore(endpoint.state())
    assert torch.equal(restored.incidence(output, 9.5), endpoint.incidence(output, 9.5))


@pytest.mark.parametrize("name", ["discrete_time", "mtlr", "competing_risks"])
def test_rows_without_an_event_give_no_intervals(name: str) -> None:
    with pytest.raises(ValueError, match="needs rows with the event"):
        ENDPOINTS[name]().learn(rows_of([0, 2], [1.0, 2.0]), 1.0)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_what_was_learned_can_be_told_before_the_network_has_learned(name: str) -> None:
    first, again = (ENDPOINTS[name]().learn(random_rows(), 10.0).state() for _ in range(2))
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[part], again[part]) for part in first)
