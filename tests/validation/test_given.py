"""Splits that a study gives are taken as they are, and refused where they cannot be honest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.validation import GivenSplit, GivenSplits, Split, cross_validate, given_splits

IDS = [f"c{number}" for number in range(8)]
LABEL = np.array([1, 0, 1, 0, 1, 0, 1, 0])


def side(text: str) -> frozenset[str]:
    return frozenset(f"c{digit}" for digit in text)


def splits_of(
    *sides: tuple[str, str], patients: list[str] = IDS, label: NDArray[np.int64] = LABEL
) -> tuple[Split, ...]:
    design = GivenSplits(1, tuple(GivenSplit(side(train), side(test)) for train, test in sides))
    return given_splits([label], [np.ones(8, dtype=bool)], IDS, patients, design)


def test_given_splits_are_taken_as_they_are() -> None:
    first, second = splits_of(("0123", "45"), ("45", "012"))
    assert (first.train.tolist(), first.test.tolist()) == ([0, 1, 2, 3], [4, 5])
    assert (second.train.tolist(), second.test.tolist()) == ([4, 5], [0, 1, 2])
    assert (second.repeat, second.fold) == (0, 1)


def test_a_case_that_is_gone_leaves_its_side() -> None:
    (split,) = splits_of(("01289", "34"))
    assert split.train.tolist() == [0, 1, 2]


def test_a_patient_on_both_sides_is_refused() -> None:
    patients = ["p", *IDS[1:7], "p"]
    with pytest.raises(StudyRefusedError, match=r"VAL-10.*1 patients.*split 1 \(p\)"):
        splits_of(("0123", "4567"), patients=patients)
    with pytest.raises(StudyRefusedError, match=r"VAL-10.*split 2 \(c0\)"):
        splits_of(("0123", "4567"), ("01", "045"))


def test_a_side_without_cases_is_refused() -> None:
    with pytest.raises(StudyRefusedError, match=r"VAL-15.*the training side has no case"):
        splits_of(("9", "01"))
    with pytest.raises(StudyRefusedError, match=r"VAL-15.*the tested side of split 2 has no"):
        splits_of(("0123", "45"), ("45", "9"))


def test_a_side_of_one_class_is_refused_but_a_fold_of_one_class_is_not() -> None:
    with pytest.raises(StudyRefusedError, match=r"VAL-07.*training side have 2 cases with"):
        splits_of(("02", "45"))
    with pytest.raises(StudyRefusedError, match=r"VAL-07.*tested side have 0 cases with"):
        splits_of(("01", "35"))
    assert len(splits_of(("01", "35"), ("01", "24"))) == 2


def test_only_the_tested_cases_are_predicted() -> None:
    rng = np.random.default_rng(3)
    event = rng.permutation(np.repeat([0, 1], 20))
    ids = tuple(f"c{number:02d}" for number in range(40))
    frame = pd.DataFrame({"clinical.x": event + rng.normal(size=40)}, index=list(ids))
    split = GivenSplit(frozenset(ids[:20]), frozenset(ids[25:]))
    found = cross_validate(
        {"x": TabularModel(("clinical",), select=None)}, ModelInputs(FeatureTable(frame)),
        Outcome(ids, event), GivenSplits(1, (split,)), horizons_days=[EVER_DAYS],
    )  # fmt: skip
    assert sorted(found.predictions.of("x", EVER_DAYS)["case"]) == sorted(ids[25:])
    seen = {case for cases in found.ledger["cases"] for case in cases.split("\n")}
    assert seen == set(ids[:20])
