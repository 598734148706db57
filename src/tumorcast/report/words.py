"""Numbers, names and horizons as people write them."""

from __future__ import annotations

import math
import re

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
DAYS_A_YEAR = 365.25
_ABBREVIATIONS = {
    word.lower(): word
    for word in [
        *("AFP", "ALT", "AST", "BMI", "CEA", "CgA", "CRP", "EBV", "ECOG", "GGT", "HPV", "LDH"),
        *("DM", "HNSCC", "CT", "MR", "MRI", "MTV", "PET", "PSA", "PT", "SUV", "TLG", "TNM"),
    ]
}

LEARNER_NAMES: dict[str, str] = {
    "logistic": "a logistic regression with a ridge penalty",
    "elastic_net": "a logistic regression with an elastic-net penalty",
    "forest": "a random forest",
    "boosted_trees": "gradient-boosted trees",
    "adaboost": "AdaBoost",
    "svm": "a support vector machine",
    "knn": "k nearest neighbours",
    "naive_bayes": "naive Bayes",
    "lda": "a linear discriminant analysis",
    "mlp": "a multilayer perceptron",
    "icare": "a bagged score of signs (ICARE)",
    "icare_times": "a bagged score of signs learned from the times (ICARE)",
    "cox": "a Cox regression with an elastic-net penalty",
    "survival_forest": "a random survival forest",
}
"""Learners as papers name them."""

LEARNERS_ON_TIMES = frozenset({"cox", "icare_times", "survival_forest"})
"""Those that are judged by concordance."""

METRIC_NAMES: dict[str, str] = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "c_index": "C-index",
    "uno_c_index": "Uno's C",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1": "F1",
    "mcc": "MCC",
    "net_benefit": "Net benefit",
    "brier": "Brier score",
    "scaled_brier": "Scaled Brier score",
    "integrated_brier": "Integrated Brier score",
    "calibration_intercept": "Calibration intercept",
    "calibration_slope": "Calibration slope",
    "ici": "Calibration index (ICI)",
    "observed_expected": "Observed / expected",
}
"""Metrics in the order in which they are shown."""


def number(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign; a dash where it is not known."""
    if not math.isfinite(value):
        return DASH
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """Return a difference with its sign."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and float(text) > 0 else text


def interval(low: float, high: float, digits: int = 2) -> str:
    """Return an interval as ``0.61 to 0.75``; empty where it is not known."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low, digits)} to {number(high, digits)}"


def p_text(p_value: float) -> str:
    """Return a p value as journals print it."""
    if not math.isfinite(p_value):
        return DASH
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}" if p_value < 0.1 else f"{p_value:.2f}"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun in the right number."""
    return f"{n:,} {one if n == 1 else many or one + 's'}".replace(",", "\N{THIN SPACE}")


def percent(part: float, whole: float) -> str:
    """Return a share of the whole in per cent."""
    return f"{100 * part / whole:.0f}%" if whole else DASH


def horizon_words(horizon_days: float) -> str:
    """Return a horizon as ``2 years``, ``250 days`` or ``whole follow-up``."""
    if math.isinf(horizon_days):
        return "whole follow-up"
    years = horizon_days / DAYS_A_YEAR
    if round(years) >= 1 and abs(years - round(years)) * DAYS_A_YEAR < 2:
        return count(round(years), "year")
    return f"{horizon_days:g} days"


def horizon_phrase(horizon_days: float) -> str:
    """Return a horizon as the end of a sentence about an event."""
    if math.isinf(horizon_days):
        return "at any time of follow-up"
    return f"within {horizon_words(horizon_days)}"


def name_words(name: str) -> str:
    """Return an identifier as words, with the field's abbreviations in capitals."""
    words = name.replace("_", " ").split(" ")
    return " ".join(_ABBREVIATIONS.get(word, word) for word in words)


def arm_name(arm: str) -> str:
    """Return an arm's name as words."""
    return (
        "clinical\N{NO-BREAK SPACE}+\N{NO-BREAK SPACE}volume"
        if arm == "clinical_volume"
        else name_words(arm)
    )


def region_words(region: str) -> str:
    """Return a region's name as words: ``shell 0 to 5 mm``."""
    shell = re.fullmatch(r"shell_(m?)([\dp]+)_(m?)([\dp]+)mm", region)
    if shell is None:
        return "tumour" if region == "tumor" else name_words(region)
    minus_in, inner, minus_out, outer = shell.groups()
    ends = (MINUS * bool(minus_in) + inner, MINUS * bool(minus_out) + outer)
    return "shell {} to {} mm".format(*(end.replace("p", ".") for end in ends))


def block_words(block: str) -> str:
    """Return a block's name as words: ``CT, tumour``, ``Clinical``, ``PT, image``."""
    source, _, region = block.partition(".")
    where = {"": "", "crop": "image"}.get(region, region_words(region))
    return sentence(f"{name_words(source)}, {where}" if where else name_words(source))


def sentence(text: str) -> str:
    """Return the text with a capital at its start."""
    return text[:1].upper() + text[1:]


def title_words(name: str) -> str:
    """Return a study's name as a title; one that is written as words is left alone."""
    return name if " " in name else sentence(name_words(name.replace("-", " ")))
