from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import CropBlock, FeatureTable, Ledger, ModelInputs, State, state_digest
from tumorcast.fusion import LateFusion, TabularModel
from tumorcast.metrics import auroc

MakeCohort = Callable[..., tuple[ModelInputs, Outcome]]


@dataclass
class Brightness:
    """A model that takes the mean of the crops of one image for the log-odds."""

    image: str
    saw: list[str] = field(default_factory=list)

    def clone(self) -> Self:
        return type(self)(self.image)

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        self.saw = list(inputs.case_ids)
        ledger.record("learn", inputs.case_ids, {})
        probability = self.predict_probability(inputs).tolist()
        self.out_of_fold_ = dict(zip(inputs.case_ids, probability, strict=True))
        return self

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        return inputs.crops[self.image].present

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        block = inputs.crops[self.image]
        return expit(np.array([np.mean(block.array[row]) for row in block.row], dtype=np.float64))

    def importance(self) -> dict[str, float]:
        return {self.image: 3.0}

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> Self:
        return self.clone()


def _crops(n: int, seed: int = 0) -> tuple[ModelInputs, Outcome, NDArray[np.float64]]:
    """Return cases of which every third lacks the PET and every fifth the CT."""
    random = np.random.default_rng(seed)
    signal = random.normal(size=(2, n))
    present = np.array([np.arange(n) % 5 != 0, np.arange(n) % 3 != 0])
    crops = {
        image: CropBlock.of(
            np.broadcast_to(value[:, None, None, None, None], (n, 1, 2, 2, 2)).copy(), here
        )
        for image, value, here in zip(("ct", "pt"), signal, present, strict=True)
    }
    ids = [f"case {number:03d}" for number in range(n)]
    event = (random.random(n) < expit(signal.sum(axis=0))).astype(np.int64)
    table = FeatureTable(pd.DataFrame({"clinical.age": random.normal(size=n)}, ids))
    return ModelInputs(table, crops), Outcome(tuple(ids), event), signal


def _fit(fusion: LateFusion, inputs: ModelInputs, outcome: Outcome) -> LateFusion:
    return fusion.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())


def _fused_crops(inputs: ModelInputs, outcome: Outcome) -> LateFusion:
    return _fit(LateFusion({"ct": Brightness("ct"), "pt": Brightness("pt")}), inputs, outcome)


def test_log_odds_are_averaged_over_the_members_that_the_case_has() -> None:
    inputs, outcome, signal = _crops(90)
    fitted = _fused_crops(inputs, outcome)
    risk = fitted.predict_risk(inputs)
    slope, intercept = fitted.calibration_.slope, fitted.calibration_.intercept
    both, only_ct, only_pt, none = 1, 3, 5, 0
    for row, mean in (
        (both, signal[:, both].mean()),
        (only_ct, signal[0, only_ct]),
        (only_pt, signal[1, only_pt]),
    ):
        assert risk[row] == pytest.approx(slope * mean + intercept)
    assert risk[none] == pytest.approx(logit(outcome.event.mean()))
    np.testing.assert_allclose(fitted.predict_probability(inputs), expit(risk))


def test_what_stands_in_the_place_of_an_absent_block_cannot_matter() -> None:
    """Neither while learning nor while predicting, and not even when it is NaN."""
    inputs, outcome, _ = _crops(90)
    before = _fused_crops(inputs, outcome)
    for poison in (1e9, np.nan):
        poisoned = {}
        for image, block in inputs.crops.items():
            array = np.array(block.array)
            array[~block.present] = poison
            poisoned[image] = CropBlock.of(array, block.present)
        other = ModelInputs(inputs.table, poisoned)
        after = _fused_crops(other, outcome)
        assert state_digest(before.state()) == state_digest(after.state())
        assert np.array_equal(before.predict_risk(inputs), after.predict_risk(other))
        assert before.out_of_fold_ == after.out_of_fold_


