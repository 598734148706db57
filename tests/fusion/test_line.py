"""The line beside a head says what the columns alone tell, for every endpoint."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.encoders import Cnn3D
from tumorcast.features import CropBlock
from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.endpoint import Rows
from tumorcast.fusion.endpoints import ENDPOINTS
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import FUSION_HEADS
from tumorcast.fusion.line import PENALTIES, PENALTY_UNTRIED, learn_line

N, N_FIT = 240, 160
FIT, STOP = np.arange(N_FIT), np.arange(N_FIT, N)
HORIZON_DAYS = 700.0
SLOPE = np.array([1.2, -0.8, 0.0])


def columns_of(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(N, 3)).astype(np.float32)


def data_of(columns: NDArray[np.float32]) -> NetworkData:
    crops = np.zeros((N, 2, 8, 8, 8), dtype=np.float32)
    known = np.ones((N, 2), dtype=bool)
    return NetworkData({"ct": CropBlock.of(crops, np.ones(N, dtype=bool))}, columns, known)


def rows_of(columns: NDArray[np.float32], seed: int = 1) -> tuple[Rows, BinaryTarget]:
    """Return patients whose hazard of the event follows the columns, and that of death does not."""
    random = np.random.default_rng(seed)
    event_days = random.exponential(900 * np.exp(-columns @ SLOPE))
    death_days, last_days = random.exponential(3000, N), random.uniform(300, 2500, N)
    days = np.minimum(np.minimum(event_days, death_days), last_days)
    event = np.where(days == event_days, 1, np.where(days == death_days, 2, 0)).astype(np.int64)
    outcome = Outcome(tuple(f"{row:03d}" for row in range(N)), event, days)
    target = outcome.binary_at(HORIZON_DAYS)
    return Rows.of(outcome, target), target


def network_of(start: list[float], head: str = "concatenation") -> FusionNetwork:
    torch.manual_seed(0)
    return FusionNetwork(
        {"ct": Cnn3D((8, 8)).build(2, 8)},
        FUSION_HEADS[head],
        branches={"ct": ("ct",)},
        n_features=Cnn3D((8, 8)).n_features,
        columns=("clinical.a", "lab.b", "clinical.c"),
        start=start,
    )


def slope_of(network: FusionNetwork) -> NDArray[np.float64]:
    """Return the slopes of clinical.a, clinical.c and lab.b, shape (outputs, 3)."""
    assert network.head.slope is not None
    return network.head.slope.detach().double().numpy()


def test_it_is_the_ridge_regression_whose_penalty_does_best_on_the_held_out_rows() -> None:
    columns = columns_of()
    random = np.random.default_rng(3)
    label = (random.random(N) < expit(columns @ SLOPE)).astype(np.int64)
    label[FIT] = np.arange(N_FIT) % 2
    columns[FIT] += np.outer(label[FIT] - 0.5, SLOPE).astype(np.float32)
    target = BinaryTarget(label, np.ones(N))
    rows = Rows.of(Outcome(tuple(map(str, range(N))), label), target)
    endpoint = ENDPOINTS["binary"]().learn(rows.take(FIT), np.inf)
    assert endpoint.start() == pytest.approx([0.0]), "as many of one class as of the other"
    network = network_of(endpoint.start())
    learn_line(network, data_of(columns), endpoint, rows, FIT, STOP)
    ordered = columns[:, [0, 2, 1]].astype(np.float64)
    best = min(
        (
            LogisticRegression(C=1 / (penalty * N_FIT), fit_intercept=False, tol=1e-10).fit(
                ordered[FIT], label[FIT]
            )
            for penalty in PENALTIES
        ),
        key=lambda fitted: (
            -np.log(fitted.predict_proba(ordered[STOP])[np.arange(len(STOP)), label[STOP]]).mean()
        ),
    )
    np.testing.assert_allclose(slope_of(network), best.coef_, atol=1e-4)


@pytest.mark.parametrize("name", list(ENDPOINTS))
def test_it_is_learned_for_every_endpoint(name: str) -> None:
    columns = columns_of()
    rows, _ = rows_of(columns)
    endpoint = ENDPOINTS[name]().learn(rows.take(FIT), HORIZON_DAYS)
    network = network_of(endpoint.start())
    learn_line(network, data_of(columns), endpoint, rows, FIT, STOP)
    slope = slope_of(network)
    assert np.isfinite(slope).all()
    start = torch.tensor(endpoint.start())
    ordered = torch.from_numpy(columns[:, [0, 2, 1]])
    with torch.no_grad():
        said = start + ordered @ torch.from_numpy(slope.T).float()
        before = endpoint.loss(start.expand(N, -1)[STOP], rows.take(STOP))
        after = endpoint.loss(said[STOP], rows.take(STOP))
        assert after < before - 0.02
        risk = endpoint.finish(said, rows).incidence(said, HORIZON_DAYS)
    direction = np.polyfit(columns @ SLOPE, torch.logit(risk, 1e-6).numpy(), 1)[0]
    assert direction > 0.5


def test_what_does_not_hold_on_other_rows_is_left_out() -> None:
    columns = columns_of()
    label = (columns[:, 0] > 0).astype(np.int64)
    label[STOP] = 1 - label[STOP]
    target = BinaryTarget(label, np.ones(N))
    rows = Rows.of(Outcome(tuple(map(str, range(N))), label), target)
    endpoint = ENDPOINTS["binary"]().learn(rows.take(FIT), np.inf)
    network = network_of(endpoint.start())
    learn_line(network, data_of(columns), endpoint, rows, FIT, STOP)
    assert not slope_of(network).any()


def test_without_held_out_rows_the_penalty_is_fixed() -> None:
    columns = columns_of()
    rows, target = rows_of(columns)
    everyone = np.arange(N)
    endpoint = ENDPOINTS["binary"]().learn(rows, HORIZON_DAYS)
    network = network_of(endpoint.start())
    learn_line(network, data_of(columns), endpoint, rows, everyone, everyone)
    counted = np.flatnonzero(target.weight > 0)
    assert len(counted) < N, "rows of unknown state are there, and left out"
    slope = torch.tensor(slope_of(network).T, requires_grad=True)
    ordered = torch.from_numpy(columns[counted][:, [0, 2, 1]]).double()
    total = endpoint.loss(torch.tensor(endpoint.start()) + ordered @ slope, rows.take(counted))
    (gradient,) = torch.autograd.grad(total + PENALTY_UNTRIED / 2 * slope.square().sum(), slope)
    assert float(gradient.abs().max()) < 1e-4


def test_a_case_that_lacks_a_source_is_told_by_the_others() -> None:
    columns = columns_of()
    rows, _ = rows_of(columns)
    endpoint = ENDPOINTS["binary"]().learn(rows.take(FIT), HORIZON_DAYS)
    slopes = []
    for spoilt in (0.0, 1e6, np.nan):
        data = data_of(columns.copy())
        data.known[::3, 1] = False
        data.columns[::3, 1] = spoilt
        network = network_of(endpoint.start())
        learn_line(network, data, endpoint, rows, FIT, STOP)
        slopes.append(slope_of(network))
    assert slopes[0].all()
    assert np.array_equal(slopes[0], slopes[1])
    assert np.array_equal(slopes[0], slopes[2])
