"""What learners judge inside their rows, where a patient has several, is judged on patients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import FeatureTable, Ledger, ModelInputs
from tumorcast.features.cox_penalty import penalised_coefficients, smallest_emptying
from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.fusion import (
    CLASS_LEARNERS,
    LEARNERS,
    SURVIVAL_LEARNERS,
    ClassModel,
    TabularModel,
)
from tumorcast.fusion.cox import CoxLearner
from tumorcast.fusion.elastic_net import ElasticNetLearner
from tumorcast.fusion.logistic import LogisticLearner
from tumorcast.fusion.multinomial import MultinomialLearner
from tumorcast.fusion.neighbours import NeighboursLearner
from tumorcast.fusion.ridge import PENALTIES

_PATIENTS, _ROWS, _COLUMNS = 60, 4, 20


class Scans(NamedTuple):
    """Rows that are four scans of each patient: alike, and with one outcome."""

    matrix: NDArray[np.float64]
    label: NDArray[np.int64]
    kind: NDArray[np.int64]
    days: NDArray[np.float64]
    groups: NDArray[np.str_]

    @property
    def weight(self) -> NDArray[np.float64]:
        """All alike."""
        return np.ones(len(self.label))

    @property
    def alone(self) -> NDArray[np.str_]:
        """A patient for every row, which is what these rows are not."""
        return np.arange(len(self.label)).astype(np.str_)


@pytest.fixture(scope="module")
def scans() -> Scans:
    """Return rows of which one column tells who has an event, and when."""
    random = np.random.default_rng(0)
    own = random.normal(size=(_PATIENTS, _COLUMNS))
    matrix = np.repeat(own, _ROWS, axis=0)
    matrix += 0.3 * random.normal(size=matrix.shape)
    label = random.random(_PATIENTS) < expit(1.5 * own[:, 0])
    kind = (own[:, :3] * 1.2 + random.gumbel(size=(_PATIENTS, 3))).argmax(axis=1)
    days = random.exponential(300, _PATIENTS) / np.exp(own[:, 0])
    return Scans(
        matrix,
        np.repeat(label.astype(np.int64), _ROWS),
        np.repeat(kind, _ROWS),
        np.repeat(days, _ROWS) + random.uniform(1, 2, len(matrix)),
        np.repeat([f"patient {number}" for number in range(_PATIENTS)], _ROWS),
    )


def test_the_ridge_penalty_is_that_of_refits_without_each_patient(scans: Scans) -> None:
    some = np.arange(30 * _ROWS)
    matrix, label, weight = scans.matrix[some], scans.label[some], np.ones(len(some))
    loss = np.zeros(len(PENALTIES))
    for others, held_out in LeaveOneGroupOut().split(matrix, label, scans.groups[some]):
        for number, penalty in enumerate(PENALTIES):
            judge = LogisticRegression(C=1 / penalty, tol=1e-6).fit(matrix[others], label[others])
            said = judge.predict_log_proba(matrix[held_out])
            loss[number] -= said[np.arange(_ROWS), label[held_out]].sum()
    fitted = LogisticLearner().fit(matrix, label, weight, groups=scans.groups[some], seed=0)
    assert fitted.penalty_ == PENALTIES[int(loss.argmin())]
    parted = LogisticLearner().fit(matrix, label, weight, groups=scans.alone[some], seed=0)
    assert parted.penalty_ < fitted.penalty_ / 5


# Where folds are random, the judge's are others: the choice may lie one step of the path apart.


def test_the_elastic_nets_penalty_is_that_of_scikit_learns_grouped_folds(scans: Scans) -> None:
    costs = [10.0 ** (half / 2) for half in range(-6, 3)]
    loss = np.zeros(len(costs))
    for others, held_out in GroupKFold(3).split(scans.matrix, scans.label, scans.groups):
        for number, cost in enumerate(costs):
            judge = LogisticRegression(
                C=cost, l1_ratio=0.5, solver="saga", tol=1e-3, max_iter=500, random_state=0
            ).fit(scans.matrix[others], scans.label[others])
            linear = judge.decision_function(scans.matrix[held_out])
            loss[number] += (np.logaddexp(0, linear) - scans.label[held_out] * linear).sum()
    rows = scans.matrix, scans.label, scans.weight
    fitted, parted = ElasticNetLearner(), ElasticNetLearner()
    fitted.learn(*rows, groups=scans.groups, seed=0)
    parted.learn(*rows, groups=scans.alone, seed=0)
    assert abs(costs.index(fitted.cost_) - int(loss.argmin())) <= 1
    assert parted.cost_ > 5 * fitted.cost_


def test_the_multinomial_penalty_is_that_of_scikit_learns_grouped_folds(scans: Scans) -> None:
    costs = [10.0**decade for decade in range(-4, 1)]
    loss = np.zeros(len(costs))
    for others, held_out in GroupKFold(3).split(scans.matrix, scans.kind, scans.groups):
        for number, cost in enumerate(costs):
            judge = LogisticRegression(C=cost).fit(scans.matrix[others], scans.kind[others])
            said = judge.predict_log_proba(scans.matrix[held_out])
            loss[number] -= said[np.arange(len(held_out)), scans.kind[held_out]].sum()
    fitted, parted = (
        MultinomialLearner().fit(scans.matrix, scans.kind, 3, groups=groups, seed=0)
        for groups in (scans.groups, scans.alone)
    )
    assert fitted.cost_ == costs[int(loss.argmin())]
    assert parted.cost_ > 5 * fitted.cost_


def test_the_penalty_of_cox_is_that_of_scikit_learns_grouped_folds(scans: Scans) -> None:
    event = np.ones(len(scans.days), dtype=np.int64)
    centred = scans.matrix - scans.matrix.mean(axis=0)
    everyone = PartialLikelihood.of(event == 1, scans.days)
    penalties = smallest_emptying(centred, everyone, 0.5) * np.logspace(0, -3, 13)
    gain = np.zeros(len(penalties))
    for others, _ in GroupKFold(5).split(centred, event, scans.groups):
        part, start = PartialLikelihood.of(event[others] == 1, scans.days[others]), None
        for number, penalty in enumerate(penalties / 2):
            start = penalised_coefficients(
                centred[others], part, absolute=penalty, square=penalty, start=start
            )
            gain[number] += everyone.value(centred @ start) - part.value(centred[others] @ start)
    fitted, parted = (
        CoxLearner().fit(scans.matrix, event, scans.days, groups=groups, seed=0)
        for groups in (scans.groups, scans.alone)
    )
    chosen, apart = (penalties.tolist().index(one.penalty_) for one in (fitted, parted))
    assert abs(chosen - int(gain.argmax())) <= 1
    assert apart >= chosen + 3


def test_ten_copies_of_every_row_take_ten_times_the_penalty(scans: Scans) -> None:
    """A summed likelihood ten times as large, judged on the same patients."""
    first = np.arange(0, len(scans.label), _ROWS)
    matrix, label, kind = scans.matrix[first, :6], scans.label[first], scans.kind[first]
    groups, ten = scans.groups[first], np.repeat(np.arange(len(first)), 10)
    once = LogisticLearner().fit(matrix, label, np.ones(60), groups=groups, seed=0)
    copied = LogisticLearner().fit(
        matrix[ten], label[ten], np.ones(600), groups=groups[ten], seed=0
    )
    assert copied.penalty_ == pytest.approx(10 * once.penalty_)
    np.testing.assert_allclose(copied.coefficients_, once.coefficients_, atol=1e-8)
    several = MultinomialLearner().fit(matrix, kind, 3, groups=groups, seed=0)
    as_copied = MultinomialLearner().fit(matrix[ten], kind[ten], 3, groups=groups[ten], seed=0)
    assert as_copied.cost_ == pytest.approx(several.cost_ / 10)


def test_scores_are_calibrated_on_patients_that_were_not_learned_from(scans: Scans) -> None:
    met: list[int] = []

    class Witness(NeighboursLearner):
        def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
            met.append(len(np.intersect1d(matrix[:, 0], self.matrix_[:, 0])))
            return super().score(matrix)

    matrix = scans.matrix.copy()
    matrix[:, 0] = np.repeat(np.arange(_PATIENTS), _ROWS)
    weight = np.where(np.arange(len(matrix)) % 5 == 0, 0.0, 1.0)
    Witness().fit(matrix, scans.label, weight, groups=scans.groups, seed=0)
    assert met == [0] * 5


def test_a_single_patient_cannot_judge_a_penalty() -> None:
    matrix, label = np.random.default_rng(1).normal(size=(12, 2)), np.arange(12) % 2
    fitted = LogisticLearner().fit(
        matrix, label, np.ones(12), groups=np.array(["one"] * 12), seed=0
    )
    assert fitted.penalty_ == PENALTIES[0]


def test_folds_need_three_patients_of_each_class_whatever_else_they_have() -> None:
    random = np.random.default_rng(2)
    kind = np.array([0, 1, 2] * 3 + [0, 1] * 12)
    groups = np.repeat(np.arange(15).astype(np.str_), [3] * 3 + [2] * 12)
    matrix = random.normal(size=(len(kind), 3)) + 6 * np.eye(3)[kind]
    chosen = MultinomialLearner().fit(matrix, kind, 3, groups=groups, seed=0)
    assert chosen.cost_ == 1.0
    of_two = np.where(groups == "0", "1", groups)
    middle = MultinomialLearner().fit(matrix, kind, 3, groups=of_two, seed=0)
    assert middle.cost_ == 0.01


def test_models_tell_their_learners_the_patients(
    scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[NDArray[np.str_]] = []

    def listen(learner: type, **settings: float) -> Callable[[], Any]:
        def fit(self: Any, *rows: Any, groups: NDArray[np.str_], seed: int) -> Any:
            heard.append(groups)
            return learner.fit(self, *rows, groups=groups, seed=seed)  # type: ignore[attr-defined]

        return partial(type("Listening", (learner,), {"fit": fit}), **settings)

    monkeypatch.setitem(LEARNERS, "logistic", listen(LogisticLearner, penalty=1.0))
    monkeypatch.setitem(SURVIVAL_LEARNERS, "cox", listen(CoxLearner, penalty=0.1))
    monkeypatch.setitem(CLASS_LEARNERS, "logistic", listen(MultinomialLearner, penalty=1.0))
    case_ids = tuple(f"case {number:03d}" for number in range(len(scans.label)))
    index = pd.Index(case_ids, dtype=object)
    table = FeatureTable(pd.DataFrame(scans.matrix[:, :1], index, ["ct.tumor.f0"]))
    inputs = ModelInputs(table, patient_ids=tuple(scans.groups.tolist()))
    event = Outcome(case_ids, scans.label, scans.days)
    classes = Outcome(case_ids, scans.kind, None, ("a", "b", "c"))
    order = np.random.default_rng(0).permutation(len(case_ids))
    for model, outcome in (
        (TabularModel(("ct",), "logistic", select=None), event),
        (TabularModel(("ct",), "cox", select=None), event),
        (ClassModel(("ct",), "logistic", select=None), classes),
    ):
        heard.clear()
        model.fit(
            inputs.rows(order),
            outcome.rows(order),
            horizon_days=EVER_DAYS,
            seed=0,
            ledger=Ledger(),
        )
        assert heard[0].tolist() == scans.groups.tolist()
        assert [len(groups) % _ROWS for groups in heard] == [0] * 6
