"""Designs by centre keep centres and patients apart and refuse sides of one class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.metrics import auroc
from tumorcast.validation import ByCentre, Split, centre_splits, cross_validate

CENTRES = ["a", "a", "a", "b", "b", "b", "c", "c", "c"]
LABEL = np.array([1, 0, 0, 1, 0, 0, 1, 1, 0])
PATIENTS = [f"p{number}" for number in range(9)]


def splits_of(
    design: ByCentre, label: NDArray[np.int64] = LABEL, **given: list[str]
) -> tuple[Split, ...]:
    known = np.ones(len(label), dtype=bool)
    patients = given.get("patients", PATIENTS)
    return centre_splits([label], [known], patients, given.get("centres", CENTRES), design)


def test_some_centres_are_learned_from_and_others_tested() -> None:
    (split,) = splits_of(ByCentre(1, train=("a",), test=("c",)))
    assert split.train.tolist() == [0, 1, 2]
    assert split.test.tolist() == [6, 7, 8]


def test_every_centre_is_left_out_once() -> None:
    splits = splits_of(ByCentre(1))
    assert [split.test.tolist() for split in splits] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    for split in splits:
        assert sorted({*split.train, *split.test}) == list(range(9))
        assert not {*split.train} & {*split.test}


def test_a_tested_patient_is_never_learned_from() -> None:
    patients = ["p6", *PATIENTS[1:]]
    label = np.array([1, 1, 0, 1, 0, 0, 1, 1, 0])
    (split,) = splits_of(ByCentre(1, train=("a",), test=("c",)), label, patients=patients)
    assert split.train.tolist() == [1, 2]


def test_a_centre_of_one_class_may_be_left_out_but_not_be_all_that_is_tested() -> None:
    label = np.array([1, 0, 0, 0, 0, 0, 1, 1, 0])
    assert len(splits_of(ByCentre(1), label)) == 3
    with pytest.raises(StudyRefusedError, match=r"VAL-07.*tested centres have 0 cases with"):
        splits_of(ByCentre(1, train=("a", "c"), test=("b",)), label)
    with pytest.raises(StudyRefusedError, match=r"VAL-07.*training centres b have 0 cases"):
        splits_of(ByCentre(1, train=("b",), test=("a", "c")), label)


def test_a_centre_without_cases_is_refused() -> None:
    with pytest.raises(StudyRefusedError, match=r"VAL-06.*no case of d; expected.*a, b, c"):
        splits_of(ByCentre(1, train=("a",), test=("d",)))
    with pytest.raises(StudyRefusedError, match=r"VAL-06.*one centre, a"):
        splits_of(ByCentre(1), centres=["a"] * 9)


def test_only_the_tested_centres_are_predicted() -> None:
    rng = np.random.default_rng(3)
    n = 60
    event = rng.permutation(np.repeat([0, 1], n // 2))
    ids = tuple(f"c{number:02d}" for number in range(n))
    frame = pd.DataFrame({"clinical.x": event + rng.normal(size=n)}, index=list(ids))
    centres = ["here" if number < 40 else "there" for number in range(n)]
    design = ByCentre(1, train=("here",), test=("there",))
    found = cross_validate(
        {"x": TabularModel(("clinical",), select=None)}, ModelInputs(FeatureTable(frame)),
        Outcome(ids, event), design, horizons_days=[EVER_DAYS], centres=centres,
    )  # fmt: skip
    rows = found.predictions.of("x", EVER_DAYS)
    assert set(rows["centre"]) == {"there"}
    assert sorted(rows["case"]) == sorted(ids[40:])
    # One column leaves a model no choice but the direction.
    column = frame["clinical.x"].to_numpy()[40:]
    assert auroc(rows["event"], rows["risk"]) == pytest.approx(auroc(event[40:], column))
