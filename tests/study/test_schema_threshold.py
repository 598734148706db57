from __future__ import annotations

import pytest
from pydantic import ValidationError

from tumorcast.metrics import ThresholdRule
from tumorcast.study.schema import ValidationSpec
from tumorcast.study.schema_threshold import threshold_rule

DESIGN = {"folds": 5, "repeats": 1, "seed": 1}


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("youden", ThresholdRule("youden")),
        ({"sensitivity": 0.9}, ThresholdRule("sensitivity", 0.9)),
        ({"net_benefit": 0.1}, ThresholdRule("net_benefit", 0.1)),
    ],
)
def test_the_study_file_names_the_rule(written: object, rule: ThresholdRule) -> None:
    spec = ValidationSpec.model_validate({**DESIGN, "threshold": written})
    assert threshold_rule(spec.threshold) == rule


def test_it_is_youden_where_nothing_is_said() -> None:
    assert threshold_rule(ValidationSpec.model_validate(DESIGN).threshold) == ThresholdRule()


@pytest.mark.parametrize(
    "written",
    ["f1", {}, {"sensitivity": 0}, {"net_benefit": 1}, {"sensitivity": 0.9, "net_benefit": 0.1}],
)
def test_other_rules_are_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        ValidationSpec.model_validate({**DESIGN, "threshold": written})
