"""Where a patient's predicted risk lies among those of the cohort, and what that was worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tumorcast.metrics.calibration_curve import wilson_interval
from tumorcast.report.style import LIGHT, Plot, draw

NEIGHBOURS_SHARE = 0.2
FEWEST_NEIGHBOURS = 10


@dataclass(frozen=True)
class Context:
    """A patient's prediction among those of the cohort.

    Parameters
    ----------
    probability
        Predicted by the model that is explained.
    low, high
        Lowest and highest over the repeats of the cross-validation.
    n_repeats
        How many.
    higher_than
        Share of the other patients with a lower predicted probability.
    neighbours, with_event
        The other patients of known state whose predictions are nearest, and how many of them had
        the event.
    event_low, event_high
        95% interval of that share (Wilson, J Am Stat Assoc 1927;22:209).
    """

    probability: float
    low: float
    high: float
    n_repeats: int
    higher_than: float
    neighbours: int
    with_event: int
    event_low: float
    event_high: float
    plot: Plot


def context_of(predictions: pd.DataFrame, case: str, horizon_days: float) -> Context:
    """Return the context of one patient.

    Parameters
    ----------
    predictions
        Rows of one arm at one horizon.
    """
    first = predictions[predictions["repeat"] == predictions["repeat"].min()].set_index("case")
    own = float(first["probability"][case])
    repeats = predictions.loc[predictions["case"] == case, "probability"]
    others = first.drop(index=case)
    known = others[state_known(others, horizon_days)]
    wanted = max(FEWEST_NEIGHBOURS, round(NEIGHBOURS_SHARE * len(known)))
    order = (known["probability"] - own).abs().sort_values(kind="stable").index[:wanted]
    near = known.loc[order]
    with_event = int(((near["event"] == 1) & ~(near["time"] > horizon_days)).sum())
    low, high = wilson(with_event, len(near))
    return Context(
        own,
        float(repeats.min()),
        float(repeats.max()),
        len(repeats),
        float((others["probability"] < own).mean()),
        len(near),
        with_event,
        low,
        high,
        _plot(first["probability"].to_numpy(), own),
    )


def state_known(rows: pd.DataFrame, horizon_days: float) -> pd.Series[bool]:
    """Return whether it is known if the event came by the horizon: not censored before it."""
    if math.isinf(horizon_days):
        return pd.Series(data=True, index=rows.index)
    return (rows["event"] > 0) | (rows["time"] > horizon_days)


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return the 95% interval of a share of k in n."""
    if n == 0:
        return 0.0, 1.0
    low, high = wilson_interval(np.array([k / n]), np.array([float(n)]))
    return float(low[0]), float(high[0])


def _plot(probability: NDArray[np.float64], own: float) -> Plot:
    edges = np.arange(26) / 25
    counts = np.histogram(probability, edges)[0]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.stairs(counts, edges, fill=True, color=LIGHT["other"], alpha=0.55)
        axes.axvline(own, color=LIGHT["event"], lw=2.4)
        axes.set_xlim(0, 1)
        axes.set_xlabel("Predicted probability of the event")
        axes.set_ylabel("Patients")

    return draw(
        paint,
        name="context",
        size_inch=(6.4, 2.4),
        title="Among the cohort",
        caption="Predictions of all patients, each by a model that never saw the patient. The line "
        "is this patient.",
        alt=f"Histogram of the predicted probabilities of {len(probability)} patients; this "
        f"patient has {own:.2f}.",
        data=pd.DataFrame({"from": edges[:-1], "to": edges[1:], "patients": counts}),
    )
