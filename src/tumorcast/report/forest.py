"""The forest plot: one line an arm, with two kinds of spread kept visibly apart."""

from __future__ import annotations

import math
from dataclasses import asdict

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tumorcast.report.results import Estimate, HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.style import DOTTED, LIGHT, Plot, draw
from tumorcast.report.words import arm_name, interval, number

_ROW_INCH = 0.47


def forest_plot(results: HorizonResults, roles: Roles) -> Plot:
    """Return the AUROC of every arm with its interval and its spread over repeats."""
    arms = [arm for arm in roles.in_order if arm in results.arms]
    low, high = _span([results.auroc(arm) for arm in arms])

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for row, arm in enumerate(arms):
            _paint_arm(axes, -row, results.auroc(arm), arm, roles, (low, high))
        _paint_references(axes, results, roles)
        axes.set_xlim(low, high)
        axes.set_ylim(-len(arms) + 0.35, 0.75)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("AUROC")

    return draw(
        paint,
        name=f"forest-{results.slug}",
        size_inch=(4.4, 0.7 + _ROW_INCH * len(arms)),
        title="All arms side by side",
        caption=_caption(has_spread=any(results.auroc(arm).sd_repeats > 0 for arm in arms)),
        alt="Forest plot of AUROC. "
        + "; ".join(f"{arm_name(arm)} {_text(results.auroc(arm))}" for arm in arms),
        data=pd.DataFrame(
            {"arm": arm, "role": roles.of(arm), **asdict(results.auroc(arm))} for arm in arms
        ),
    )


def _caption(*, has_spread: bool) -> str:
    marks = ["Marker and thin line: AUROC, mean of the repeats, with its 95% interval."]
    if has_spread:
        marks.append(
            "Thick bar: one standard deviation over repeats of the split, which says nothing about"
            " new patients."
        )
    marks.append("Diamonds: baselines, which use nothing of an image but the tumour's volume.")
    return " ".join([*marks, "Dotted: chance."])


def _paint_arm(
    axes: Axes,
    y: float,
    estimate: Estimate,
    arm: str,
    roles: Roles,
    span: tuple[float, float],
) -> None:
    line = roles.line(arm)
    weight = "bold" if arm == roles.lead else "normal"
    ground = {"facecolor": LIGHT["card"], "edgecolor": "none", "pad": 1.5}
    axes.text(span[0], y + 0.3, arm_name(arm), va="bottom", weight=weight, bbox=ground)
    axes.text(
        span[1], y + 0.3, _text(estimate), ha="right", va="bottom", weight=weight, bbox=ground
    )
    axes.plot([estimate.ci_low, estimate.ci_high], [y, y], color=line.color, lw=1.6)
    if estimate.sd_repeats > 0:
        ends = [estimate.value - estimate.sd_repeats, estimate.value + estimate.sd_repeats]
        axes.plot(ends, [y, y], color=line.color, lw=9, alpha=0.3, solid_capstyle="butt")
    axes.plot(
        estimate.value,
        y,
        line.marker,
        color=line.color,
        markersize=7.5,
        markeredgecolor=LIGHT["card"],
    )


def _paint_references(axes: Axes, results: HorizonResults, roles: Roles) -> None:
    axes.axvline(0.5, color=LIGHT["muted"], lw=1, ls=DOTTED)
    if roles.yardstick in results.arms:
        at = results.auroc(roles.yardstick).value  # type: ignore[arg-type]
        axes.axvline(at, color=LIGHT["baseline"], lw=1, alpha=0.45)


def _span(estimates: list[Estimate]) -> tuple[float, float]:
    ends = [x for e in estimates for x in (e.value, e.ci_low, e.ci_high) if math.isfinite(x)]
    low, high = min([0.5, *ends]), max([0.55, *ends])
    return low - 0.03, min(high + 0.03, 1.02)


def _text(estimate: Estimate) -> str:
    around = interval(estimate.ci_low, estimate.ci_high)
    return f"{number(estimate.value)} ({around})" if around else number(estimate.value)
