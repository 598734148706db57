"""What can be searched reaches every learner, and draws stay where they are told to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tumorcast.fusion import CLASS_LEARNERS, LEARNERS, SEARCHABLE, SURVIVAL_LEARNERS
from tumorcast.fusion.class_learner import OneAgainstRest
from tumorcast.fusion.score_learner import ScoreLearner
from tumorcast.fusion.search_space import Range, Settings, described, draw_trials

DECLARED = [(name, key) for name, space in SEARCHABLE.items() for key in space]


def test_every_learner_says_what_can_be_searched() -> None:
    assert set(SEARCHABLE) == {*LEARNERS, *SURVIVAL_LEARNERS}


def said(name: str, given: Settings) -> NDArray[np.float64]:
    """What a learner says of its own rows."""
    random = np.random.default_rng(5)
    matrix = random.normal(size=(50, 6))
    signal = matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + random.normal(size=50)
    label, everybody = (signal > 0.3).astype(np.int64), np.ones(50)
    alone = np.arange(50).astype(np.str_)
    if name in SURVIVAL_LEARNERS:
        days = (np.argsort(np.argsort(-signal)) + 1).astype(np.float64)
        learner = SURVIVAL_LEARNERS[name](**given).fit(matrix, label, days, groups=alone, seed=1)
        return learner.predict_risk(matrix)
    fitted = LEARNERS[name](**given)
    if isinstance(fitted, ScoreLearner):
        fitted.fit_score(matrix, label, everybody, groups=alone, seed=1)
        return fitted.raw_score(matrix)
    return fitted.fit(matrix, label, everybody, groups=alone, seed=1).predict_probability(matrix)


@pytest.mark.parametrize(("name", "parameter"), DECLARED)
def test_a_declared_parameter_changes_what_is_learned(name: str, parameter: str) -> None:
    where = SEARCHABLE[name][parameter]
    assert where.admits(where.low)
    assert where.admits(where.high)
    low, high = (said(name, {parameter: where.value_at(share)}) for share in (0.0, 1.0))
    assert not np.allclose(low, high)


@pytest.mark.parametrize("name", LEARNERS)
def test_settings_reach_a_learner_of_classes_as_well(name: str) -> None:
    given = {key: where.value_at(1.0) for key, where in SEARCHABLE[name].items()}
    learner = CLASS_LEARNERS[name](**given)
    made = learner.make() if isinstance(learner, OneAgainstRest) else learner
    assert {key: getattr(made, key) for key in given} == given


def test_the_page_on_learners_names_every_range() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "learners.md"
    lines = {
        line.split("`")[1]: line.replace(" 000", "000")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and " to " in line
    }
    for name, space in SEARCHABLE.items():
        for key, where in space.items():
            assert f"`{key}` {where.low:g} to {where.high:g}" in lines[name]


RANGES = st.builds(
    lambda low, width, scale, whole: Range(
        int(low) if whole else low, int(low + width) + 1 if whole else low + width, scale, whole
    ),
    st.floats(1, 50),
    st.floats(0.1, 500),
    st.sampled_from(["linear", "log"]),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(RANGES, st.floats(0, 1))
def test_values_lie_between_the_ends(where: Range, share: float) -> None:
    value = where.value_at(share)
    rounding = 0 if where.whole else 0.005 * where.high
    assert where.low - rounding <= value <= where.high + rounding
    assert isinstance(value, int) == where.whole


def test_the_middle_of_a_scale_is_its_mean() -> None:
    assert Range(0.01, 100).value_at(0.5) == pytest.approx(1.0)
    assert Range(0, 2, "linear").value_at(0.5) == 1.0


def test_whole_numbers_are_drawn_as_often_at_the_ends_as_between() -> None:
    random = np.random.RandomState(0)
    drawn = [Range(1, 4, "linear", whole=True).rvs(random) for _ in range(4000)]
    assert np.bincount(np.array(drawn, dtype=int))[1:] == pytest.approx(np.full(4, 1000), rel=0.1)


def test_trials_begin_with_the_defaults_and_repeat_by_their_seed() -> None:
    trials = draw_trials(SEARCHABLE["svm"], 12, seed=4)
    assert trials[0] == {}
    assert len(trials) == 12
    assert trials == draw_trials(SEARCHABLE["svm"], 12, seed=4)
    assert trials != draw_trials(SEARCHABLE["svm"], 12, seed=5)


def test_a_choice_is_tried_once_each_however_many_trials_there_are() -> None:
    trials = draw_trials({"k": [5, 10, 20]}, 30, seed=0)
    assert sorted(trial["k"] for trial in trials[1:]) == [5, 10, 20]
    few = draw_trials({"k": Range(1, 3, whole=True, least=1)}, 30, seed=0)
    assert sorted(trial["k"] for trial in few[1:]) == [1, 2, 3]
    assert len(draw_trials({"k": [5, 10, 20]}, 2, seed=0)) == 2


def test_settings_are_told_in_words() -> None:
    assert described({"cost": 0.312, "keep": 12}) == "cost 0.312, keep 12"
    assert described({}) == "defaults"


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (Range(0.1, 10), 0.0),
        (Range(0.1, 10), float("nan")),
        (Range(0.1, 1, "linear", most=1), 1.5),
        (Range(3, 50, whole=True, least=1), 2.5),
        (Range(3, 50, whole=True, least=1), 0.0),
    ],
)
def test_what_a_parameter_cannot_be(where: Range, value: float) -> None:
    assert not where.admits(value)
