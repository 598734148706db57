"""The decision curve: whether acting on a model does more good than treating all or nobody."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from tumorcast.report.results import HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.style import LIGHT, Plot, draw
from tumorcast.report.words import arm_name

_SIZE_INCH = (4.4, 4.3)


def decision_plot(results: HorizonResults, roles: Roles, curves: pd.DataFrame) -> Plot:
    """Return the net benefit of the arms at each threshold.

    Parameters
    ----------
    curves
        Columns ``arm, threshold, net_benefit`` at this horizon; the arms ``all`` and ``none`` treat
        everybody and nobody.
    """
    by_arm = {str(arm): part for arm, part in curves.groupby("arm", sort=False)}
    everybody = by_arm["all"]
    prevalence = float(everybody["net_benefit"].iloc[0])
    last = _last_threshold(curves)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(0, color=LIGHT["line"], lw=1)
        axes.plot(everybody["threshold"], everybody["net_benefit"], color=LIGHT["muted"], lw=1,
                  label="treat all")  # fmt: skip
        for arm in roles.in_curves:
            if arm in by_arm:
                line, part = roles.line(arm), by_arm[arm]
                axes.plot(part["threshold"], part["net_benefit"], color=line.color, lw=line.width,
                          ls=line.dashes, label=arm_name(arm))  # fmt: skip
        axes.set_xlim(0, last)
        axes.set_ylim(-0.25 * prevalence, 1.1 * max(prevalence, 0.01))
        axes.set_xlabel("Probability from which one would treat")
        axes.set_ylabel("Net benefit")
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.legend(frameon=False, fontsize=8)

    return draw(
        paint,
        name=f"decision-{results.slug}",
        size_inch=_SIZE_INCH,
        title="What acting on it would bring: decision curve",
        caption="True positives a patient, less false positives at the odds of the threshold"
        " (Vickers and Elkin 2006). A model is of use where its curve lies above both treating all"
        " and treating nobody (the line at 0).",
        alt="Decision curve. " + "; ".join(_best(arm, part) for arm, part in by_arm.items()),
        data=curves,
    )


def _last_threshold(curves: pd.DataFrame) -> float:
    """Return the threshold beyond which no arm treats anybody with benefit."""
    useful = curves[~curves["arm"].isin(["all", "none"]) & (curves["net_benefit"] > 0)]
    return float(min(1.0, max(useful["threshold"].max() + 0.05, 0.2))) if len(useful) else 0.5


def _best(arm: str, part: pd.DataFrame) -> str:
    at = part[part["threshold"].round(2).isin([0.1, 0.2, 0.3, 0.5])]
    values = ", ".join(
        f"{benefit:.3f} at {threshold:.0%}"
        for threshold, benefit in zip(at["threshold"], at["net_benefit"], strict=True)
    )
    return f"{arm_name(arm)} {values}"
