"""What is shown of an endpoint of several classes: each class apart, and what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tumorcast.report.results import Estimate
from tumorcast.report.words import percent

CLASS_METRICS = (
    ("auroc", "AUROC"),
    ("auroc_weighted", "AUROC, by cases"),
    ("accuracy", "Accuracy"),
    ("balanced_accuracy", "Balanced accuracy"),
    ("brier", "Brier score"),
    ("log_loss", "Log-loss"),
)
"""Figures of an arm in the order in which they are shown."""


@dataclass(frozen=True)
class ClassRow:
    """One class: how many cases, how well it is told apart, and how cases of it were called.

    Parameters
    ----------
    estimates
        AUROC against the rest, sensitivity, and the share of calls that are right.
    called
        Mean number over the repeats, its share of the class and whether it is right, for each
        class that it was called.
    """

    name: str
    n: int
    estimates: tuple[Estimate, Estimate, Estimate]
    called: tuple[tuple[str, str, bool], ...]


def class_rows(metrics: Mapping[str, Any], arm: str) -> tuple[ClassRow, ...]:
    """Return the classes of an arm in ``metrics.json``; empty where the endpoint is an event."""
    levels = metrics.get("levels") or ()
    rows = []
    for number, level in enumerate(levels):
        figures = metrics["by_class"][arm][level]
        counts = metrics["confusion"][arm][number]
        rows.append(
            ClassRow(
                level,
                figures["auroc"]["n_events"],
                (
                    Estimate.of(figures["auroc"]),
                    Estimate.of(figures["sensitivity"]),
                    Estimate.of(figures["precision"]),
                ),
                tuple(
                    (f"{value:.3g}", percent(value, sum(counts)), other == number)
                    for other, value in enumerate(counts)
                ),
            )
        )
    return tuple(rows)
