from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tumorcast.metrics import IntraclassCorrelation, intraclass_correlation
from tumorcast.metrics.icc import Design

REFERENCE: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "oracles" / "icc" / "reference.json").read_text()
)
DESIGNS: tuple[Design, Design] = ("ICC(1,1)", "ICC(3,1)")


def of_one(data: object, design: Design) -> tuple[float, float, float]:
    values = np.array(data, dtype=np.float64)[:, :, np.newaxis]
    found = intraclass_correlation(values, design)
    return float(found.value[0]), float(found.ci_low[0]), float(found.ci_high[0])


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("design", DESIGNS)
def test_another_implementation_finds_the_same(name: str, design: Design) -> None:
    value, low, high = of_one(REFERENCE[name]["data"], design)
    expected = REFERENCE[name][design]
    assert value == pytest.approx(expected[0], abs=1e-12)
    assert (low, high) == pytest.approx(tuple(expected[1:]), abs=0.005001)  # it gives two digits


def test_the_published_example() -> None:
    data = REFERENCE["shrout_fleiss_1979"]["data"]
    assert round(of_one(data, "ICC(1,1)")[0], 2) == 0.17
    assert round(of_one(data, "ICC(3,1)")[0], 2) == 0.71


def test_two_cases_by_hand() -> None:
    # means 2 and 6, between 2 * 8 / 1 = 16, within (2 + 2) / 2 = 2: (16 - 2) / (16 + 2)
    assert of_one([[1, 3], [5, 7]], "ICC(1,1)")[0] == pytest.approx(14 / 18)
    assert of_one([[1, 3], [5, 7]], "ICC(3,1)")[0] == 1.0  # the second is always 2 higher


def test_what_has_no_spread_has_no_agreement() -> None:
    values = np.ones((5, 3, 2))
    values[:, :, 1] = np.arange(5)[:, np.newaxis]
    found = intraclass_correlation(values, "ICC(1,1)")
    assert np.isnan(found.value[0])
    assert found.value[1] == found.ci_low[1] == found.ci_high[1] == 1.0


def test_a_case_with_a_gap_is_left_out_of_that_feature_alone() -> None:
    values = np.random.default_rng(0).normal(size=(9, 4, 2)) + np.arange(9)[:, None, None]
    holed = values.copy()
    holed[3, 2, 1] = np.nan
    found, whole = (intraclass_correlation(v, "ICC(3,1)") for v in (holed, values))
    rest = intraclass_correlation(np.delete(values, 3, axis=0), "ICC(3,1)")
    assert found.n_cases.tolist() == [9, 8]
    assert found.value[0] == whole.value[0]
    assert found.value[1] == pytest.approx(rest.value[1], rel=1e-13)
    alone = intraclass_correlation(values[:1], "ICC(1,1)")
    assert np.isnan(alone.value).all()


def test_one_repeat_is_refused() -> None:
    with pytest.raises(ValueError, match="two repeats or more, not 1"):
        intraclass_correlation(np.zeros((4, 1, 2)), "ICC(1,1)")


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(1e-6, 1e6),
    shift=st.floats(-1e3, 1e3),
    design=st.sampled_from(DESIGNS),
)
def test_the_scale_of_a_feature_does_not_matter(
    seed: int, scale: float, shift: float, design: Design
) -> None:
    values = np.random.default_rng(seed).normal(size=(7, 3, 4))
    first: IntraclassCorrelation = intraclass_correlation(values, design)
    second = intraclass_correlation(scale * (values + shift), design)
    np.testing.assert_allclose(second.value, first.value, atol=1e-9)
    assert np.all(first.value <= 1)
    assert np.all((first.ci_low <= first.value) & (first.value <= first.ci_high))