def test_a_member_learns_from_the_cases_that_have_its_block() -> None:
    inputs, outcome, _ = _crops(30)
    ledger = Ledger()
    fusion = LateFusion({"ct": Brightness("ct"), "pt": Brightness("pt")})
    fusion.fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=ledger)
    saw = {step.step: set(step.case_ids) for step in ledger.steps}
    assert list(saw) == ["censoring_weights", "members/ct/learn", "members/pt/learn", "calibrate"]
    for image, step in (("ct", "members/ct/learn"), ("pt", "members/pt/learn")):
        present = inputs.crops[image].present
        expected = {case for case, here in zip(inputs.case_ids, present, strict=True) if here}
        assert saw[step] == expected
    assert saw["calibrate"] == set(inputs.case_ids)


def test_two_modalities_are_better_than_either(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(300, lacking=True)
    new, new_outcome = make_cohort(1000, seed=1)
    members = {name: TabularModel((name,)) for name in ("ct", "pt", "clinical")}
    fused = _fit(LateFusion(members), inputs, outcome)
    found = auroc(new_outcome.event, fused.predict_probability(new))
    for member in fused.members_.values():
        assert auroc(new_outcome.event, member.predict_probability(new)) < found - 0.03
    assert fused.predict_probability(new).mean() == pytest.approx(
        new_outcome.event.mean(), abs=0.05
    )
    positive = fused.predict_probability(new) > fused.threshold
    sensitivity = positive[new_outcome.event == 1].mean()
    specificity = 1 - positive[new_outcome.event == 0].mean()
    assert sensitivity + specificity > 1.35


def test_the_prediction_of_a_case_without_pet_does_not_know_the_pet_model(
    make_cohort: MakeCohort,
) -> None:
    """Shuffling the PET of the training cases changes nothing for cases that have none."""
    inputs, outcome = make_cohort(150, lacking=True)
    members = {name: TabularModel((name,)) for name in ("ct", "pt")}
    frame = inputs.table.frame.copy()
    pt = frame.columns[frame.columns.str.startswith("pt")]
    here = frame[pt].notna().all(axis=1)
    frame.loc[here, pt] = frame.loc[here, pt].to_numpy()[::-1]
    one = _fit(LateFusion(members), inputs, outcome)
    other = _fit(LateFusion(members), ModelInputs(FeatureTable(frame)), outcome)
    lacking = inputs.rows(np.flatnonzero(~here))
    first, second = (
        (fitted.predict_risk(lacking) - fitted.calibration_.intercept) / fitted.calibration_.slope
        for fitted in (one, other)
    )
    np.testing.assert_allclose(first, second, rtol=1e-9)
    with_pet = inputs.rows(np.flatnonzero(here))
    assert not np.allclose(one.predict_risk(with_pet), other.predict_risk(with_pet))


def test_equal_states_predict_equally_and_the_order_of_members_is_kept(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(lacking=True)
    fusion = LateFusion({"ct": TabularModel(("ct",)), "pt": TabularModel(("pt",), "forest")})
    one, other = _fit(fusion, inputs, outcome), _fit(fusion, inputs, outcome)
    assert state_digest(one.state()) == state_digest(other.state())
    assert np.array_equal(one.predict_risk(inputs), other.predict_risk(inputs))
    assert {key.split("/")[1] for key in one.state() if "/" in key} == {"ct", "pt"}


def test_the_state_is_the_whole_model(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(lacking=True)
    fusion = LateFusion({"ct": TabularModel(("ct",)), "pt": TabularModel(("pt",), "forest")})
    fitted = _fit(fusion, inputs, outcome)
    restored = fusion.restore(fitted.state())
    assert np.array_equal(restored.predict_risk(inputs), fitted.predict_risk(inputs))
    assert restored.threshold == fitted.threshold
    assert state_digest(restored.state()) == state_digest(fitted.state())


def test_stacking_gives_the_member_that_knows_nothing_little_weight() -> None:
    inputs, outcome, signal = _crops(3000)
    members = {"ct": Brightness("ct"), "pt": Brightness("pt")}
    noise = inputs.crops["pt"]
    shuffled = CropBlock.of(np.array(noise.array)[::-1].copy(), noise.present)
    inputs = ModelInputs(inputs.table, {**inputs.crops, "pt": shuffled})
    fitted = _fit(LateFusion(members, "stacked"), inputs, outcome)
    ct, pt = fitted.weights_.tolist()
    assert ct + pt == pytest.approx(1)
    assert 0 <= pt < 0.15
    slope, intercept = fitted.calibration_.slope, fitted.calibration_.intercept
    both, only_pt, none = 1, 5, 0
    risk = fitted.predict_risk(inputs)
    seen = ct * signal[0, both] + pt * float(shuffled.array[both].mean())
    assert risk[both] == pytest.approx(slope * seen + intercept)
    alone = float(shuffled.array[only_pt].mean())
    assert risk[only_pt] == pytest.approx(slope * alone + intercept)
    assert risk[none] == pytest.approx(logit(outcome.event.mean()))
    restored = LateFusion(members, "stacked").restore(fitted.state())
    assert np.array_equal(restored.predict_risk(inputs), risk)
    assert fitted.importance() == {"ct": pytest.approx(ct), "pt": pytest.approx(pt)}


def test_what_is_absent_cannot_matter_to_stacking() -> None:
    inputs, outcome, _ = _crops(90)
    poisoned = {}
    for image, block in inputs.crops.items():
        array = np.array(block.array)
        array[~block.present] = np.nan
        poisoned[image] = CropBlock.of(array, block.present)
    other = ModelInputs(inputs.table, poisoned)
    fusion = LateFusion({"ct": Brightness("ct"), "pt": Brightness("pt")}, "stacked")
    before, after = _fit(fusion, inputs, outcome), _fit(fusion, other, outcome)
    assert state_digest(before.state()) == state_digest(after.state())
    assert np.array_equal(before.predict_risk(inputs), after.predict_risk(other))


def test_importances_are_put_on_one_scale() -> None:
    inputs, outcome, _ = _crops(60)
    fusion = LateFusion({"ct": Brightness("ct"), "age": TabularModel(("clinical",))})
    importance = _fit(fusion, inputs, outcome).importance()
    assert importance == {"ct": 0.5, "clinical.age": 0.5}


def test_a_fusion_can_be_a_member_of_a_fusion() -> None:
    inputs, outcome, _ = _crops(90)
    images = LateFusion({"ct": Brightness("ct"), "pt": Brightness("pt")})
    inner = _fit(images, inputs, outcome)
    outer = _fit(LateFusion({"images": images}), inputs, outcome)
    covered = images.covers(inputs)
    assert covered.tolist() == [row % 15 != 0 for row in range(90)]
    ranks = [fitted.predict_risk(inputs)[covered].argsort() for fitted in (inner, outer)]
    assert np.array_equal(ranks[0], ranks[1])


def test_a_clone_is_unfitted(make_cohort: MakeCohort) -> None:
    fitted = _fit(LateFusion({"ct": TabularModel(("ct",))}), *make_cohort())
    assert fitted.clone().members == {"ct": TabularModel(("ct",))}
    assert not hasattr(fitted.clone(), "members_")


def test_a_member_whose_cases_are_of_one_class_is_refused(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(60)
    frame = inputs.table.frame.copy()
    frame.loc[outcome.event == 1, frame.columns[frame.columns.str.startswith("pt")]] = np.nan
    fusion = LateFusion({"ct": TabularModel(("ct",)), "pt": TabularModel(("pt",))})
    with pytest.raises(StudyRefusedError, match="END-08"):
        _fit(fusion, ModelInputs(FeatureTable(frame)), outcome)


def test_a_fusion_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one member"):
        LateFusion({})
