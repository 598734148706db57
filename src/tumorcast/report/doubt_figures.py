"""The forests of the chapter of doubt as files; the page draws the same lines in its tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure

from tumorcast.report.doubt import Doubt, Row
from tumorcast.report.style import DOTTED, LIGHT, Plot, draw

_ROW_INCH = 0.32
_LINE_INCH = 0.16
_LABEL_LETTERS = 48


def doubt_figures(doubt: Doubt | None) -> dict[str, Plot]:
    """Return the forests of what blocks add, of subgroups and of the learning curve, by name."""
    if doubt is None:
        return {}
    gains = tuple(
        Row(f"to {beyond}", three, group=block.name)
        for block in doubt.verdicts
        for beyond, three in block.gains
    )
    drawn = {
        "blocks": _forest("doubt-blocks", "What each block adds", "Gain in AUROC", gains, 0.0),
        "subgroups": _forest("doubt-subgroups", "Groups of patients", "AUROC", doubt.subgroups),
        "curve": _forest("doubt-learning", "With fewer patients", "AUROC", doubt.curve),
    }
    return {name: plot for name, plot in drawn.items() if plot is not None}


def _forest(
    name: str, title: str, across: str, rows: Sequence[Row], reference: float = 0.5
) -> Plot | None:
    """Return a line a row; ``None`` when no row has a value."""
    if all(math.isnan(row.three[0]) for row in rows):
        return None
    labels = [f"{row.group}: {row.name}" if row.group else row.name for row in rows]
    wrapped = [fill(label, _LABEL_LETTERS) for label in labels]
    n_lines = max(label.count("\n") + 1 for label in wrapped)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvline(reference, color=LIGHT["muted"], lw=1, ls=DOTTED)
        for line, row in enumerate(rows):
            value, low, high = row.three
            axes.plot([low, high], [line, line], color=LIGHT["lead"], lw=1.6)
            axes.plot(value, line, "o", color=LIGHT["lead"], markersize=6)
        axes.set_yticks(range(len(rows)), wrapped)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(across)

    return draw(
        paint,
        name=name,
        size_inch=(6.8, 0.8 + (_ROW_INCH + _LINE_INCH * (n_lines - 1)) * len(rows)),
        title=title,
        caption="Value and 95% interval.",
        alt="; ".join(f"{label} {row.text}" for label, row in zip(labels, rows, strict=True)),
        data=pd.DataFrame(
            {
                "group": row.group,
                "name": row.name,
                "n": row.n,
                "value": row.three[0],
                "ci_low": row.three[1],
                "ci_high": row.three[2],
                "note": row.note,
            }
            for row in rows
        ),
    )
