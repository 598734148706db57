"""Ridge logistic regression against scikit-learn, and leaving one out against refitting."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from tumorcast.fusion.ridge import PENALTIES, RidgeFit, fit_ridge_logistic


def _data(n: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(n, columns))
    label = (random.random(n) < expit(1.5 * matrix[:, 0] - 1)).astype(np.int64)
    weight = random.uniform(0.5, 2, n)
    return matrix, label, weight / weight.mean()


def alone(label: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return a patient for every row."""
    return np.arange(len(label)).astype(np.str_)


def _judge(penalty: float) -> LogisticRegression:
    return LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000)


@pytest.mark.parametrize(("n", "columns"), [(80, 3), (60, 36), (40, 100)])
def test_coefficients_are_those_of_scikit_learn_at_the_chosen_penalty(n: int, columns: int) -> None:
    matrix, label, weight = _data(n, columns, seed=columns)
    fit = fit_ridge_logistic(matrix, label, weight, alone(label))
    judge = _judge(fit.penalty).fit(matrix, label, sample_weight=weight)
    np.testing.assert_allclose(fit.coefficients[0], judge.intercept_[0], atol=1e-5)
    np.testing.assert_allclose(fit.coefficients[1:], judge.coef_[0], atol=1e-5)


def test_the_left_out_loss_is_that_of_leaving_out_and_refitting() -> None:
    matrix, label, weight = _data(50, 4, seed=0)
    fit = fit_ridge_logistic(matrix, label, weight, alone(label))
    refitted = 0.0
    for row in range(50):
        rest = np.arange(50) != row
        judge = _judge(fit.penalty).fit(matrix[rest], label[rest], sample_weight=weight[rest])
        log_probability = judge.predict_log_proba(matrix[[row]])[0, label[row]]
        refitted -= weight[row] * log_probability
    assert fit.left_out_loss == pytest.approx(refitted, rel=0.01)


def _left_out_by_a_newton_step(
    matrix: NDArray[np.float64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
    groups: NDArray[np.str_],
    fit: RidgeFit,
) -> float:
    """Solve the step without a patient's rows as it stands, once for every patient."""
    design = np.column_stack([np.ones(len(label)), matrix])
    ridge = np.diag([0.0, *[fit.penalty] * matrix.shape[1]])
    probability = expit(design @ fit.coefficients)
    loss = 0.0
    for patient in set(groups):
        kept, out = groups != patient, groups == patient
        curvature = weight[kept] * probability[kept] * (1 - probability[kept])
        hessian = design[kept].T @ (curvature[:, np.newaxis] * design[kept]) + ridge
        error = weight[kept] * (label[kept] - probability[kept])
        slope = design[kept].T @ error - ridge @ fit.coefficients
        linear = design[out] @ (fit.coefficients + np.linalg.solve(hessian, slope))
        loss += float(weight[out] @ (np.logaddexp(0, linear) - label[out] * linear))
    return loss


@pytest.mark.parametrize("patients", [50, 30, 7], ids=lambda number: f"{number} patients")
def test_the_left_out_loss_is_that_of_one_step_without_each_patient(patients: int) -> None:
    matrix, label, weight = _data(50, 4, seed=0)
    groups = (np.arange(50) ** 2 % 83 % patients).astype(np.str_) if patients < 50 else alone(label)
    fit = fit_ridge_logistic(matrix, label, weight, groups)
    judge = _left_out_by_a_newton_step(matrix, label, weight, groups, fit)
    assert fit.left_out_loss == pytest.approx(judge, rel=1e-7)


def test_with_one_row_a_patient_each_row_is_left_out_by_its_leverage() -> None:
    """Equation 10 of Rad and Maleki for single rows; names and order of patients are nothing."""
    matrix, label, weight = _data(60, 5, seed=3)
    fit = fit_ridge_logistic(matrix, label, weight, alone(label))
    design = np.column_stack([np.ones(60), matrix])
    linear = design @ fit.coefficients
    probability = expit(linear)
    curvature = weight * probability * (1 - probability)
    hessian = design.T @ (curvature[:, np.newaxis] * design)
    hessian += np.diag([0.0, *[fit.penalty] * 5])
    reach = np.einsum("ij,jk,ik->i", design, np.linalg.inv(hessian), design)
    linear -= weight * (label - probability) * reach / (1 - curvature * reach)
    judge = weight @ (np.logaddexp(0, linear) - label * linear)
    assert fit.left_out_loss == pytest.approx(judge, rel=1e-12)
    renamed = fit_ridge_logistic(matrix, label, weight, alone(label)[::-1])
    assert np.array_equal(renamed.coefficients, fit.coefficients)
    assert renamed.left_out_loss == fit.left_out_loss


def test_noise_takes_a_strong_penalty_and_a_signal_a_weak_one() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(size=(100, 30))
    label = (np.arange(100) % 3 == 0).astype(np.int64)
    assert fit_ridge_logistic(noise, label, np.ones(100), alone(label)).penalty >= 100
    matrix, label, weight = _data(500, 2, seed=1)
    assert fit_ridge_logistic(matrix, label, weight, alone(label)).penalty <= 10


def test_classes_that_a_column_separates_keep_finite_coefficients() -> None:
    label = np.repeat([0, 1], 30)
    column = np.where(label == 1, 1.0, -1.0)[:, np.newaxis]
    fit = fit_ridge_logistic(column, label, np.ones(60), alone(label))
    assert fit.penalty == PENALTIES[-1]
    assert 1 < fit.coefficients[1] < 10
    assert fit.coefficients[0] == pytest.approx(0, abs=1e-9)


def test_a_large_offset_of_prevalence_converges() -> None:
    matrix = np.r_[np.full(990, -0.1), np.full(10, 5.0)][:, np.newaxis]
    label = np.r_[np.zeros(990, dtype=np.int64), np.ones(10, dtype=np.int64)]
    fit = fit_ridge_logistic(matrix, label, np.ones(1000), alone(label))
    judge = _judge(fit.penalty).fit(matrix, label)
    np.testing.assert_allclose(fit.coefficients[1], judge.coef_[0, 0], rtol=1e-4)


def test_without_columns_the_intercept_is_the_weighted_prevalence() -> None:
    _, label, weight = _data(40, 1, seed=2)
    fit = fit_ridge_logistic(np.empty((40, 0)), label, weight, alone(label))
    assert expit(fit.coefficients[0]) == pytest.approx(np.average(label, weights=weight))
