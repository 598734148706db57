"""With ``unseen="missing"`` the patients of an unseen centre are judged by the other blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.fusion.conftest import MakeCohort

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import Combat, CropBlock, FeatureTable, Ledger, ModelInputs
from tumorcast.fusion import ClassModel, GridModel, LateFusion, SearchModel, TabularModel
from tumorcast.fusion.calibration import log_odds
from tumorcast.fusion.class_average import ClassAverage
from tumorcast.fusion.late import MemberModel
from tumorcast.fusion.network import NetworkModel
from tumorcast.fusion.train import TrainingSettings

HARMONISED = TabularModel(("ct",), select=None, harmonise=Combat(("ct",), "missing", 5, "measured"))
PLAIN = TabularModel(("pt",), select=None)
MEMBERS: dict[str, MemberModel] = {
    "table": HARMONISED,
    "search": SearchModel(HARMONISED, ({},)),
    "grid": GridModel({"one": HARMONISED}),
    "fusion": LateFusion({"ct": HARMONISED}),
}
RARE = 4


def at_centres(inputs: ModelInputs) -> ModelInputs:
    """Return inputs of centres A and B and of a rare one, with a column that never varies."""
    frame = inputs.table.frame.assign(**{"ct.tumor.flat": 1.0})
    rest = tuple("AB"[number % 2] for number in range(len(frame) - RARE))
    return replace(inputs, table=FeatureTable(frame, centres=("rare",) * RARE + rest))


def moved(inputs: ModelInputs, centre: str) -> ModelInputs:
    table = FeatureTable(inputs.table.frame, centres=(centre,) * len(inputs))
    return replace(inputs, table=table)


@pytest.mark.parametrize("member", list(MEMBERS))
def test_the_other_members_speak_for_an_unseen_centre(make_cohort: MakeCohort, member: str) -> None:
    inputs, outcome = make_cohort(90, columns=3, signal=2.0)
    inputs = at_centres(inputs)
    fusion = LateFusion({"ct": MEMBERS[member], "pt": PLAIN})
    fusion.fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    later = moved(inputs, "new")
    spoken = log_odds(fusion.members_["pt"].predict_probability(later))
    alone = fusion.calibration_.slope * spoken + fusion.calibration_.intercept
    np.testing.assert_allclose(fusion.predict_risk(later), alone)
    assert not np.allclose(fusion.predict_risk(moved(inputs, "A")), alone)
    restored = fusion.restore(fusion.state())
    assert np.array_equal(restored.predict_risk(later), fusion.predict_risk(later))


def test_a_rare_centre_is_calibrated_by_the_other_members(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(90, columns=3, signal=2.0)
    fusion = LateFusion({"ct": HARMONISED, "pt": PLAIN})
    fusion.fit(at_centres(inputs), outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    for case in inputs.case_ids[:RARE]:
        spoken = log_odds(np.array([fusion.members_["pt"].out_of_fold_[case]]))
        assert fusion.out_of_fold_[case] == pytest.approx(
            fusion.calibration_.probability(spoken)[0]
        )


def test_nobody_speaks_where_every_member_is_harmonised(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(90, columns=3, signal=2.0)
    fusion = LateFusion({"ct": HARMONISED})
    assert fusion.covers(moved(inputs, "new")).all()
    fusion.fit(at_centres(inputs), outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    later = moved(at_centres(inputs), "new")
    assert not fusion.covers(later).any()
    np.testing.assert_allclose(fusion.predict_probability(later), outcome.event.mean())


def test_classes_are_judged_by_the_other_members(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(48, columns=1)
    inputs = at_centres(inputs)
    classes = Outcome(outcome.case_ids, np.arange(48) % 3, levels=("a", "b", "c"))
    harmonised = ClassModel(("ct",), select=None, harmonise=HARMONISED.harmonise)
    average = ClassAverage({"ct": harmonised, "pt": ClassModel(("pt",), select=None)})
    average.fit(inputs, classes, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    later = moved(inputs, "new")
    expected: NDArray[np.float64] = average.members_["pt"].predict_class_probability(later)
    np.testing.assert_allclose(average.predict_class_probability(later), expected)


def test_a_network_looks_at_its_images_and_at_what_harmonisation_leaves(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(24, columns=1)
    inputs = at_centres(inputs)
    crops = np.random.default_rng(0).random((24, 2, 16, 16, 16)).astype(np.float16)
    present = np.arange(24) % 4 > 0
    inputs = replace(inputs, crops={"mr": CropBlock.of(crops, present)})
    training = TrainingSettings(max_epochs=1, patience=1)
    model = NetworkModel(
        ("mr",), "cnn3d", ("ct",), None, training=training, n_inner_folds=2,
        harmonise=Combat(("ct",), "missing", 3, "measured"),
    )  # fmt: skip
    later = moved(inputs, "new")
    assert model.covers(later).all()
    model.fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    assert model.covers(later).tolist() == present.tolist()
    assert model.covers(inputs)[RARE:].all()
