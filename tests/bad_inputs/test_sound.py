"""What is not spoiled is silent: an alarm that always rings teaches to look away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.bad_inputs.conftest import CASES, Export


@pytest.mark.parametrize("kind", ["nifti", "ct", "pet"])
def test_a_sound_export_has_no_findings(make_export: Callable[[str], Export], kind: str) -> None:
    quality = make_export(kind).check()
    assert quality.findings == ()
    assert quality.usable == CASES
    assert quality.lines() == ["in 6 = ok 6 + repaired 0 + excluded 0 + failed 0"]
