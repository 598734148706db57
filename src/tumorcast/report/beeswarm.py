"""One point a patient and column: how far its value moved the risk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tumorcast.report.explanation_files import Explanation
from tumorcast.report.selection import feature_of
from tumorcast.report.style import LIGHT, Plot, draw
from tumorcast.report.words import arm_name, sentence

MAX_POINTS = 250
"""Patients shown a column; of more, as many spread evenly over the order of the parts."""

_ROW_INCH = 0.44
_LAYERS = 40
_THIRDS = (("lead", "v"), ("other", "o"), ("event", "^"))
"""Colour and marker of the low, the middle and the high third of a column's values."""


def beeswarm_plot(
    explanation: Explanation, features: pd.DataFrame | None, n_columns: int
) -> Plot | None:
    """Return the columns with the largest parts; ``None`` where the models name no column.

    Parameters
    ----------
    features
        Values of the columns, indexed by case.
    """
    parts = explanation.columns
    known = parts[~parts["column"].str.contains(r", others$|\.crop$", regex=True)]
    if known.empty:
        return None
    n_cases = parts["case"].nunique()
    total = known["shapley"].abs().groupby(known["column"]).sum() / n_cases
    shown = [str(name) for name in total.sort_values(kind="stable").index[-n_columns:]]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvline(0, color=LIGHT["line"], lw=1)
        for row, column in enumerate(shown):
            values = None if features is None or column not in features else features[column]
            _paint_row(axes, row, known[known["column"] == column], values)
        axes.set_yticks(range(len(shown)), [_label(column) for column in shown])
        axes.tick_params(axis="y", length=0, labelsize=7.5)
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlabel("Part in the log-odds (left of 0 lowers the risk, right of it raises it)")

    return draw(
        paint,
        name=f"swarm-{explanation.folder.name}",
        size_inch=(7.2, 0.8 + _ROW_INCH * len(shown)),
        title="What each value moves",
        caption=f"The {len(shown)} columns with the largest Shapley values. One mark a patient: "
        "blue and pointing down where the value is in the lowest third of the patients, magenta "
        "and pointing up in the highest, grey between; open where it is missing or a category.",
        alt=f"Beeswarm of Shapley values in {arm_name(explanation.arm)}, the largest first: "
        + ", ".join(_label(column).replace("\n", ", ") for column in reversed(shown)),
        data=known.loc[known["column"].isin(shown), ["column", "shapley"]],
    )


def _paint_row(axes: Axes, row: int, parts: pd.DataFrame, values: pd.Series[float] | None) -> None:
    parts = parts.sort_values("shapley", kind="stable")
    kept = np.unique(np.linspace(0, len(parts) - 1, min(len(parts), MAX_POINTS)).astype(int))
    x = parts["shapley"].to_numpy()[kept]
    y = row + spread(x)
    third = (
        thirds(values).reindex(parts["case"].iloc[kept]).to_numpy() if values is not None else None
    )
    if third is None or not np.isfinite(third).any():
        axes.plot(x, y, "o", ms=3.4, mfc="none", mec=LIGHT["other"], mew=0.8)
        return
    open_marks = ~np.isfinite(third)
    axes.plot(x[open_marks], y[open_marks], "o", ms=3.4, mfc="none", mec=LIGHT["other"], mew=0.8)
    for number, (color, marker) in enumerate(_THIRDS):
        own = third == number
        axes.plot(x[own], y[own], marker, ms=3.8, color=LIGHT[color], mew=0)


def thirds(values: pd.Series[Any]) -> pd.Series[float]:
    """Return 0, 1 or 2 for the third that a value lies in; NaN for missing ones and categories."""
    if not pd.api.types.is_float_dtype(values):
        return pd.Series(np.nan, index=values.index)
    rank = values.rank(pct=True)
    return pd.Series(np.ceil(rank.to_numpy() * 3).clip(1, 3) - 1, index=values.index)


def spread(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return offsets that keep marks at about the same place apart, from -0.36 to 0.36."""
    if len(x) < 2 or np.ptp(x) == 0:
        return np.linspace(-0.3, 0.3, len(x)) if len(x) > 1 else np.zeros(len(x))
    layer = ((x - x.min()) / np.ptp(x) * _LAYERS).astype(int)
    offset = np.zeros(len(x))
    most = max(np.bincount(layer).max(), 2)
    for one in np.unique(layer):
        at = np.flatnonzero(layer == one)
        offset[at] = (np.arange(len(at)) - (len(at) - 1) / 2) * 0.72 / (most - 1)
    return offset


def _label(column: str) -> str:
    if column.endswith(".missing"):
        return f"{sentence(column.removesuffix('.missing'))}\nwhether it was measured"
    feature = feature_of(column)
    detail = f", {feature.detail}" if feature.detail else ""
    return f"{feature.name}\n{feature.where}{detail}"
