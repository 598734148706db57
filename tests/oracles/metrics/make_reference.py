"""Write reference.json: data and the values that other packages compute from them.

Run in an environment of its own with scikit-survival 0.28, statsmodels 0.15 and
confidenceinterval 1.0.5; scikit-survival is GPL and only judges.

    python make_reference.py
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from confidenceinterval.delong import delong_roc_variance, fastDeLong_no_weights
from sksurv.metrics import brier_score as graf_brier
from sksurv.metrics import (
    concordance_index_censored,
    concordance_index_ipcw,
    cumulative_dynamic_auc,
)
from sksurv.nonparametric import (
    CensoringDistributionEstimator,
    cumulative_incidence_competing_risks,
    kaplan_meier_estimator,
)
from sksurv.util import Surv


def survival(n: int, seed: int, round_to: int) -> dict[str, np.ndarray]:
    """Return exponential events, competing events and censorings; coarse rounding makes ties."""
    rng = np.random.default_rng(seed)
    risk = np.round(rng.normal(size=n), 1)
    times = np.stack(
        [
            rng.exponential(1500, n),
            rng.exponential(600 * np.exp(-risk)),
            rng.exponential(1800, n),
        ]
    )
    kind = times.argmin(axis=0)
    time = np.maximum(np.round(times.min(axis=0), round_to), 10.0**-round_to)
    # With an event in the last case scikit-survival's variance of the incidence is all NaN.
    kind[time.argmax()] = 0
    return {"event": kind, "time_days": time, "risk": risk}


def judge_survival(data: dict[str, np.ndarray]) -> dict[str, object]:
    """Return what scikit-survival computes when competing events are taken as censored."""
    event, time, risk = data["event"] == 1, data["time_days"], data["risk"]
    outcome = Surv.from_arrays(event, time)
    days, survived, band = kaplan_meier_estimator(event, time, conf_type="log-log")
    censoring = CensoringDistributionEstimator().fit(outcome)
    horizon = 400.0
    quantiles = np.quantile(time, [0.1, 0.3, 0.5, 0.7]).round(2)
    probability = 1 / (1 + np.exp(-risk))
    return {
        "kaplan_meier": {
            "time_days": days,
            "survival": survived,
            "ci_low": band[0],
            "ci_high": band[1],
        },
        "censoring": {
            "times": quantiles,
            "probability": censoring.predict_proba(quantiles),
        },
        "harrell_c": concordance_index_censored(event, time, risk)[0],
        "uno_c": concordance_index_ipcw(outcome, outcome, risk, tau=horizon)[0],
        "horizon_days": horizon,
        "auroc_at_horizon": cumulative_dynamic_auc(outcome, outcome, risk, [horizon])[0][0],
        "brier_at_horizon": graf_brier(outcome, outcome, 1 - probability[:, None], [horizon])[1][0],
    }


def judge_incidence(data: dict[str, np.ndarray]) -> dict[str, object]:
    """Return the cumulative incidence of event 1 with event 2 competing."""
    days, incidence, band = cumulative_incidence_competing_risks(
        data["event"], data["time_days"], conf_type="log-log", var_type="Dinse_Approx"
    )
    return {
        "time_days": days,
        "incidence": incidence[1],
        "ci_low": band[1, 0],
        "ci_high": band[1, 1],
    }


def binary(n: int, seed: int) -> dict[str, np.ndarray]:
    """Return labels, two correlated scores with ties, badly calibrated probabilities, weights."""
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.35).astype(int)
    score = np.round(rng.normal(size=n) + label, 1)
    reference = np.round(0.5 * score + rng.normal(size=n), 1)
    probability = np.round(1 / (1 + np.exp(-(1.7 * score - 0.4))), 4)
    weight = np.round(rng.uniform(0.2, 3.0, n), 2)
    return {
        "label": label,
        "score": score,
        "reference": reference,
        "probability": probability,
        "weight": weight,
    }


def judge_binary(data: dict[str, np.ndarray]) -> dict[str, object]:
    """Return DeLong's variances and the recalibration of a weighted logistic regression."""
    label, order = data["label"], np.argsort(-data["label"], kind="stable")
    both = np.stack([data["score"], data["reference"]])[:, order]
    areas, covariance = fastDeLong_no_weights(both, int(label.sum()))
    area, variance = delong_roc_variance(label, data["score"])
    score = np.log(data["probability"] / (1 - data["probability"]))

    def fit(design: np.ndarray, **more: np.ndarray) -> np.ndarray:
        model = sm.GLM(label, design, family=sm.families.Binomial(), **more)
        return model.fit(tol=1e-14, maxiter=100).params

    ones = np.ones((len(label), 1))
    line = sm.add_constant(score)
    return {
        "delong_areas": areas,
        "delong_covariance": covariance,
        "delong_variance": variance,
        "delong_area": area,
        "calibration_intercept": fit(ones, offset=score)[0],
        "calibration_slope": fit(line)[1],
        "weighted_calibration_intercept": fit(ones, offset=score, freq_weights=data["weight"])[0],
        "weighted_calibration_slope": fit(line, freq_weights=data["weight"])[1],
    }


def plain(value: object) -> object:
    """Return arrays as lists and NumPy numbers as numbers."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def main() -> None:
    """Write the file beside this script."""
    distinct, tied = survival(120, 1, 3), survival(90, 2, -2)
    two_class = binary(80, 3)
    reference = {
        "made_with": {
            name: version(name)
            for name in ("scikit-survival", "statsmodels", "confidenceinterval", "numpy")
        },
        "distinct_times": {"data": distinct, "expected": judge_survival(distinct)},
        "tied_times": {"data": tied, "expected": judge_survival(tied)},
        "competing": {"data": distinct, "expected": judge_incidence(distinct)},
        "competing_tied": {"data": tied, "expected": judge_incidence(tied)},
        "binary": {"data": two_class, "expected": judge_binary(two_class)},
    }
    path = Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(plain(reference)) + "\n")


if __name__ == "__main__":
    main()
