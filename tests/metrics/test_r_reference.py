"""The metrics against what R computes from the same cases."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumorcast.cohort import Outcome
from tumorcast.metrics import (
    RATES,
    YOUDEN,
    CensoringDistribution,
    SmoothCalibration,
    aalen_johansen,
    auroc,
    brier,
    c_index,
    calibration_error,
    calibration_intercept,
    calibration_slope,
    corrected_resampled_t,
    delong_ci,
    delong_covariance,
    delong_test,
    holm,
    incidence_calibration,
    integrated_brier,
    kaplan_meier,
    net_benefits,
    observed_expected_ratio,
    rate_at,
    scaled_brier,
    uno_c_index,
)

STORED = Path(__file__).resolve().parents[1] / "oracles" / "r_metrics"
R: dict[str, Any] = json.loads((STORED / "reference.json").read_text())
DIGITS = 1e-12
"""R writes fifteen digits."""


class Cases:
    """One cohort of cases.csv; every column as an array."""

    def __init__(self, name: str) -> None:
        with (STORED / "cases.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["cohort"] == name]
        self.event = np.array([int(row["event"]) for row in rows])
        self.time_days, self.risk, self.reference, self.probability, self.other = (
            np.array([float(row[column]) for row in rows])
            for column in ("time_days", "risk", "reference", "probability", "other")
        )
        self.label = (self.event == 1).astype(np.int64)
        ids = tuple(str(number) for number in range(len(rows)))
        self.outcome = Outcome(ids, self.event, self.time_days)


BINARY = [("survival", R["binary"]["survival"]), ("tied", R["binary"]["tied"])]
TIMES = [(name, R["times"][name]) for name in ("survival", "tied", "competing")]


@pytest.mark.parametrize(("name", "judged"), BINARY)
def test_delong_equals_proc(name: str, judged: dict[str, float]) -> None:
    cases = Cases(name)
    areas, covariance = delong_covariance(cases.label, np.stack([cases.risk, cases.reference]))
    assert areas == pytest.approx([judged["auroc"], judged["auroc_reference"]], abs=DIGITS)
    assert covariance[0] == pytest.approx(
        [judged["auroc_variance"], judged["covariance"]], abs=DIGITS
    )
    interval = delong_ci(cases.label, cases.risk)
    assert interval == pytest.approx((judged["delong_low"], judged["delong_high"]), abs=DIGITS)
    test = delong_test(cases.label, cases.risk, cases.reference)
    assert (test.difference, test.ci_low, test.ci_high, test.p_value) == pytest.approx(
        [judged[key] for key in ("delong_difference", "difference_low", "difference_high")]
        + [judged["delong_p"]],
        abs=1e-11,
    )


@pytest.mark.parametrize(("name", "judged"), BINARY)
@pytest.mark.parametrize("rate", RATES)
def test_rates_at_a_threshold(name: str, judged: dict[str, float], rate: str) -> None:
    cases = Cases(name)
    found = rate_at(rate, cases.label, cases.probability, judged["threshold"])
    assert found == pytest.approx(judged[rate], abs=DIGITS)


@pytest.mark.parametrize(("name", "judged"), BINARY)
def test_probabilities_of_a_binary_outcome(name: str, judged: dict[str, float]) -> None:
    cases = Cases(name)
    given = cases.label, cases.probability
    assert brier(*given) == pytest.approx(judged["brier"], abs=DIGITS)
    assert brier(*given) == pytest.approx(judged["val_prob_brier"], abs=DIGITS)
    assert scaled_brier(*given) == pytest.approx(judged["scaled_brier"], abs=DIGITS)
    assert auroc(*given) == pytest.approx(judged["val_prob_c"], abs=DIGITS)
    # The Newton steps of both stop at about the square root of the machine's precision.
    assert calibration_intercept(*given) == pytest.approx(
        judged["calibration_intercept"], abs=1e-10
    )
    assert calibration_slope(*given) == pytest.approx(judged["calibration_slope"], abs=1e-10)
    benefit = net_benefits(*given, [judged["threshold"]])
    assert benefit == pytest.approx([judged["net_benefit"]], abs=DIGITS)
    assert YOUDEN.choose(*given) == pytest.approx(judged["youden"], abs=DIGITS)


@pytest.mark.parametrize(("name", "judged"), BINARY)
def test_smooth_calibration_is_lowess_and_val_prob(name: str, judged: dict[str, Any]) -> None:
    cases = Cases(name)
    everybody = np.ones(len(cases.label))
    smooth = SmoothCalibration.of(cases.label, cases.probability)
    curve = np.interp(judged["lowess_x"], smooth.at, smooth.observed(everybody[None])[0])
    assert curve == pytest.approx(judged["lowess_y"], abs=1e-10)
    index = calibration_error(cases.label, cases.probability)
    assert index == pytest.approx(judged["ici"], abs=1e-10)
    assert index == pytest.approx(judged["val_prob_eavg"], abs=1e-10)
    assert smooth.distance_quantile(everybody, 0.5) == pytest.approx(judged["e50"], abs=1e-10)
    assert smooth.distance_quantile(everybody, 0.9) == pytest.approx(judged["e90"], abs=1e-10)
    assert smooth.distance_quantile(everybody, 0.9) == pytest.approx(
        judged["val_prob_e90"], abs=1e-10
    )


@pytest.mark.parametrize(("name", "judged"), TIMES)
def test_auc_and_brier_over_time_equal_risk_regression(name: str, judged: dict[str, Any]) -> None:
    cases = Cases(name)
    scores = []
    for place, days in enumerate(judged["times"]):
        target = cases.outcome.binary_at(days)
        given = target.label, cases.probability, target.weight
        assert auroc(*given) == pytest.approx(judged["auc"][place], abs=1e-10)
        assert auroc(target.label, cases.other, target.weight) == pytest.approx(
            judged["auc_other"][place], abs=1e-10
        )
        scores.append(brier(*given))
        assert scores[-1] == pytest.approx(judged["brier"][place], abs=1e-10)
        assert scaled_brier(*given) == pytest.approx(judged["ipa"][place], abs=1e-10)
        # The weighted share of events is 1 - Kaplan-Meier, or Aalen-Johansen.
        share = target.weight @ target.label / target.weight.sum()
        assert share == pytest.approx(judged["incidence"][place], abs=1e-10)
    over_time = integrated_brier(scores, judged["times"])
    assert over_time == pytest.approx(judged["integrated_brier"], abs=1e-10)


@pytest.mark.parametrize(("name", "judged"), TIMES)
def test_observed_over_expected(name: str, judged: dict[str, Any]) -> None:
    cases = Cases(name)
    target = cases.outcome.binary_at(R["horizon_days"])
    found = observed_expected_ratio(target.label, cases.probability, target.weight)
    assert found == pytest.approx(judged["observed_expected"], abs=1e-10)


@pytest.mark.parametrize("name", ["survival", "tied"])
def test_concordance_equals_survival(name: str) -> None:
    cases, judged = Cases(name), R["concordance"][name]
    given = cases.event, cases.time_days, cases.risk
    censoring = CensoringDistribution.fit(cases.event, cases.time_days)
    assert c_index(*given) == pytest.approx(judged["harrell"], abs=DIGITS)
    uno = uno_c_index(*given, censoring=censoring, horizon_days=np.inf)
    assert uno == pytest.approx(judged["uno"], abs=DIGITS)
    at_horizon = uno_c_index(*given, censoring=censoring, horizon_days=R["horizon_days"])
    assert at_horizon == pytest.approx(judged["uno_horizon"], abs=DIGITS)


def test_concordance_with_competing_events_equals_pec() -> None:
    cases = Cases("competing")
    # The judge weighs an event and a censoring on one day differently: such days are left out.
    _, first = np.unique(cases.time_days, return_index=True)
    event, time_days = cases.event[first], cases.time_days[first]
    found = uno_c_index(
        event,
        time_days,
        cases.probability[first],
        censoring=CensoringDistribution.fit(event, time_days),
        horizon_days=R["horizon_days"],
    )
    assert found == pytest.approx(R["wolbers"]["wolbers"], abs=1e-10)


@pytest.mark.parametrize("name", ["survival", "tied"])
def test_kaplan_meier_equals_survfit(name: str) -> None:
    cases, judged = Cases(name), R["curves"][name]
    curve = kaplan_meier(cases.label, cases.time_days)
    assert curve.time_days[1:] == pytest.approx(judged["time"])
    assert curve.survival[1:] == pytest.approx(judged["survival"], abs=DIGITS)
    for ours, theirs in ((curve.ci_low, "low"), (curve.ci_high, "high")):
        band = np.array([np.nan if v is None else v for v in judged[theirs]], dtype=np.float64)
        known = np.isfinite(band) & (curve.survival[1:] < 1)
        assert ours[1:][known] == pytest.approx(band[known], abs=1e-10)


def test_aalen_johansen_equals_survfit() -> None:
    cases, judged = Cases("competing"), R["incidence"]
    curve = aalen_johansen(cases.event, cases.time_days)
    assert curve.time_days[1:] == pytest.approx(judged["time"])
    assert curve.incidence[1:] == pytest.approx(judged["incidence"], abs=DIGITS)


def test_incidence_by_predicted_risk_equals_survfit() -> None:
    cases = Cases("competing")
    found = incidence_calibration(
        cases.event,
        cases.time_days,
        cases.probability,
        horizon_days=R["horizon_days"],
        n_groups=2,
    )
    groups = R["incidence"]["groups"]
    for place, part in enumerate(("predicted", "observed", "n")):
        ours = (found.predicted, found.observed, found.n)[place]
        assert ours == pytest.approx([group[part] for group in groups], abs=DIGITS)
    assert np.all((found.ci_low < found.observed) & (found.observed < found.ci_high))


def test_corrected_resampled_t_equals_its_formula_in_r() -> None:
    judged = R["resampled_t"]
    found = corrected_resampled_t(judged["differences"], judged["test_share"])
    assert (found.difference, found.ci_low, found.ci_high, found.p_value) == pytest.approx(
        [judged[key] for key in ("difference", "low", "high", "p")], abs=DIGITS
    )


def test_holm_equals_p_adjust() -> None:
    given, expected = (
        np.array([np.nan if p is None else p for p in R["holm"][key]], dtype=np.float64)
        for key in ("p", "adjusted")
    )
    assert holm(given) == pytest.approx(expected, nan_ok=True, abs=1e-15)
