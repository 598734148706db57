"""All figures of all arms, in tables of one kind of question each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tumorcast.report.results import HorizonResults
from tumorcast.report.words import METRIC_NAMES


@dataclass(frozen=True)
class MetricTable:
    """One table: a column a metric, a row an arm.

    Parameters
    ----------
    title, note
        What it answers, and what must be known to read it.
    columns
        Metric and its name.
    """

    title: str
    note: str
    columns: tuple[tuple[str, str], ...]


_KINDS = (
    (
        "Ranking of the patients",
        "A score that knows nothing reaches 0.5, in the AUPRC the share of events.",
        ("auroc", "auprc", "c_index", "uno_c_index"),
    ),
    (
        "Calls at the threshold",
        (
            "Threshold {threshold}. PPV and NPV hold for this share of events only. Net benefit:"
            " true positives a patient, less false ones at the odds of the threshold."
        ),
        (
            *("sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy"),
            *("f1", "mcc", "net_benefit"),
        ),
    ),
    (
        "Predicted risks",
        (
            "A Brier score of 0 is perfect; scaled, 1 is perfect and 0 is no better than telling"
            " everybody the share of events. Calibration intercept and ICI should be 0, slope and"
            " observed / expected 1; with an intercept below 0 the model predicts too much."
        ),
        (
            *("brier", "scaled_brier", "integrated_brier", "calibration_intercept"),
            *("calibration_slope", "ici", "observed_expected"),
        ),
    ),
)


def metric_tables(results: HorizonResults) -> tuple[MetricTable, ...]:
    """Return the tables of one horizon; a metric that no arm has gets no column."""
    shown = {
        metric
        for estimates in results.arms.values()
        for metric, estimate in estimates.items()
        if math.isfinite(estimate.value)
    }
    tables = (
        MetricTable(
            title,
            note.format(threshold=results.threshold),
            tuple((metric, METRIC_NAMES[metric]) for metric in metrics if metric in shown),
        )
        for title, note, metrics in _KINDS
    )
    return tuple(table for table in tables if table.columns)
