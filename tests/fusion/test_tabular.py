from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.features import FeatureTable, Ledger, ModelInputs, state_digest
from tumorcast.fusion import LEARNERS, TabularModel
from tumorcast.metrics import auroc

MakeCohort = Callable[..., tuple[ModelInputs, Outcome]]
BLOCKS = ("ct", "pt", "clinical")


def _fit(
    model: TabularModel,
    inputs: ModelInputs,
    outcome: Outcome,
    *,
    horizon_days: float = EVER_DAYS,
    seed: int = 0,
    ledger: Ledger | None = None,
) -> TabularModel:
    return model.clone().fit(
        inputs, outcome, horizon_days=horizon_days, seed=seed, ledger=ledger or Ledger()
    )


@pytest.fixture(params=["logistic", "forest", "svm"])
def model(request: pytest.FixtureRequest) -> TabularModel:
    """Give a model of each kind: linear, of trees, and a score that is recalibrated."""
    return TabularModel(BLOCKS, request.param, select=6, selector="mrmr")


@pytest.fixture
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let models calibrate on three inner folds, where every learner there is has to be fitted."""
    monkeypatch.setattr("tumorcast.fusion.tabular.INNER_FOLDS", (3, 2))


@pytest.mark.usefixtures("few_folds")
@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_a_planted_signal_is_found(learner: str, make_cohort: MakeCohort) -> None:
    model = TabularModel(BLOCKS, learner, select=6, selector="mrmr")
    inputs, outcome = make_cohort(300)
    new, new_outcome = make_cohort(500, seed=1)
    fitted = _fit(model, inputs, outcome)
    probability = fitted.predict_probability(new)
    assert auroc(new_outcome.event, probability) > 0.78
    assert probability.mean() == pytest.approx(outcome.event.mean(), abs=0.05)
    importance = fitted.importance()
    third = sorted(importance.values())[-3]
    best = {name for name, share in importance.items() if share >= third}
    uses_all_alike = learner == "knn"
    signal = {"ct.tumor.f0", "pt.tumor.f0", "clinical.age"}
    assert best == (set(importance) if uses_all_alike else signal)
    assert signal <= best
    assert sum(importance.values()) == pytest.approx(1)
    positive = probability > fitted.threshold
    sensitivity = positive[new_outcome.event == 1].mean()
    specificity = 1 - positive[new_outcome.event == 0].mean()
    assert sensitivity + specificity > 1.35


def test_noise_is_given_the_prevalence(model: TabularModel, make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(200, signal=0.0)
    fitted = _fit(TabularModel(("ct", "pt"), model.learner), inputs, outcome)
    new, _ = make_cohort(300, signal=0.0, seed=1)
    probability = fitted.predict_probability(new)
    share = outcome.event.mean()
    assert probability.mean() == pytest.approx(share, abs=0.04)
    assert np.abs(probability - share).max() < 0.25


def test_the_risk_is_the_log_odds_of_the_probability(
    model: TabularModel, make_cohort: MakeCohort
) -> None:
    fitted = _fit(model, *make_cohort())
    inputs, _ = make_cohort(seed=1)
    risk, probability = fitted.predict_risk(inputs), fitted.predict_probability(inputs)
    np.testing.assert_allclose(expit(risk), probability)


def test_the_order_of_the_rows_does_not_matter_to_the_last_bit(
    model: TabularModel, make_cohort: MakeCohort
) -> None:
    inputs, outcome = make_cohort(lacking=True)
    order = np.random.default_rng(0).permutation(len(inputs))
    one, other = _fit(model, inputs, outcome), _fit(model, inputs.rows(order), outcome.rows(order))
    assert state_digest(one.state()) == state_digest(other.state())
    assert one.out_of_fold_ == other.out_of_fold_


def test_a_prediction_does_not_depend_on_the_cases_beside_it(
    model: TabularModel, make_cohort: MakeCohort
) -> None:
    fitted = _fit(model, *make_cohort())
    inputs, _ = make_cohort(20, lacking=True, seed=1)
    together = fitted.predict_probability(inputs)
    alone = [fitted.predict_probability(inputs.rows(np.array([row])))[0] for row in range(20)]
    np.testing.assert_allclose(alone, together, rtol=1e-12)


def test_the_state_is_the_whole_model(model: TabularModel, make_cohort: MakeCohort) -> None:
    fitted = _fit(model, *make_cohort(lacking=True))
    inputs, _ = make_cohort(seed=1, lacking=True)
    restored = model.clone().restore(fitted.state())
    assert np.array_equal(restored.predict_probability(inputs), fitted.predict_probability(inputs))
    assert restored.threshold == fitted.threshold
    assert restored.importance() == fitted.importance()
    assert state_digest(restored.state()) == state_digest(fitted.state())
    assert not any(case in str(fitted.state()) for case in inputs.case_ids)


def test_a_clone_is_unfitted_and_has_the_settings(make_cohort: MakeCohort) -> None:
    model = TabularModel(BLOCKS, "forest", select=3, correlation=0.5)
    fitted = _fit(model, *make_cohort())
    assert fitted.clone() == model
    assert not hasattr(fitted.clone(), "learner_")


def test_every_step_writes_the_cases_that_it_saw(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(100)
    ledger = Ledger()
    _fit(TabularModel(BLOCKS), inputs, outcome, ledger=ledger)
    line = ["impute", "one_hot", "scale", "correlation", "select", "learn"]
    inner = [f"inner_{number}/{step}" for number in range(5) for step in line]
    names = [step.step for step in ledger.steps]
    assert names == ["censoring_weights", *line, *inner, "calibrate"]
    everyone = set(inputs.case_ids)
    held_out = []
    for step in ledger.steps:
        if step.step.startswith("inner"):
            assert set(step.case_ids) < everyone
            if step.step.endswith("learn"):
                held_out.append(everyone - set(step.case_ids))
        else:
            assert set(step.case_ids) == everyone
    assert sorted(case for fold in held_out for case in fold) == sorted(everyone)


def test_the_cases_of_a_patient_stay_on_one_side_inside(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(120)
    patients = tuple(f"patient {number // 2}" for number in range(120))
    ledger = Ledger()
    grouped = ModelInputs(inputs.table, patient_ids=patients)
    _fit(TabularModel(BLOCKS), grouped, outcome, ledger=ledger)
    patient_of = dict(zip(inputs.case_ids, patients, strict=True))
    steps = [step for step in ledger.steps if step.step.startswith("inner")]
    for step in steps:
        inside = {patient_of[case] for case in step.case_ids}
        outside = {patient_of[case] for case in set(inputs.case_ids) - set(step.case_ids)}
        assert not inside & outside
    assert steps


def test_out_of_fold_scores_are_of_models_that_never_saw_the_case(
    make_cohort: MakeCohort,
) -> None:
    """On noise with many columns the model's own rows look separable, out of fold they do not."""
    inputs, outcome = make_cohort(100, signal=0.0, columns=300)
    fitted = _fit(TabularModel(("ct", "pt"), "forest"), inputs, outcome)
    out_of_fold = np.array([fitted.out_of_fold_[case] for case in inputs.case_ids])
    assert auroc(outcome.event, fitted.predict_probability(inputs)) > 0.95
    assert auroc(outcome.event, out_of_fold) == pytest.approx(0.5, abs=0.2)


