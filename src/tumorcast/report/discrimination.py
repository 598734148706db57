"""ROC and precision-recall curves, averaged over repeats, with a band over patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from tumorcast.metrics import PatientBootstrap, pr_curve, prevalence, roc_curve
from tumorcast.report.results import Estimate, HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.style import DOTTED, LIGHT, Plot, draw
from tumorcast.report.words import arm_name, number
from tumorcast.validation import ArmScores

Floats = NDArray[np.float64]
Corner = Literal["lower left", "lower right", "upper right"]
Curve = Callable[[ArmScores, Floats], Floats]
"""From predictions and case weights to heights on `GRID`."""

GRID = np.linspace(0.0, 1.0, 101)
N_RESAMPLES = 400
_SIZE_INCH = (4.4, 4.3)


@dataclass(frozen=True)
class Band:
    """Heights of a curve on `GRID` with a 95% band, point by point."""

    mean: Floats
    low: Floats
    high: Floats


def roc_plot(
    results: HorizonResults,
    roles: Roles,
    arms: Mapping[str, ArmScores],
    *,
    predicted: str = "Out of fold, mean of the repeats.",
) -> Plot:
    """Return the ROC curves of the leading arm, with a band, and of the baselines.

    Parameters
    ----------
    predicted
        How the predictions were made, for the caption.
    """
    band = band_of(arms[roles.lead], roc_heights)
    point = _operating_point(results.arms[roles.lead])

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=LIGHT["muted"], lw=1, ls=DOTTED)
        _paint_curves(axes, roles, arms, band, roc_heights)
        if point is not None:
            axes.plot(*point, "o", color=LIGHT["card"], markeredgecolor=LIGHT["lead"],
                      markersize=7, markeredgewidth=1.8)  # fmt: skip
        _legend(axes, results, roles, arms, "auroc", "lower right")
        axes.set_xlabel("False-positive rate (1 \N{MINUS SIGN} specificity)")
        axes.set_ylabel("Sensitivity")

    return draw(
        paint,
        name=f"roc-{results.slug}",
        size_inch=_SIZE_INCH,
        title="Ranking: ROC curve",
        caption=f"{predicted} Band: 95% of bootstrap resamples of patients."
        + (" Ring: the threshold chosen on the training rows." if point else ""),
        alt=_alt("ROC curves", results, roles, arms, "auroc"),
        data=_drawn(roles, arms, band, roc_heights, ("false_positive_rate", "sensitivity")),
    )


def pr_plot(results: HorizonResults, roles: Roles, arms: Mapping[str, ArmScores]) -> Plot:
    """Return the precision-recall curves with the prevalence, below which no model falls."""
    lead = arms[roles.lead]
    band = band_of(lead, pr_heights)
    share = prevalence(lead.label, lead.weight)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(share, color=LIGHT["event"], lw=1.2, ls=DOTTED)
        axes.text(1, share, f"prevalence {share:.0%}", ha="right", va="top", color=LIGHT["event"])
        _paint_curves(axes, roles, arms, band, pr_heights)
        _legend(axes, results, roles, arms, "auprc", "lower left" if share > 0.3 else "upper right")
        axes.set_xlabel("Recall (sensitivity)")
        axes.set_ylabel("Precision (positive predictive value)")

    return draw(
        paint,
        name=f"pr-{results.slug}",
        size_inch=_SIZE_INCH,
        title="Finding the events: precision and recall",
        caption="Drawn as the ROC curve. Dotted: the share of events, which calling cases at"
        " random would reach.",
        alt=_alt("Precision-recall curves", results, roles, arms, "auprc")
        + f" Prevalence {share:.0%}.",
        data=_drawn(roles, arms, band, pr_heights, ("recall", "precision")),
    )


def band_of(arm: ArmScores, curve: Curve) -> Band:
    """Return a curve with the band of resampled patients; censoring weights stay as they are."""
    resamples = PatientBootstrap.of(arm.patients, n_resamples=N_RESAMPLES).counts
    weights = [counts * arm.weight for counts in resamples]
    both = [w for w in weights if 0 < w[arm.label == 1].sum() < w.sum()]
    low, high = np.quantile([curve(arm, weight) for weight in both], [0.025, 0.975], axis=0)
    return Band(curve(arm, arm.weight), low, high)


def roc_heights(arm: ArmScores, weight: Floats) -> Floats:
    """Return the sensitivity at each false-positive rate of `GRID`, mean of the repeats."""
    curves = [roc_curve(arm.label, risk, weight) for risk in arm.risk]
    heights = [np.interp(GRID, c.false_positive_rate, c.true_positive_rate) for c in curves]
    mean: Floats = np.mean(heights, axis=0)
    mean[0] = 0.0
    return mean


def pr_heights(arm: ArmScores, weight: Floats) -> Floats:
    """Return the precision at each recall of `GRID`, mean of the repeats, without interpolating.

    At a recall of 0 nobody is called, so the curve starts with the first step above it.
    """
    curves = [pr_curve(arm.label, risk, weight) for risk in arm.risk]
    reached = [np.searchsorted(c.recall, np.maximum(GRID, GRID[1]) - 1e-9) for c in curves]
    heights = [c.precision[at] for c, at in zip(curves, reached, strict=True)]
    mean: Floats = np.mean(heights, axis=0)
    return mean


def _paint_curves(
    axes: Axes, roles: Roles, arms: Mapping[str, ArmScores], band: Band, curve: Curve
) -> None:
    axes.fill_between(GRID, band.low, band.high, color=LIGHT["lead"], alpha=0.16, lw=0)
    for arm in reversed(roles.in_curves):
        if arm in arms:
            line = roles.line(arm)
            heights = band.mean if arm == roles.lead else curve(arms[arm], arms[arm].weight)
            axes.plot(GRID, heights, color=line.color, ls=line.dashes, lw=line.width)
    axes.set(xlim=(-0.015, 1.015), ylim=(-0.015, 1.03), aspect="equal")
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_yticks(np.linspace(0, 1, 6))


def _drawn(
    roles: Roles,
    arms: Mapping[str, ArmScores],
    band: Band,
    curve: Curve,
    axes: tuple[str, str],
) -> pd.DataFrame:
    """Return the drawn curves, one row a point; only the leading arm has a band."""
    across, up = axes
    lead = {
        "arm": roles.lead,
        across: GRID,
        up: band.mean,
        "ci_low": band.low,
        "ci_high": band.high,
    }
    others = [arm for arm in roles.in_curves[1:] if arm in arms]
    curves = [{"arm": a, across: GRID, up: curve(arms[a], arms[a].weight)} for a in others]
    return pd.concat([pd.DataFrame(one) for one in (lead, *curves)], ignore_index=True)


def _legend(
    axes: Axes,
    results: HorizonResults,
    roles: Roles,
    arms: Mapping[str, ArmScores],
    metric: str,
    corner: Corner,
) -> None:
    shown = [arm for arm in roles.in_curves if arm in arms]
    handles = [
        Line2D([], [], color=roles.line(a).color, ls=roles.line(a).dashes, lw=roles.line(a).width)
        for a in shown
    ]
    labels = [f"{number(_value(results, arm, metric))}  {arm_name(arm)}" for arm in shown]
    axes.legend(handles, labels, loc=corner, frameon=False, handlelength=2.2, labelspacing=0.35)


def _value(results: HorizonResults, arm: str, metric: str) -> float:
    return results.arms[arm].get(metric, Estimate(math.nan)).value


def _operating_point(metrics: Mapping[str, Estimate]) -> tuple[float, float] | None:
    if not {"sensitivity", "specificity"} <= set(metrics):
        return None
    point = 1 - metrics["specificity"].value, metrics["sensitivity"].value
    return point if all(map(math.isfinite, point)) else None


def _alt(
    what: str, results: HorizonResults, roles: Roles, arms: Mapping[str, ArmScores], metric: str
) -> str:
    areas = (
        f"{arm_name(arm)} {number(_value(results, arm, metric))}"
        for arm in roles.in_curves
        if arm in arms
    )
    return f"{what}; area by arm: {', '.join(areas)}."
