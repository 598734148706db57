"""Riley's minimum sample sizes, judged by the R package pmsampsize."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from tumorcast.metrics import cox_snell_of_c, sample_size_binary, sample_size_survival

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "sample_size"


def rows(name: str) -> list[dict[str, str]]:
    with (ORACLE / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


SIZES = rows("reference.csv")
BINARY = [row for row in SIZES if row["csrsquared"] and row["type"] == "b"]
OF_C = [row for row in SIZES if row["cstatistic"]]
SURVIVAL = [row for row in SIZES if row["type"] == "s"]


@pytest.mark.parametrize("row", BINARY, ids=lambda r: f"{r['parameters']}-{r['prevalence']}")
def test_sizes_for_a_binary_outcome_are_those_of_pmsampsize(row: dict[str, str]) -> None:
    found = sample_size_binary(
        int(row["parameters"]), float(row["prevalence"]), float(row["csrsquared"])
    )
    assert [found.shrinkage, found.optimism, found.overall_risk, found.n] == [
        int(row[name]) for name in ("shrinkage", "optimism", "overall_risk", "n")
    ]
    assert found.n_events == pytest.approx(found.n * float(row["prevalence"]))


@pytest.mark.parametrize("row", SURVIVAL, ids=lambda r: f"{r['parameters']}-{r['rate']}")
def test_sizes_for_survival_are_those_of_pmsampsize(row: dict[str, str]) -> None:
    """It reports the larger of the first two as the third, and no size for the overall risk."""
    found = sample_size_survival(
        int(row["parameters"]),
        float(row["csrsquared"]),
        rate=float(row["rate"]),
        timepoint=float(row["timepoint"]),
        mean_followup=float(row["meanfup"]),
    )
    assert [found.shrinkage, found.optimism, found.n] == [
        int(row[name]) for name in ("shrinkage", "optimism", "n")
    ]


def test_the_overall_risk_by_a_time_is_within_a_twentieth_at_the_size_for_it() -> None:
    found = sample_size_survival(1, 0.5, rate=0.25, timepoint=2.0, mean_followup=1.5, shrinkage=0.6)
    risk = 1 - math.exp(-0.25 * 2)

    def upper(n: int) -> float:
        return 1 - math.exp(-(0.25 + 1.96 * math.sqrt(0.25 / (n * 1.5))) * 2)

    assert upper(found.overall_risk) - risk <= 0.05 < upper(found.overall_risk - 1) - risk


@pytest.mark.parametrize("row", rows("r2_of_c.csv"), ids=lambda r: r["cstatistic"])
def test_the_r2_of_a_c_statistic_is_what_a_simulation_finds(row: dict[str, str]) -> None:
    found = cox_snell_of_c(float(row["cstatistic"]), float(row["prevalence"]))
    assert abs(found - float(row["r2"])) < 4 * float(row["standard_error"])


@pytest.mark.parametrize("row", OF_C, ids=lambda r: f"{r['cstatistic']}-{r['prevalence']}")
def test_sizes_of_a_c_statistic_are_those_of_pmsampsize_but_for_its_luck(
    row: dict[str, str],
) -> None:
    """One simulation of a million patients knows small R2 to about 2%."""
    r2 = cox_snell_of_c(float(row["cstatistic"]), float(row["prevalence"]))
    found = sample_size_binary(int(row["parameters"]), float(row["prevalence"]), r2)
    assert found.n == pytest.approx(int(row["n"]), rel=0.02)
    assert found.overall_risk == int(row["overall_risk"])


def test_a_nearly_certain_model_explains_nearly_all_that_there_is() -> None:
    largest = 1 - math.exp(2 * (0.3 * math.log(0.3) + 0.7 * math.log(0.7)))
    assert cox_snell_of_c(0.5001, 0.3) == pytest.approx(0, abs=1e-6)
    assert cox_snell_of_c(1 - 1e-9, 0.3) == pytest.approx(largest, abs=1e-4)


@pytest.mark.parametrize(
    ("parameters", "prevalence", "r2", "shrinkage", "said"),
    [
        (0, 0.3, 0.1, 0.9, "at least one candidate parameter"),
        (5, 1.0, 0.1, 0.9, "between 0 and 1"),
        (5, 0.3, 0.0, 0.9, "R2"),
        (5, 0.3, 0.8, 0.9, "R2"),
        (5, 0.3, 0.1, 1.0, "shrinkage"),
    ],
)
def test_sizes_that_cannot_be_are_refused(
    parameters: int, prevalence: float, r2: float, shrinkage: float, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        sample_size_binary(parameters, prevalence, r2, shrinkage=shrinkage)


def test_a_rate_of_nothing_and_a_c_of_chance_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        sample_size_survival(5, 0.1, rate=0.0, timepoint=2.0, mean_followup=2.0)
    with pytest.raises(ValueError, match="C statistic"):
        cox_snell_of_c(0.5, 0.3)
