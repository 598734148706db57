"""The flow of cases as a figure of its own; the page shows the same numbers as text."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tumorcast.report.population import Flow
from tumorcast.report.style import LIGHT, Plot, draw
from tumorcast.report.words import count, horizon_phrase, percent

_LINE_INCH = 0.19
_WIDTH_CHARACTERS = 46


def flow_plot(flow: Flow, horizon_days: float) -> Plot:
    """Return the way from the cases found to what happened to those analysed."""
    aside = [f"{reason.n}  {reason.code} {reason.text}".strip() for reason in flow.left_out]
    lines = [line for text in aside for line in textwrap.wrap(text, _WIDTH_CHARACTERS)]
    fates = [f"{fate.n} {fate.name} ({percent(fate.n, flow.analysed)})" for fate in flow.fates]
    height_inch = 2.6 + _LINE_INCH * max(0, len(lines) - 3) + _LINE_INCH * len(fates)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.axis("off")
        middle = 0.46 if flow.found is not None else 0.85
        if flow.found is not None:
            _box(axes, 0.0, 0.97, f"{count(flow.found, 'case')} found", "line")
            _arrow(axes, 0.88, middle + 0.01)
        if lines:
            _box(axes, 0.4, 0.97, f"{flow.n_left_out} left out\n" + "\n".join(lines), "line")
        _box(axes, 0.0, middle, f"{count(flow.analysed, 'case')} analysed", "lead")
        _arrow(axes, middle - 0.1, 0.30)
        _box(axes, 0.0, 0.28, "\n".join(fates), "line")

    return draw(
        paint,
        name="flow",
        size_inch=(7.0, height_inch),
        title="Flow of cases",
        caption=f"What happened is counted {horizon_phrase(horizon_days)}.",
        alt=f"{flow.found} cases found, {flow.n_left_out} left out, {flow.analysed} analysed: "
        + "; ".join(fates),
        data=_drawn(flow),
    )


def _drawn(flow: Flow) -> pd.DataFrame:
    found = [("found", "", "cases found", flow.found)] if flow.found is not None else []
    rows = [
        *found,
        *(("left out", reason.code, reason.text, reason.n) for reason in flow.left_out),
        ("analysed", "", "cases analysed", flow.analysed),
        *(("outcome", "", fate.name, fate.n) for fate in flow.fates),
    ]
    return pd.DataFrame(rows, columns=["step", "code", "what", "cases"])


def _box(axes: Axes, x: float, top: float, text: str, edge: str) -> None:
    frame = {
        "boxstyle": "round,pad=0.5",
        "facecolor": LIGHT["card"],
        "edgecolor": LIGHT[edge],
    }
    axes.text(x + 0.02, top, text, va="top", bbox=frame, linespacing=1.4)


def _arrow(axes: Axes, top: float, bottom: float) -> None:
    axes.annotate("", (0.08, bottom), (0.08, top),
                  arrowprops={"arrowstyle": "->", "color": LIGHT["muted"]})  # fmt: skip
