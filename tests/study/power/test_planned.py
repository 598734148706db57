"""What cannot be planned is refused in the words of who plans."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.study.power import PlannedBlock, PlannedStudy, block_of, sizes_of

CLINICAL = PlannedBlock("clinical", 4, auroc=0.7)


def study(**changed: Any) -> PlannedStudy:
    chosen: dict[str, Any] = {"patients": (100,), "prevalence": 0.3, "blocks": (CLINICAL,)}
    return PlannedStudy(**{**chosen, **changed})


def test_a_block_is_read_from_text() -> None:
    text = "ct:columns=1562, informative=5, adds=0.05, correlation=0.5, family=20"
    assert block_of(text) == PlannedBlock(
        "ct", 1562, adds=0.05, informative=5, correlation=0.5, family=20
    )
    assert block_of("clinical:columns=6,auroc=0.7").n_informative == 6
    assert sizes_of("100, 200") == (100, 200)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clinical", "PWR-01.*no columns="),
        ("clinical:auroc=0.7", "PWR-01.*no columns="),
        ("clinical:columns=6,strength=0.7", "PWR-01.*'strength'"),
        ("clinical:columns=6,columns=7,auroc=0.7", "PWR-01.*'columns'"),
        ("clinical:columns=six,auroc=0.7", "PWR-01.*'six' for columns"),
        ("My block:columns=6,auroc=0.7", "PWR-01.*'My block'"),
        ("clinical:columns=6", "PWR-02.*neither"),
        ("clinical:columns=6,auroc=0.7,adds=0.1", "PWR-02.*both"),
        ("clinical:columns=6,auroc=0.4", "PWR-03.*auroc=0.4.*turn the score round"),
        ("clinical:columns=6,auroc=1", "PWR-03.*auroc=1"),
        ("clinical:columns=6,auroc=nan", "PWR-03.*auroc=nan"),
        ("clinical:columns=6,adds=-0.1", "PWR-03.*adds=-0.1"),
        ("clinical:columns=0,auroc=0.7", "PWR-04.*0 columns"),
        ("clinical:columns=6,auroc=0.7,informative=7", "PWR-04.*7 informative of 6 columns"),
        ("clinical:columns=6,auroc=0.7,correlation=1", "PWR-05.*correlation=1"),
        ("clinical:columns=6,auroc=0.7,family=0", "PWR-05.*families of 0"),
    ],
)
def test_a_block_that_makes_no_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(StudyRefusedError, match=said):
        block_of(text)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"blocks": ()}, "PWR-01.*no block"),
        ({"blocks": (CLINICAL, CLINICAL)}, "PWR-01.*clinical, clinical"),
        ({"blocks": (PlannedBlock("ct", 5, adds=0.1),)}, "PWR-02.*first block, 'ct'"),
        ({"prevalence": 0.0}, "PWR-06.*prevalence of 0"),
        ({"prevalence": 30.0}, "PWR-06.*prevalence of 30"),
        ({"prevalence": math.nan}, "PWR-06"),
        ({"patients": ()}, "PWR-07.*0 patients"),
        ({"patients": (100, 12)}, "PWR-07.*12 patients, 4 with the event: 4 cannot fill 5 folds"),
        ({"prevalence": 0.97}, "PWR-07.*97 with the event: 3 cannot fill"),
        ({"learner": "magic"}, "PWR-08.*'magic'.*logistic"),
        ({"learner": "cox"}, "PWR-08.*'cox' for an event without times"),
        ({"selector": "univariate_cox"}, "PWR-08.*'univariate_cox'"),
        ({"folds": 1}, "PWR-09.*folds 1"),
        ({"studies": 0}, "PWR-09.*studies 0"),
        ({"overlap": 1.0}, "PWR-09.*overlap 1"),
        ({"margin": -0.1}, "PWR-09.*margin -0.1"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyRefusedError, match=said):
        study(**changed)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(StudyRefusedError) as refusal:
        study(learner="magic", folds=1, prevalence=2.0)
    assert [finding.code for finding in refusal.value.findings] == ["PWR-06", "PWR-08", "PWR-09"]


def test_sizes_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(StudyRefusedError, match=r"PWR-07.*--patients many"):
        sizes_of("many")
