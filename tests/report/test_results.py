from __future__ import annotations

import math

from tumorcast.report.results import read_results

METRICS = {
    "horizon_days": "730",
    "arms": {
        "volume": {
            "auroc": {"value": 0.7, "ci_low": 0.6, "ci_high": 0.8, "sd_repeats": None},
            "n": 100,
            "n_events": 20,
        }
    },
    "comparisons": [
        {"arm": "a", "reference": "volume", "metric": "auroc", "difference": 0.1, "ci_low": 0.02,
         "ci_high": 0.2, "p_value": 0.01, "p_holm": 0.04, "test": "delong"},
        {"arm": "b", "reference": "volume", "metric": "auroc", "difference": -0.1, "ci_low": None,
         "ci_high": None, "p_value": 0.03, "p_holm": 0.06, "test": "delong"},
    ],
}  # fmt: skip


def test_primary_horizon_comes_first_and_is_not_doubled() -> None:
    horizons = read_results({**METRICS, "horizons": {"all": METRICS, "730": METRICS}})
    assert [h.horizon_days for h in horizons] == [730.0, math.inf]
    assert [h.slug for h in horizons] == ["730", "all"]


def test_null_is_not_known_and_counts_are_no_metrics() -> None:
    (results,) = read_results(METRICS)
    assert list(results.arms["volume"]) == ["auroc"]
    assert math.isnan(results.auroc("volume").sd_repeats)
    assert results.auroc("volume").ci_high == 0.8


def test_a_difference_is_clear_after_holm_only() -> None:
    (results,) = read_results(METRICS)
    clear, unclear = results.comparisons
    assert (clear.is_higher, clear.is_lower) == (True, False)
    assert (unclear.is_higher, unclear.is_lower) == (False, False)
    assert results.comparison("b", "volume") is unclear
    assert results.comparison("b", "clinical") is None
    assert results.in_order(["b", "volume", "a"]) == [unclear, clear]
