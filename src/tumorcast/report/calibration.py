"""Whether predicted probabilities come true: calibration curve over a histogram of cases."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from tumorcast.metrics import (
    CalibrationCurve,
    PatientBootstrap,
    SmoothCalibration,
    calibration_curve,
    incidence_calibration,
)
from tumorcast.report.results import Estimate, HorizonResults
from tumorcast.report.style import DOTTED, LIGHT, Plot, draw
from tumorcast.report.words import arm_name, interval, number
from tumorcast.validation import ArmScores

Floats = NDArray[np.float64]

_SIZE_INCH = (4.4, 4.9)
_N_RESAMPLES = 400


def calibration_plot(
    results: HorizonResults, name: str, arm: ArmScores, *, predicted: str = "First repeat."
) -> Plot:
    """Return observed against predicted risk, one prediction a patient (first repeat).

    Parameters
    ----------
    predicted
        Which predictions are shown, for the caption.
    """
    known = arm.weight > 0
    probability, label = arm.probability[0, known], arm.label[known]
    n_groups = int(np.clip(min(len(label) // 30, label.sum() // 6), 3, 10))
    curve = _curve(arm, results.horizon_days, n_groups)
    smooth = _smoothed(arm, known)
    top = float(min(1.0, max(probability.max(), curve.ci_high.max()) * 1.05))

    def paint(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3.4, 1])
        _paint_curve(upper, curve, smooth, top)
        _paint_histogram(lower, probability, label, top)

    return draw(
        paint,
        name=f"calibration-{results.slug}",
        size_inch=_SIZE_INCH,
        title=f"Do predictions come true: calibration of {arm_name(name)}",
        caption="Line: share of events around each prediction (lowess), with a band of 95% of"
        " bootstrap resamples of patients. Points: groups of cases by predicted risk, with 95%"
        " intervals. On the dotted line predictions come true. "
        f" {_slope_text(results.arms[name])}Below: how many cases got which prediction, with the"
        f" event upwards and without it downwards. {predicted}",
        alt="Calibration curve. Predicted and observed risk by group: "
        + "; ".join(
            f"{p:.0%} and {o:.0%}" for p, o in zip(curve.predicted, curve.observed, strict=True)
        ),
        data=_drawn(smooth, curve, probability, label, top),
    )


def _smoothed(arm: ArmScores, known: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the smoothed share of events at each prediction, with a band over patients.

    The weights for censoring stay those of all patients; a resample without a class is left out.
    """
    label, weight = arm.label[known], arm.weight[known]
    smooth = SmoothCalibration.of(label, arm.probability[0, known], weight)
    patients = [name for name, used in zip(arm.patients, known, strict=True) if used]
    counts = PatientBootstrap.of(patients, n_resamples=_N_RESAMPLES).counts
    drawn = smooth.observed(counts * weight).clip(0, 1)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    observed = smooth.observed(weight[None])[0].clip(0, 1)
    columns = {"predicted": smooth.at, "observed": observed, "ci_low": low, "ci_high": high}
    return pd.DataFrame(columns)


def _curve(arm: ArmScores, horizon_days: float, n_groups: int) -> CalibrationCurve:
    """Return the groups: incidence among all cases at a horizon, else shares of events."""
    probability = arm.probability[0]
    if arm.is_timed and math.isfinite(horizon_days):
        return incidence_calibration(
            arm.event, arm.time_days, probability, horizon_days=horizon_days, n_groups=n_groups
        )
    return calibration_curve(arm.label, probability, arm.weight, n_groups=n_groups)


def _drawn(
    smooth: pd.DataFrame,
    curve: CalibrationCurve,
    probability: Floats,
    label: NDArray[np.int64],
    top: float,
) -> pd.DataFrame:
    """Return the smooth line, the groups of cases, then the bars below."""
    edges = _edges(top)
    groups = pd.DataFrame({"part": "group of cases", **asdict(curve)})
    bars = {
        name: np.histogram(probability[label == state], edges)[0]
        for name, state in (("with_event", 1), ("without_event", 0))
    }
    span = {"predicted_from": edges[:-1], "predicted_to": edges[1:]}
    parts = [smooth.assign(part="line"), groups, pd.DataFrame({"part": "bar", **span, **bars})]
    return pd.concat(parts, ignore_index=True)


def _edges(top: float) -> Floats:
    return np.linspace(0, top, 31)


def _paint_curve(axes: Axes, curve: CalibrationCurve, smooth: pd.DataFrame, top: float) -> None:
    color = LIGHT["lead"]
    axes.plot([0, top], [0, top], color=LIGHT["muted"], lw=1, ls=DOTTED)
    at = smooth["predicted"]
    axes.fill_between(at, smooth["ci_low"], smooth["ci_high"], color=color, alpha=0.16, lw=0)
    axes.plot(at, smooth["observed"], color=color, lw=2)
    axes.vlines(curve.predicted, curve.ci_low, curve.ci_high, color=color, lw=1)
    axes.plot(
        curve.predicted, curve.observed, "o", color=color, markersize=6,
        markeredgecolor=LIGHT["card"],
    )  # fmt: skip
    axes.set(xlim=(-0.01 * top, top), ylim=(-0.015 * top, top), ylabel="Observed share of events")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _paint_histogram(axes: Axes, probability: object, label: object, top: float) -> None:
    values, events = np.asarray(probability), np.asarray(label) == 1
    edges = _edges(top)
    for chosen, sign, color in ((events, 1, "event"), (~events, -1, "other")):
        heights = sign * np.histogram(values[chosen], edges)[0]
        axes.bar(edges[:-1], heights, np.diff(edges) * 0.82, align="edge", color=LIGHT[color])
    axes.axhline(0, color=LIGHT["line"], lw=1)
    tallest = max(map(abs, axes.get_ylim()))
    axes.set_ylim(min(axes.get_ylim()[0], -0.35 * tallest), max(axes.get_ylim()[1], 0.35 * tallest))
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(bottom=False)
    axes.text(1, 0.98, "event", transform=axes.transAxes, ha="right", va="top",
              color=LIGHT["event"])  # fmt: skip
    axes.text(1, 0.02, "no event", transform=axes.transAxes, ha="right", color=LIGHT["other"])
    axes.set_xlabel("Predicted probability")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _slope_text(metrics: Mapping[str, Estimate]) -> str:
    parts = [
        f"{words} {number(e.value)} ({interval(e.ci_low, e.ci_high)}; ideal {ideal})"
        for metric, words, ideal in (
            ("calibration_intercept", "Intercept", "0"),
            ("calibration_slope", "slope", "1"),
        )
        if (e := metrics.get(metric)) is not None
    ]
    return ", ".join(parts) + ". " if parts else ""
