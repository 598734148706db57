"""The decision curve: whether acting on a model does more good than treating all or nobody."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from tumorcast.metrics import PatientBootstrap, net_benefits
from tumorcast.report.results import HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.style import LIGHT, Plot, draw
from tumorcast.report.words import arm_name
from tumorcast.validation import ArmScores

Floats = NDArray[np.float64]

_SIZE_INCH = (4.4, 4.3)
_WORTH_DRAWING = 0.03


THRESHOLDS: Floats = np.arange(1, 100) / 100
_N_RESAMPLES = 400


def net_benefit_table(roles: Roles, arms: Mapping[str, ArmScores]) -> pd.DataFrame:
    """Return the net benefit of the arms, mean of the repeats, the leading one with a band.

    Returns
    -------
    Columns ``arm, threshold, net_benefit, ci_low, ci_high``; the arms ``all`` and ``none`` treat
    everybody and nobody. The band is of resampled patients, censoring weights as they are.
    """
    lead = arms[roles.lead]
    resamples = PatientBootstrap.of(lead.patients, n_resamples=_N_RESAMPLES).counts
    drawn = [_net_benefit(lead, counts * lead.weight) for counts in resamples]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    everybody = net_benefits(lead.label, np.ones(len(lead.label)), THRESHOLDS, lead.weight)
    heights = {
        **{arm: _net_benefit(scores, scores.weight) for arm, scores in arms.items()},
        "all": everybody,
        "none": np.zeros_like(THRESHOLDS),
    }
    parts = []
    for arm, benefit in heights.items():
        band = {"ci_low": low, "ci_high": high} if arm == roles.lead else {}
        curve = {"arm": arm, "threshold": THRESHOLDS, "net_benefit": benefit, **band}
        parts.append(pd.DataFrame(curve))
    return pd.concat(parts, ignore_index=True)


def _net_benefit(arm: ArmScores, weight: Floats) -> Floats:
    curves = [net_benefits(arm.label, chance, THRESHOLDS, weight) for chance in arm.probability]
    mean: Floats = np.mean(curves, axis=0)
    return mean


def decision_plot(results: HorizonResults, roles: Roles, curves: pd.DataFrame) -> Plot:
    """Return the net benefit of the arms at each threshold.

    Parameters
    ----------
    curves
        Columns ``arm, threshold, net_benefit`` at this horizon; the arms ``all`` and ``none`` treat
        everybody and nobody. ``ci_low`` and ``ci_high``, if there, are a band of the leading arm.
    """
    by_arm = {str(arm): part for arm, part in curves.groupby("arm", sort=False)}
    everybody = by_arm["all"]
    prevalence = float(everybody["net_benefit"].iloc[0])
    last = _last_threshold(curves, prevalence)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(0, color=LIGHT["line"], lw=1)
        axes.plot(everybody["threshold"], everybody["net_benefit"], color=LIGHT["muted"], lw=1,
                  label="treat all")  # fmt: skip
        if "ci_low" in curves:
            lead = by_arm[roles.lead]
            axes.fill_between(lead["threshold"], lead["ci_low"], lead["ci_high"],
                              color=LIGHT["lead"], alpha=0.16, lw=0)  # fmt: skip
        for arm in reversed(roles.in_curves):
            if arm in by_arm:
                line, part = roles.line(arm), by_arm[arm]
                axes.plot(part["threshold"], part["net_benefit"], color=line.color, lw=line.width,
                          ls=line.dashes, label=arm_name(arm))  # fmt: skip
        axes.set_xlim(0, last)
        axes.set_ylim(-0.25 * prevalence, 1.1 * max(prevalence, 0.01))
        axes.set_xlabel("Probability from which one would treat")
        axes.set_ylabel("Net benefit")
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.legend(frameon=False, fontsize=8, reverse=True)

    return draw(
        paint,
        name=f"decision-{results.slug}",
        size_inch=_SIZE_INCH,
        title="What acting on it would bring: decision curve",
        caption="True positives a patient, less false positives at the odds of the threshold"
        " (Vickers and Elkin 2006). A model is of use where its curve lies above both treating all"
        " and treating nobody (the line at 0)."
        + (" Band: 95% of bootstrap resamples of patients." if "ci_low" in curves else ""),
        alt="Decision curve. " + "; ".join(_best(arm, part) for arm, part in by_arm.items()),
        data=curves,
    )


def _last_threshold(curves: pd.DataFrame, prevalence: float) -> float:
    """Return the threshold beyond which no arm treats anybody with a benefit worth drawing."""
    models = ~curves["arm"].isin(["all", "none"])
    useful = curves[models & (curves["net_benefit"] > _WORTH_DRAWING * prevalence)]
    return float(min(1.0, max(useful["threshold"].max() + 0.05, 0.2))) if len(useful) else 0.5


def _best(arm: str, part: pd.DataFrame) -> str:
    at = part[part["threshold"].round(2).isin([0.1, 0.2, 0.3, 0.5])]
    values = ", ".join(
        f"{benefit:.3f} at {threshold:.0%}"
        for threshold, benefit in zip(at["threshold"], at["net_benefit"], strict=True)
    )
    return f"{arm_name(arm)} {values}"
