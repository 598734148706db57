"""Parts of the study file that stand for something else."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tumorcast.imaging import Habitat, region_from_spec
from tumorcast.study.schema import RegionSpec


def test_a_habitat_of_the_study_file_is_the_region() -> None:
    spec = RegionSpec.model_validate({"habitat": [3, 3]})
    assert region_from_spec("habitat_3_of_3", spec.as_spec()) == Habitat(3, 3)


@pytest.mark.parametrize("value", [[0, 3], [1], [1, 2, 3], 3, ["low", 3]])
def test_a_habitat_needs_its_number_and_their_count(value: object) -> None:
    with pytest.raises(ValidationError):
        RegionSpec.model_validate({"habitat": value})
