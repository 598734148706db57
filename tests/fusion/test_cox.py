from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi
from numpy.typing import NDArray

from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.fusion.cox import CoxLearner, _folds

Data = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]


def alone(n_rows: int) -> NDArray[np.str_]:
    """Return a patient for every row."""
    return np.arange(n_rows).astype(np.str_)


@pytest.fixture(scope="module")
def rossi() -> pd.DataFrame:
    """Return 432 released prisoners with 114 arrests in 52 weeks, columns scaled."""
    frame: pd.DataFrame = load_rossi()
    columns = frame.columns.drop(["week", "arrest"])
    frame[columns] = (frame[columns] - frame[columns].mean()) / frame[columns].std()
    return frame


def _data(frame: pd.DataFrame) -> Data:
    matrix = frame.drop(columns=["week", "arrest"]).to_numpy(dtype=np.float64)
    return matrix, frame["arrest"].to_numpy(), frame["week"].to_numpy(dtype=np.float64)


def test_the_coefficients_are_those_of_r() -> None:
    """The table of coxph(Surv(week, arrest) ~ .) in Fox and Weisberg, R Companion, 2011, 5."""
    fitted = CoxLearner(penalty=0.0).fit(*_data(load_rossi()), groups=alone(432), seed=0)
    printed = [-0.37942, -0.05744, 0.31390, -0.14980, -0.43370, -0.08487, 0.09150]
    assert fitted.coefficients_.tolist() == pytest.approx(printed, abs=6e-6)


@pytest.mark.parametrize(("penalty", "l1_ratio"), [(0.05, 0.0), (0.02, 0.5), (0.02, 1.0)])
def test_penalised_coefficients_are_those_of_lifelines(
    rossi: pd.DataFrame, penalty: float, l1_ratio: float
) -> None:
    judge = CoxPHFitter(penalizer=penalty, l1_ratio=l1_ratio).fit(rossi, "week", "arrest")
    fitted = CoxLearner(l1_ratio, penalty).fit(*_data(rossi), groups=alone(432), seed=0)
    # The judge smooths the absolute value, so its zeros are not quite zeros.
    np.testing.assert_allclose(fitted.coefficients_, judge.params_, atol=5e-5)


def test_the_incidence_is_one_minus_the_survival_of_lifelines(rossi: pd.DataFrame) -> None:
    judge = CoxPHFitter().fit(rossi, "week", "arrest")
    fitted = CoxLearner(penalty=0.0).fit(*_data(rossi), groups=alone(432), seed=0)
    weeks = np.array([5.0, 20.0, 52.0])
    survival = judge.predict_survival_function(rossi[:30], times=weeks).to_numpy().T
    incidence = fitted.predict_incidence(_data(rossi)[0][:30], weeks)
    np.testing.assert_allclose(incidence, 1 - survival, atol=1e-5)


def test_the_penalised_coefficients_meet_the_conditions_of_an_optimum(rossi: pd.DataFrame) -> None:
    matrix, event, time = _data(rossi)
    fitted = CoxLearner(l1_ratio=0.7, penalty=0.04).fit(
        matrix, event, time, groups=alone(len(event)), seed=0
    )
    coefficients = fitted.coefficients_
    likelihood = PartialLikelihood.of(event == 1, time)
    slope = matrix.T @ likelihood.gradient(fitted.predict_risk(matrix)) / len(matrix)
    slope -= 0.04 * 0.3 * coefficients
    out = coefficients == 0
    assert 0 < out.sum() < len(out)
    assert np.abs(slope[out]).max() <= 0.04 * 0.7
    np.testing.assert_allclose(slope[~out], 0.04 * 0.7 * np.sign(coefficients[~out]), atol=1e-5)


def test_folds_choose_the_penalty_that_a_signal_and_noise_need() -> None:
    random = np.random.default_rng(1)
    event = np.ones(200, dtype=np.int64)
    for _ in range(4):
        matrix = random.normal(size=(200, 10))
        noise = random.exponential(100, 200)
        signal = noise / np.exp(matrix[:, 0] + matrix[:, 1])
        found = CoxLearner().fit(matrix, event, signal, groups=alone(200), seed=0).coefficients_
        assert 0.5 < found[:2].min() < found[:2].max() < 1.3
        np.testing.assert_allclose(found[2:], 0, atol=4 / np.sqrt(200))
        nothing = CoxLearner().fit(matrix, event, noise, groups=alone(200), seed=0).coefficients_
        free = (
            CoxLearner(penalty=0.0)
            .fit(matrix, event, noise, groups=alone(200), seed=0)
            .coefficients_
        )
        assert np.abs(nothing).sum() < 0.5 * np.abs(free).sum()


def test_competing_events_count_as_censored() -> None:
    random = np.random.default_rng(2)
    matrix = random.normal(size=(80, 2))
    event, time = random.integers(0, 3, 80), random.exponential(10, 80)
    with_competing = CoxLearner(penalty=0.1).fit(
        matrix, event, time, groups=alone(len(event)), seed=0
    )
    censored = CoxLearner(penalty=0.1).fit(
        matrix, np.where(event == 2, 0, event), time, groups=alone(80), seed=0
    )
    assert np.array_equal(with_competing.coefficients_, censored.coefficients_)


def test_folds_deal_patients_round_and_part_none() -> None:
    patient = np.repeat(np.arange(30), 4)
    had_event = np.isin(patient, np.arange(0, 30, 3))
    fold = _folds(had_event, patient, seed=1)
    assert (fold.reshape(30, 4) == fold[::4, np.newaxis]).all()
    assert np.bincount(fold[::4]).tolist() == [6] * 5
    assert np.bincount(fold[had_event]).tolist() == [8] * 5
