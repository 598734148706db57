"""What every metric of ``metrics.json`` is, in words that stand beside the figures."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from tumorcast.metrics import RATES, ThresholdRule

_AT_HORIZON = "state at the horizon; weights by the inverse probability of not being censored"
_FOLLOW_UP = "whole follow-up"
_INTERVAL = (
    "95% percentile interval over resampled patients, the mean of the repeats in each resample,"
    " widened about its median where patients were tested in one fold and learned from in others"
    " (Nadeau and Bengio, Mach Learn 2003;52:239); none where the metric is not defined in more"
    " than 5% of the resamples"
)
_TWO_BY_TWO = "share of the two-by-two table of calls and events"
_TIED_SCORES = "equal scores count one half"
_TIED_CALLS = "a probability at or above the threshold is called positive"
_NO_TIES = "none can arise"
_IN_A_RESAMPLE = "one class only, or probabilities that are equal or separate the classes"


@dataclass(frozen=True)
class Definition:
    """One metric.

    Parameters
    ----------
    name
        As papers write it.
    estimator, ties, horizon
        How it is computed, what equal values do, and which part of the follow-up it is about.
    source
        Where the estimator is from.
    undefined
        When there is no value.
    interval
        How its interval is made.
    """

    name: str
    estimator: str
    ties: str
    horizon: str
    source: str
    undefined: str
    interval: str = _INTERVAL


_RATE_NAMES = {
    "accuracy": ("Accuracy", "share of cases that are called right", ""),
    "balanced_accuracy": ("Balanced accuracy", "mean of sensitivity and specificity", ""),
    "sensitivity": ("Sensitivity", "share of cases with the event that are called positive", ""),
    "specificity": ("Specificity", "share of cases without that are called negative", ""),
    "ppv": ("Positive predictive value", "share of positive calls with the event", ""),
    "npv": ("Negative predictive value", "share of negative calls without the event", ""),
    "f1": ("F1", "harmonic mean of sensitivity and positive predictive value", ""),
    "mcc": (
        "Matthews correlation",
        "correlation of call and event",
        "Matthews, Biochim Biophys Acta 1975;405:442",
    ),
}

DEFINITIONS: dict[str, Definition] = {
    "auroc": Definition(
        "AUROC",
        "Mann-Whitney share of pairs in which the case with the event has more risk; at a horizon"
        " in days the cumulative/dynamic time-dependent AUC with censoring weights, in which a"
        " competing event before the horizon is no event",
        _TIED_SCORES,
        _AT_HORIZON,
        "Hanley and McNeil, Radiology 1982;143:29; Uno et al., J Am Stat Assoc 2007;102:527;"
        " Blanche et al., Stat Med 2013;32:5381",
        "one class only",
        f"{_INTERVAL}; delong_low to delong_high: DeLong's interval of the mean of the repeats,"
        " where every case counts once and is a patient of its own; of these models, not widened",
    ),
    "auprc": Definition(
        "AUPRC",
        "average precision: step-wise sum, no interpolation; a score without information has"
        " about the prevalence, which stands beside it",
        "equal scores are called together",
        _AT_HORIZON,
        "Davis and Goadrich, ICML 2006",
        "no case with the event",
    ),
    **{
        key: Definition(
            name, how, _TIED_CALLS, _AT_HORIZON, source or _TWO_BY_TWO, RATES[key].undefined
        )
        for key, (name, how, source) in _RATE_NAMES.items()
    },
    "net_benefit": Definition(
        "Net benefit",
        "share of true positives less that of false positives times the odds of the threshold;"
        " treat_all: the same with everybody called positive",
        _TIED_CALLS,
        _AT_HORIZON,
        "Vickers and Elkin, Med Decis Making 2006;26:565",
        "no case has a weight above 0",
    ),
    "brier": Definition(
        "Brier score",
        "mean squared difference of probability and event",
        _NO_TIES,
        _AT_HORIZON,
        "Brier, Mon Weather Rev 1950;78:1; Graf et al., Stat Med 1999;18:2529",
        "no case has a weight above 0",
    ),
    "scaled_brier": Definition(
        "Scaled Brier score",
        "1 - Brier score / that of telling everybody the share of events",
        _NO_TIES,
        _AT_HORIZON,
        "Steyerberg et al., Epidemiology 2010;21:128",
        "one class only",
    ),
    "integrated_brier": Definition(
        "Integrated Brier score",
        "Brier score over time by the trapezoidal rule between the finite horizons, divided by"
        " the time between the first and the last",
        _NO_TIES,
        "from the first to the last finite horizon",
        "Graf et al., Stat Med 1999;18:2529",
        "fewer than two finite horizons",
    ),
    "calibration_intercept": Definition(
        "Calibration intercept",
        "intercept of a logistic regression of the event with the log-odds as offset",
        _NO_TIES,
        _AT_HORIZON,
        "Steyerberg, Clinical Prediction Models, chapter 15",
        "one class only",
    ),
    "calibration_slope": Definition(
        "Calibration slope",
        "slope of a logistic regression of the event on the log-odds",
        _NO_TIES,
        _AT_HORIZON,
        "Cox, Biometrika 1958;45:562",
        _IN_A_RESAMPLE,
    ),
    "ici": Definition(
        "Integrated calibration index",
        "mean distance of the probability from a lowess curve of the events (two thirds of the"
        " cases a neighbourhood, not robust); e50 and e90: median and 90% quantile of the distance",
        "equal probabilities have one value of the curve",
        _AT_HORIZON,
        "Austin and Steyerberg, Stat Med 2019;38:4051",
        "no case has a weight above 0",
    ),
    "observed_expected": Definition(
        "Observed / expected",
        "incidence at the horizon (1 - Kaplan-Meier, Aalen-Johansen where events compete) over the"
        " mean probability of all cases",
        _NO_TIES,
        _AT_HORIZON,
        "van Geloven et al., BMJ 2022;377:e069249",
        "no event is predicted",
    ),
    "c_index": Definition(
        "Harrell's C",
        "share of comparable pairs in which the earlier event has more risk; a case with a"
        " competing event stands behind every event",
        f"{_TIED_SCORES}; two events on one day are not comparable, an event and a censoring are",
        _FOLLOW_UP,
        "Harrell et al., Stat Med 1996;15:361; Wolbers et al., Epidemiology 2009;20:555",
        "no pair of cases is comparable",
    ),
    "uno_c_index": Definition(
        "Uno's C",
        "Harrell's C with each pair weighted by the inverse probability that both cases are"
        " followed for long enough",
        f"{_TIED_SCORES}; two events on one day are not comparable, an event and a censoring are",
        "events before tau_days: the horizon or, for the whole follow-up, the last day that ten"
        " cases outlast",
        "Uno et al., Stat Med 2011;30:1105; Wolbers et al., Biostatistics 2014;15:526",
        "no pair of cases is comparable before tau_days",
    ),
}
"""Every metric by the name that it has in ``metrics.json``."""

BOUNDS: dict[str, tuple[float, float]] = {
    "mcc": (-1.0, 1.0),
    "net_benefit": (-math.inf, 1.0),
    "scaled_brier": (-math.inf, 1.0),
    "calibration_intercept": (-math.inf, math.inf),
    "calibration_slope": (-math.inf, math.inf),
    "observed_expected": (0.0, math.inf),
}
"""Between which a metric lies that is not from 0 to 1."""

_RULES = {
    "youden": "largest sensitivity + specificity - 1",
    "sensitivity": "highest threshold with a sensitivity of at least {at:g}",
    "net_benefit": "largest net benefit at a probability of {at:g}",
}


def definitions(rule: ThresholdRule) -> dict[str, dict[str, str]]:
    """Return the section ``definitions`` of ``metrics.json``.

    Parameters
    ----------
    rule
        By which the training rows of each fold chose the threshold.
    """
    chosen = _RULES[rule.kind].format(at=rule.at)
    threshold = f"chosen on the training rows: {chosen}"
    found = {name: asdict(definition) for name, definition in DEFINITIONS.items()}
    for name in (*RATES, "net_benefit"):
        found[name]["threshold"] = threshold
    return found
