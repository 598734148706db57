"""Discrimination over time: the AUROC at every day, not only at the horizon."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from tumorcast.metrics import PatientBootstrap, aurocs
from tumorcast.report.results import HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.style import DOTTED, LIGHT, Plot, draw
from tumorcast.report.words import DAYS_A_YEAR, arm_name
from tumorcast.validation import ArmScores

Floats = NDArray[np.float64]

FEWEST = 5
"""Cases with the event and cases still free of it that a day needs to be drawn."""
_N_DAYS, _N_RESAMPLES = 20, 200
_SIZE_INCH = (4.4, 4.3)


def time_dependent_plot(
    results: HorizonResults, roles: Roles, arms: Mapping[str, ArmScores]
) -> Plot | None:
    """Return the cumulative/dynamic AUROC by day; ``None`` without times or with few events.

    Estimator: cases with the event by the day against those free of it on that day, competing
    events counted as free, with inverse-probability-of-censoring weights (Uno et al., J Am Stat
    Assoc 2007;102:527; Blanche et al., Stat Med 2013;32:5381). Mean of the repeats; band of the
    leading arm over resampled patients, weights as they are.
    """
    lead = arms[roles.lead]
    days = drawn_days(lead)
    if len(days) < 2:
        return None
    heights = {arm: by_day(scores, days) for arm, scores in arms.items()}
    low, high = _band(lead, days)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        unit, unit_days = ("years", DAYS_A_YEAR) if days[-1] > 2 * DAYS_A_YEAR else (
            "months", DAYS_A_YEAR / 12)  # fmt: skip
        at = days / unit_days
        axes.axhline(0.5, color=LIGHT["muted"], lw=1, ls=DOTTED)
        axes.fill_between(at, low, high, color=LIGHT["lead"], alpha=0.16, lw=0)
        for arm in reversed(roles.in_curves):
            if arm in heights:
                line = roles.line(arm)
                axes.plot(at, heights[arm], color=line.color, ls=line.dashes, lw=line.width,
                          label=arm_name(arm))  # fmt: skip
        _finish(axes, f"Time since the index date ({unit})", low)

    return draw(
        paint,
        name=f"auroc-by-day-{results.slug}",
        size_inch=_SIZE_INCH,
        title="Ranking over time: AUROC by day",
        caption="Those who had the event by then against those still free of it, with weights for"
        f" censoring; days with at least {FEWEST} of either. Band: 95% of bootstrap resamples of"
        " patients. Dotted: chance.",
        alt="AUROC over time. "
        + "; ".join(
            f"{arm_name(a)} {h[0]:.2f} first, {h[-1]:.2f} last" for a, h in heights.items()
        ),
        data=_drawn(roles, days, heights, low, high),
    )  # fmt: skip


def drawn_days(arm: ArmScores) -> Floats:
    """Return evenly spaced days between which enough cases had the event and enough had not."""
    if np.isnan(arm.time_days).any():
        return np.empty(0)
    events = np.sort(arm.time_days[arm.event == 1])
    followed = np.sort(arm.time_days)
    if len(events) < FEWEST or len(followed) <= FEWEST:
        return np.empty(0)
    first, last = events[FEWEST - 1], min(events[-1], followed[-FEWEST - 1])
    return np.linspace(first, last, _N_DAYS) if last > first else np.empty(0)


def by_day(arm: ArmScores, days: Floats) -> Floats:
    """Return the AUROC on each day, mean of the repeats, shape (d,)."""
    return np.array([_auroc(arm, day, np.ones((1, len(arm.cases))))[0] for day in days])


def _band(arm: ArmScores, days: Floats) -> tuple[Floats, Floats]:
    counts = PatientBootstrap.of(arm.patients, n_resamples=_N_RESAMPLES).counts.astype(np.float64)
    drawn = [_auroc(arm, day, counts) for day in days]
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=1)
    return low, high


def _auroc(arm: ArmScores, day: float, counts: Floats) -> Floats:
    """Return the AUROC on one day in every resample, shape (b,)."""
    target = arm.at(day)
    weights = counts * target.weight
    mean: Floats = np.mean([aurocs(target.label, risk, weights) for risk in arm.risk], axis=0)
    return mean


def _finish(axes: Axes, across: str, low: Floats) -> None:
    axes.set_ylim(max(0.0, min(0.4, float(np.nanmin(low)) - 0.02)), 1.02)
    axes.set_xlim(left=0)
    axes.set_xlabel(across)
    axes.set_ylabel("AUROC")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.legend(
        loc="lower right", edgecolor="none", facecolor=LIGHT["card"], framealpha=1, fontsize=8,
        reverse=True,
    )  # fmt: skip


def _drawn(
    roles: Roles, days: Floats, heights: Mapping[str, Floats], low: Floats, high: Floats
) -> pd.DataFrame:
    parts = []
    for arm, auroc in heights.items():
        band = {"ci_low": low, "ci_high": high} if arm == roles.lead else {}
        parts.append(pd.DataFrame({"arm": arm, "day": days, "auroc": auroc, **band}))
    return pd.concat(parts, ignore_index=True)
