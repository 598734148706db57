"""The figures of ``metrics.json`` as values: estimates by arm and the tests between arms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tumorcast.report.words import horizon_words


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval and its spread over repeats; NaN if not known."""

    value: float
    ci_low: float = math.nan
    ci_high: float = math.nan
    sd_repeats: float = math.nan

    @classmethod
    def of(cls, entry: Mapping[str, float | None]) -> Estimate:
        """Read an entry of ``metrics.json``, where null means not known."""
        names = ("value", "ci_low", "ci_high", "sd_repeats")
        return cls(*(_number(entry.get(name)) for name in names))


@dataclass(frozen=True)
class Comparison:
    """A paired test between two arms on the same patients; `difference` is arm minus reference."""

    arm: str
    reference: str
    metric: str
    difference: float
    ci_low: float
    ci_high: float
    p_value: float
    p_holm: float
    test: str

    @property
    def is_higher(self) -> bool:
        """Whether the arm is better beyond chance, after Holm's correction."""
        return self.p_holm < 0.05 and self.difference > 0

    @property
    def is_lower(self) -> bool:
        """Whether the arm is worse beyond chance, after Holm's correction."""
        return self.p_holm < 0.05 and self.difference < 0


@dataclass(frozen=True)
class HorizonResults:
    """All figures at one horizon.

    Parameters
    ----------
    horizon_days
        Infinite for the whole follow-up.
    arms
        Estimates by arm and metric.
    comparisons
        Tests between arms; their family for Holm's correction is this horizon.
    threshold
        How the thresholds were chosen, as the end of a sentence.
    """

    horizon_days: float
    arms: Mapping[str, Mapping[str, Estimate]]
    comparisons: tuple[Comparison, ...]
    threshold: str = "chosen on the training rows"

    @property
    def words(self) -> str:
        """The horizon in words."""
        return horizon_words(self.horizon_days)

    @property
    def slug(self) -> str:
        """The horizon as part of an identifier."""
        return (
            "all" if math.isinf(self.horizon_days) else f"{self.horizon_days:g}".replace(".", "_")
        )

    def auroc(self, arm: str) -> Estimate:
        """Return the area under the ROC curve of an arm."""
        return self.arms[arm].get("auroc", Estimate(math.nan))

    def in_order(self, arms: Sequence[str]) -> list[Comparison]:
        """Return the tests in the order of their arms, then of their references."""
        return sorted(self.comparisons, key=lambda c: (arms.index(c.arm), arms.index(c.reference)))

    def comparison(self, arm: str, reference: str) -> Comparison | None:
        """Return the test of `arm` against `reference`, if it was made."""
        tests = (c for c in self.comparisons if (c.arm, c.reference) == (arm, reference))
        return next((test for test in tests if test.metric == "auroc"), None)


def read_results(metrics: Mapping[str, Any]) -> tuple[HorizonResults, ...]:
    """Return the figures of every horizon in ``metrics.json``, the primary one first."""
    primary = _horizon(metrics.get("horizon_days", "all"))
    by_horizon: dict[float, Mapping[str, Any]] = {primary: metrics}
    for key, entry in (metrics.get("horizons") or {}).items():
        by_horizon.setdefault(_horizon(key), entry)
    of_calls = (metrics.get("definitions") or {}).get("ppv") or {}
    threshold = of_calls.get("threshold") or HorizonResults.threshold
    return tuple(_results(days, entry, threshold) for days, entry in by_horizon.items())


def _results(horizon_days: float, entry: Mapping[str, Any], threshold: str) -> HorizonResults:
    arms = {
        arm: {
            metric: Estimate.of(figures)
            for metric, figures in by_metric.items()
            if isinstance(figures, Mapping)
        }
        for arm, by_metric in entry["arms"].items()
    }
    return HorizonResults(
        horizon_days, arms, _comparisons(entry.get("comparisons") or []), threshold
    )


def _comparisons(entries: Sequence[Mapping[str, Any]]) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(
            arm=entry["arm"],
            reference=entry["reference"],
            metric=entry.get("metric", "auroc"),
            difference=_number(entry.get("difference")),
            ci_low=_number(entry.get("ci_low")),
            ci_high=_number(entry.get("ci_high")),
            p_value=_number(entry.get("p_value")),
            p_holm=_number(entry.get("p_holm")),
            test=entry["test"],
        )
        for entry in entries
    )


def _horizon(text: str | float) -> float:
    return math.inf if text == "all" else float(text)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
