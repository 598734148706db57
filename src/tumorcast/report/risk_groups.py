"""What became of the predicted risk groups over time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from tumorcast.metrics import aalen_johansen, called_positive, kaplan_meier
from tumorcast.report.results import HorizonResults
from tumorcast.report.style import DASHED, DOTTED, LIGHT, Dashes, Plot, draw
from tumorcast.report.words import DAYS_A_YEAR, arm_name
from tumorcast.validation import ArmScores

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """A predicted risk group over time; heights are event-free shares or incidences.

    Parameters
    ----------
    name, color
        How it is called and drawn.
    followed_days
        Time of every case; shape (n,).
    time_days, height, low, high
        A right-continuous step function with its band; shape (k,).
    """

    name: str
    color: str
    dashes: Dashes
    followed_days: Floats
    time_days: Floats
    height: Floats
    low: Floats
    high: Floats


def risk_group_plot(results: HorizonResults, name: str, arm: ArmScores) -> Plot | None:
    """Return event-free survival, or incidence where there are competing events, by group.

    ``None`` without times, or when everybody is in one group.
    """
    high_risk = called_positive(arm.probability[0], arm.threshold[0])
    if np.isnan(arm.time_days).any() or high_risk.all() or not high_risk.any():
        return None
    competing = bool((arm.event > 1).any())
    groups = (
        _group(arm, high_risk, "high risk", "event", "-", competing=competing),
        _group(arm, ~high_risk, "low risk", "other", DASHED, competing=competing),
    )

    def paint(figure: Figure) -> None:
        axes, table = figure.subplots(2, 1, sharex=True, height_ratios=[4.6, 1])
        _paint_curves(axes, groups, results.horizon_days, competing=competing)
        _paint_at_risk(table, groups, axes.get_xticks().tolist())

    what = (
        "Cumulative incidence (Aalen-Johansen)" if competing else "Event-free share (Kaplan-Meier)"
    )
    rival = ", which accounts for competing events" if competing else ""
    return draw(
        paint,
        name=f"groups-{results.slug}",
        size_inch=(4.4, 4.9),
        title="What became of the predicted groups",
        caption=f"{what}{rival}, with 95% bands, by the out-of-fold prediction of {arm_name(name)}"
        " (first repeat). The threshold between the groups was chosen on the training rows of"
        " each fold.",
        alt=f"{what} by predicted group. "
        + ", ".join(f"{g.name}: {g.height[-1]:.0%} at last" for g in groups),
        data=pd.concat([_steps(group, competing=competing) for group in groups]),
    )


def _steps(group: Group, *, competing: bool) -> pd.DataFrame:
    at_risk = (group.followed_days[None] >= group.time_days[:, None]).sum(axis=1)
    return pd.DataFrame(
        {
            "group": group.name,
            "time_days": group.time_days,
            "incidence" if competing else "survival": group.height,
            "ci_low": group.low,
            "ci_high": group.high,
            "n_at_risk": at_risk,
        }
    )


def _group(
    arm: ArmScores,
    chosen: NDArray[np.bool_],
    name: str,
    color: str,
    dashes: Dashes,
    *,
    competing: bool,
) -> Group:
    event, followed = arm.event[chosen], arm.time_days[chosen]
    if competing:
        rise = aalen_johansen(event, followed)
        steps = (rise.time_days, rise.incidence, rise.ci_low, rise.ci_high)
    else:
        fall = kaplan_meier(event, followed)
        steps = (fall.time_days, fall.survival, fall.ci_low, fall.ci_high)
    return Group(name, LIGHT[color], dashes, followed, *steps)


def _paint_curves(
    axes: Axes, groups: tuple[Group, ...], horizon_days: float, *, competing: bool
) -> None:
    unit, unit_days = _unit(groups)
    for group in groups:
        at = group.time_days / unit_days
        axes.fill_between(
            at, group.low, group.high, step="post", color=group.color, alpha=0.15, lw=0
        )
        axes.step(
            at, group.height, where="post", color=group.color, ls=group.dashes, lw=2,
            label=f"{group.name}, n = {len(group.followed_days)}",
        )  # fmt: skip
    if math.isfinite(horizon_days):
        axes.axvline(horizon_days / unit_days, color=LIGHT["muted"], lw=1, ls=DOTTED)
    axes.set(
        ylim=(-0.02, _top(groups, competing=competing)),
        xlim=(0, _last_day(groups, horizon_days) / unit_days),
    )
    axes.set_ylabel("Had the event" if competing else "Free of the event")
    axes.set_xlabel(f"Time since the index date ({unit})")
    axes.legend(
        loc="upper left" if competing else "lower left", edgecolor="none", facecolor=LIGHT["card"]
    )
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.tick_params(labelbottom=True)


def _paint_at_risk(axes: Axes, groups: tuple[Group, ...], ticks: list[float]) -> None:
    _, unit_days = _unit(groups)
    low, high = axes.get_xlim()
    shown = [tick for tick in ticks if low <= tick <= high]
    for row, group in enumerate(groups):
        for tick in shown:
            n = int((group.followed_days >= tick * unit_days).sum())
            axes.text(tick, -row, str(n), ha="center", va="center", color=group.color)
    axes.set(ylim=(-len(groups) + 0.4, 0.7), yticks=[-row for row in range(len(groups))])
    axes.set_yticklabels([group.name.split(" ")[0] for group in groups])
    axes.set_title("Number at risk", loc="left", color=LIGHT["muted"], size=9)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(left=False, bottom=False, labelbottom=False, pad=14)


def _top(groups: tuple[Group, ...], *, competing: bool) -> float:
    """Return the top of the axis: all of it for survival, a round share above an incidence."""
    if not competing:
        return 1.03
    highest = max(float(np.nanmax(group.high)) for group in groups)
    return min(1.03, math.ceil(highest * 10 + 1.5) / 10)


def _last_day(groups: tuple[Group, ...], horizon_days: float) -> float:
    """Return the day up to which enough cases of each group are followed to draw a curve."""
    followed = min(float(np.sort(g.followed_days)[-min(5, len(g.followed_days))]) for g in groups)
    return max(followed, horizon_days) if math.isfinite(horizon_days) else followed


def _unit(groups: tuple[Group, ...]) -> tuple[str, float]:
    longest = max(group.followed_days.max() for group in groups)
    return ("years", DAYS_A_YEAR) if longest > 3 * DAYS_A_YEAR else ("months", DAYS_A_YEAR / 12)