def test_a_case_without_a_whole_modality_trains_and_is_predicted(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(lacking=True)
    fitted = _fit(TabularModel(BLOCKS, select=None), inputs, outcome)
    indicators = [name for name in fitted.importance() if name.endswith(".missing")]
    assert indicators == ["pt.tumor.missing"]
    assert np.isfinite(fitted.predict_risk(inputs)).all()
    covers = TabularModel(("pt",)).covers(inputs)
    assert covers.tolist() == [number % 3 != 0 for number in range(150)]


def test_values_of_rows_of_unknown_state_move_no_coefficient(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(200, censored=True)
    assert outcome.time_days is not None
    weight = outcome.binary_at(500.0).weight
    assert 0 < (weight == 0).sum() < 150
    fitted = _fit(TabularModel(BLOCKS), inputs, outcome, horizon_days=500.0)
    unknown = {case for case, w in zip(inputs.case_ids, weight, strict=True) if w == 0}
    assert set(fitted.out_of_fold_) == set(inputs.case_ids) - unknown
    share = np.average(outcome.binary_at(500.0).label, weights=weight)
    assert fitted.predict_probability(inputs).mean() == pytest.approx(share, abs=0.06)


@pytest.mark.usefixtures("few_folds")
def test_classes_that_a_column_separates_are_no_trouble(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(60)
    giveaway = inputs.table.frame.assign(**{"ct.leak": outcome.event.astype(np.float64)})
    # Columns that all count alike (ICARE) cannot follow a single one.
    for learner in sorted(LEARNERS.keys() - {"icare"}):
        fitted = _fit(
            TabularModel(("ct",), learner, selector="mrmr"),
            ModelInputs(FeatureTable(giveaway)),
            outcome,
        )
        positive = (
            fitted.predict_probability(ModelInputs(FeatureTable(giveaway))) > fitted.threshold
        )
        assert (positive == (outcome.event == 1)).all()


def test_too_few_events_for_inner_folds_leave_the_probability_as_it_is(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(40)
    event = np.zeros(40, dtype=np.int64)
    event[[3, 20]] = 1
    ledger = Ledger()
    fitted = _fit(TabularModel(BLOCKS), inputs, Outcome(outcome.case_ids, event), ledger=ledger)
    assert [finding.code for finding in ledger.findings] == ["CAL-01"]
    assert (fitted.calibration_.slope, fitted.calibration_.intercept) == (1, 0)
    assert fitted.threshold == pytest.approx(2 / 40)
    assert fitted.out_of_fold_ == {}


def test_a_table_without_information_gives_the_prevalence(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(60)
    frame = pd.DataFrame({"ct.constant": np.ones(60), "ct.empty": np.nan}, inputs.case_ids)
    for learner in LEARNERS:
        constant = ModelInputs(FeatureTable(frame))
        fitted = _fit(TabularModel(("ct",), learner), constant, outcome)
        share = outcome.event.mean()
        assert fitted.predict_probability(constant) == pytest.approx([share] * 60, abs=0.03)
        assert fitted.importance() == {}


def test_training_rows_of_one_class_are_refused(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(30)
    nobody = Outcome(outcome.case_ids, np.zeros(30, dtype=np.int64))
    with pytest.raises(StudyRefusedError, match=r"END-08.*of 30 training cases.* 0 have the event"):
        _fit(TabularModel(BLOCKS), inputs, nobody)


def test_a_block_without_columns_is_refused(make_cohort: MakeCohort) -> None:
    with pytest.raises(StudyRefusedError, match=r"COL-03.*'mr.tumor'.*\['clinical', 'ct', 'pt'\]"):
        _fit(TabularModel(("ct", "mr.tumor")), *make_cohort(30))


def test_columns_missing_at_prediction_are_refused_by_name(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort()
    fitted = _fit(TabularModel(BLOCKS), inputs, outcome)
    fewer = inputs.table.frame.drop(columns=["clinical.age", "ct.tumor.f3"])
    with pytest.raises(BadInputError, match=r"COL-01.*clinical\.age, ct\.tumor\.f3"):
        fitted.predict_probability(ModelInputs(FeatureTable(fewer)))


def test_an_unknown_learner_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no learner 'tree', only \['adaboost', .*'svm'\]"):
        TabularModel(BLOCKS, "tree")


def test_cox_finds_a_signal_among_the_censored_and_comes_back_from_its_state(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(200, censored=True)
    model = TabularModel(BLOCKS, "cox", select=None)
    fitted = _fit(model, inputs, outcome, horizon_days=500.0)
    new, ever = make_cohort(500, seed=1)
    probability = fitted.predict_probability(new)
    assert auroc(ever.event, probability) > 0.78
    best = sorted(fitted.importance(), key=lambda name: -fitted.importance()[name])[:3]
    assert set(best) == {"ct.tumor.f0", "pt.tumor.f0", "clinical.age"}
    restored = model.clone().restore(fitted.state())
    assert np.array_equal(restored.predict_probability(new), probability)


def test_cox_calibrated_inside_never_learns_from_a_patient_whom_it_scores(
    make_cohort: MakeCohort,
) -> None:
    """A row without a known state counts for Cox, so it must leave with its patient."""
    inputs, outcome = make_cohort(160, censored=True)
    patients = tuple(f"patient {number // 2}" for number in range(160))
    ledger = Ledger()
    grouped = ModelInputs(inputs.table, patient_ids=patients)
    model = TabularModel(BLOCKS, "cox", select=None)
    fitted = _fit(model, grouped, outcome, horizon_days=500.0, ledger=ledger)
    patient_of = dict(zip(inputs.case_ids, patients, strict=True))
    learned = [set(s.case_ids) for s in ledger.steps if s.step.endswith("/learn")]
    assert learned
    for cases in learned:
        inside = {patient_of[case] for case in cases}
        scored = {patient_of[case] for case in set(fitted.out_of_fold_) - cases}
        assert not inside & scored
