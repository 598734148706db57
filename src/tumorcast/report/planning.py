"""What a planned study would report: reported AUROC by model, and verdicts by block."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tumorcast.report.style import DOTTED, LIGHT, Plot, draw
from tumorcast.report.words import block_words, count, number, percent

_ROW_INCH = 0.34
_HEAD_INCH = 0.30
_ANSWERS = {
    "adds": (LIGHT["lead"], LIGHT["card"]),
    "cannot be told": (LIGHT["line"], LIGHT["ink"]),
    "does not add": (LIGHT["baseline"], LIGHT["card"]),
}
"""Colour of the bar and of the share on it; in the order in which they are drawn."""
_SMALLEST_NAMED = 0.08
_HOLLOW: Mapping[str, Any] = {
    "color": LIGHT["baseline"], "markersize": 5, "fillstyle": "none", "mew": 1.4,
    "linestyle": "none",
}  # fmt: skip


def power_plot(document: Mapping[str, Any]) -> Plot:
    """Return the picture of ``power.json``."""
    data = _data(document)
    models, verdicts = (data[data["kind"] == kind] for kind in ("model", "verdict"))
    heads = sum(len(set(part["of"])) for part in (models, verdicts))
    n_rows = len(models) + len(verdicts.drop_duplicates(["of", "patients"]))
    heights = [_height(models), _height(verdicts)] if len(verdicts) else [_height(models)]

    def paint(figure: Figure) -> None:
        panels = figure.subplots(len(heights), height_ratios=heights, squeeze=False)[:, 0]
        _paint_models(panels[0], models)
        if len(verdicts):
            _paint_verdicts(panels[1], verdicts)

    return draw(
        paint,
        name="power",
        size_inch=(6.0, 1.9 + _ROW_INCH * n_rows + _HEAD_INCH * heads),
        title="What the planned study would report",
        caption="Above: median, middle half and middle 95% of the AUROC that simulated studies"
        " report, and the median of what their models reach in new patients. Below: the verdicts"
        " on each block.",
        alt=". ".join(_in_words(models, verdicts)),
        data=data,
    )


def _height(part: pd.DataFrame) -> float:
    rows = len(part.drop_duplicates(["of", "patients"]))
    return _ROW_INCH * rows + _HEAD_INCH * len(set(part["of"])) + 0.3


def _data(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return what is drawn, one row a marker or piece of a bar."""
    rows: list[dict[str, object]] = []
    for name, model in document["models"].items():
        of = " + ".join(block_words(block) for block in model["blocks"])
        rows += [
            {"kind": "model", "of": of, "patients": size["patients"],
             "attainable": model["attainable"], "reached": size["arms"][name]["reached"]["median"],
             **size["arms"][name]["reported"]}
            for size in document["sizes"]
        ]  # fmt: skip
    rows += [
        {"kind": "verdict", "of": block_words(block["block"]), "patients": size["patients"],
         "answer": answer, "share": block["answers"][answer]["share"]}
        for size in document["sizes"]
        for block in size["blocks"]
        for answer in _ANSWERS
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _paint_models(axes: Axes, models: pd.DataFrame) -> None:
    y = 0.0
    for of, rows in models.groupby("of", sort=False):
        top = y
        y -= _HEAD_INCH / _ROW_INCH
        for row in rows.to_dict("records"):
            _paint_spread(axes, y, row)
            y -= 1
        _head(axes, top, str(of))
        best = float(rows["attainable"].iloc[0])
        axes.plot([best, best], [y + 0.6, top - 0.6], color=LIGHT["ink"], lw=1.2, ls=DOTTED)
    axes.plot([], [], "o", color=LIGHT["lead"], markersize=6, label="reported")
    axes.plot([], [], "D", **_HOLLOW, label="reached in new patients")
    axes.plot([], [], color=LIGHT["ink"], lw=1.2, ls=DOTTED, label="best possible")
    _finish(axes, y)
    axes.set_xlabel("AUROC")
    ends = models[["low", "high", "attainable", "reached"]].to_numpy()
    axes.set_xlim(min(ends.min(), 0.5) - 0.03, max(ends.max(), 0.6) + 0.03)
    axes.axvline(0.5, color=LIGHT["line"], lw=1, zorder=0)


def _paint_spread(axes: Axes, y: float, row: Mapping[Hashable, Any]) -> None:
    color = LIGHT["lead"]
    axes.plot([row["low"], row["high"]], [y, y], color=color, lw=1.6)
    axes.plot([row["quarter"], row["three_quarters"]], [y, y], color=color, lw=7, alpha=0.35,
              solid_capstyle="butt")  # fmt: skip
    axes.plot(row["median"], y, "o", color=color, markersize=6)
    axes.plot(row["reached"], y, "D", **_HOLLOW)
    _patients(axes, y, row["patients"])


def _paint_verdicts(axes: Axes, verdicts: pd.DataFrame) -> None:
    y = 0.0
    for of, rows in verdicts.groupby("of", sort=False):
        _head(axes, y, str(of))
        y -= _HEAD_INCH / _ROW_INCH
        for patients, pieces in rows.groupby("patients", sort=True):
            _paint_bar(axes, y, pieces)
            _patients(axes, y, int(str(patients)))
            y -= 1
    for answer, (color, _) in _ANSWERS.items():
        axes.barh([y], [0], color=color, label=answer)
    _finish(axes, y)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.set_xlabel("Share of studies with this verdict")


def _paint_bar(axes: Axes, y: float, pieces: pd.DataFrame) -> None:
    start = 0.0
    for piece in pieces.itertuples():
        color, ink = _ANSWERS[str(piece.answer)]
        share = float(str(piece.share))
        axes.barh([y], [share], left=start, height=0.62, color=color)
        if share >= _SMALLEST_NAMED:
            axes.text(start + share / 2, y, percent(share, 1), ha="center", va="center", color=ink)
        start += share


def _patients(axes: Axes, y: float, patients: int) -> None:
    axes.text(-0.02, y, f"n = {patients}", transform=axes.get_yaxis_transform(), ha="right",
              va="center", color=LIGHT["muted"])  # fmt: skip


def _head(axes: Axes, y: float, text: str) -> None:
    axes.text(0, y - 0.35, text, transform=axes.get_yaxis_transform(), weight="bold")


def _finish(axes: Axes, y: float) -> None:
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False,
                handlelength=1, borderaxespad=0)  # fmt: skip
    axes.set_ylim(y + 0.3, 0.1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _in_words(models: pd.DataFrame, verdicts: pd.DataFrame) -> list[str]:
    told = [
        f"{row['of']}, {count(row['patients'], 'patient')}: median AUROC {number(row['median'])},"
        f" {number(row['low'])} to {number(row['high'])}"
        for row in models.to_dict("records")
    ]
    told += [
        f"{row['of']}, {count(row['patients'], 'patient')}: {row['answer']}"
        f" in {percent(row['share'], 1)}"
        for row in verdicts.to_dict("records")
    ]
    return told
