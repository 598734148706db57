from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from tumorcast.report.calibration import calibration_plot
from tumorcast.report.forest import forest_plot
from tumorcast.report.results import Estimate, HorizonResults
from tumorcast.report.risk_groups import risk_group_plot
from tumorcast.report.roles import assign_roles
from tumorcast.validation import ArmScores

RESULTS = HorizonResults(
    365.0,
    {
        "a": {
            "auroc": Estimate(0.71, 0.61, 0.8, 0.02),
            "calibration_slope": Estimate(0.9, 0.7, 1.1),
        },
        "volume": {"auroc": Estimate(0.6, 0.5, 0.7, 0.01)},
    },
    (),
)  # fmt: skip


MakeScores = Callable[..., ArmScores]


def cohort(make_scores: MakeScores, competing: int = 0) -> ArmScores:
    rng = np.random.default_rng(0)
    probability = rng.uniform(size=120)
    event = (rng.uniform(size=120) < probability).astype(np.int64)
    event[:competing] = 2
    return make_scores(event, probability[None], rng.uniform(1, 2000, 120))


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_forest_writes_every_figure_and_both_kinds_of_spread() -> None:
    plot = forest_plot(RESULTS, assign_roles(RESULTS, {}))
    assert {"a", "volume", "0.71 (0.61 to 0.80)", "0.60 (0.50 to 0.70)"} <= set(texts(plot.svg))
    assert "standard deviation over repeats" in plot.caption
    assert "0.71 (0.61 to 0.80)" in plot.svg.split(">")[0]


def test_forest_says_nothing_of_repeats_when_there_was_one() -> None:
    once = {"a": {"auroc": Estimate(0.71, 0.61, 0.8)}}
    single = HorizonResults(math.inf, once, ())
    assert "repeats of the split" not in forest_plot(single, assign_roles(single, {})).caption


def test_numbers_at_risk_are_those_followed_to_each_tick(make_scores: MakeScores) -> None:
    arm = cohort(make_scores)
    plot = risk_group_plot(RESULTS, "a", arm)
    assert plot is not None
    high = arm.probability[0] >= 0.5
    found = texts(plot.svg)
    assert f"high risk, n = {high.sum()}" in found
    at_two_years = [int((arm.time_days[g] >= 2 * 365.25).sum()) for g in (high, ~high)]
    assert {str(n) for n in at_two_years} <= set(found)


def test_competing_events_turn_survival_into_incidence(make_scores: MakeScores) -> None:
    survival, incidence = (risk_group_plot(RESULTS, "a", cohort(make_scores, n)) for n in (0, 20))
    assert survival is not None
    assert incidence is not None
    assert "Kaplan-Meier" in survival.caption
    assert "Aalen-Johansen" in incidence.caption


def test_groups_need_times_and_two_sides_of_the_threshold(make_scores: MakeScores) -> None:
    arm = cohort(make_scores)
    untimed = make_scores(arm.event, arm.probability)
    assert risk_group_plot(RESULTS, "a", untimed) is None
    everybody = make_scores(arm.event, np.full((1, 120), 0.9), arm.time_days)
    assert risk_group_plot(RESULTS, "a", everybody) is None


def test_calibration_reports_slope_and_survives_a_constant_prediction(
    make_scores: MakeScores,
) -> None:
    assert (
        "slope 0.90 (0.70 to 1.10; ideal 1)"
        in calibration_plot(RESULTS, "a", cohort(make_scores)).caption
    )
    arm = cohort(make_scores)
    constant = make_scores(arm.event, np.full((1, 120), 0.3))
    assert "30%" in calibration_plot(RESULTS, "a", constant).svg.split(">")[0]


def test_the_calibration_line_lies_in_its_band(make_scores: MakeScores) -> None:
    line = calibration_plot(RESULTS, "a", cohort(make_scores)).data.query("part == 'line'")
    assert (line["ci_low"] <= line["observed"]).mean() > 0.95
    assert (line["observed"] <= line["ci_high"]).mean() > 0.95
