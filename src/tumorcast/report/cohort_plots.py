"""Distributions of what differs between scans, and where values are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from tumorcast.report.style import LIGHT, Plot, draw
from tumorcast.report.words import count, name_words

Image = Mapping[str, Any]

_MOST_BARS, _FEWEST_SLOTS = 12, 5
_MOST_COLUMNS = 60
_PERCENTILES = (5, 25, 50, 75, 95)
_INNER, _OUTER = (1, 3), (0, 4)
"""Positions of the quartiles, and of the 5th and 95th percentile, among an image's quantiles."""


def image_plot(name: str, images: Sequence[Image]) -> Plot:
    """Return how the scans of one name differ: spacing, volume and values in the tumour."""
    drawn = [image for image in images if image["quantiles"]]

    def paint(figure: Figure) -> None:
        widths = [1, 1, 1.15, 1.7] if drawn else [1, 1]
        panels = figure.subplots(1, len(widths), width_ratios=widths, squeeze=False)[0]
        _paint_counts(panels[0], [i["spacing_mm"][0] for i in images], "Between slices, mm")
        _paint_counts(panels[1], [i["spacing_mm"][1] for i in images], "Between pixels, mm")
        if drawn:
            _paint_volumes(panels[2], [image["volume_cc"] for image in drawn])
            _paint_values(panels[3], drawn)

    return draw(
        paint,
        name=f"scans-{name}",
        size_inch=(9.6, 2.5),
        title=f"{name_words(name).upper()} of {count(len(images), 'case')}",
        caption="Number of cases by spacing and by tumour volume; values in the tumour from the 5th"
        " to the 95th percentile, thick between the quartiles, one line a case, by the median.",
        alt=f"Histograms of spacing, tumour volume and values in the tumour of {name}",
        data=pd.DataFrame([_scan_row(image) for image in images]),
    )


def _scan_row(image: Image) -> dict[str, float]:
    """Return what is drawn of one scan."""
    values = zip(_PERCENTILES, image["quantiles"] or (), strict=False)
    return {
        "between_slices_mm": image["spacing_mm"][0],
        "between_pixels_mm": image["spacing_mm"][1],
        "volume_cc": image["volume_cc"],
        **{f"tumour_percentile_{percentile}": value for percentile, value in values},
    }


def missing_plot(
    columns: Sequence[Mapping[str, Any]], centre_of: Sequence[str], n_cases: int
) -> Plot | None:
    """Return which value of which case is missing, cases by centre; ``None`` where all are there.

    Only columns with a missing value are drawn.
    """
    lacking = [column for column in columns if column["missing"]][:_MOST_COLUMNS]
    if not lacking:
        return None
    order = sorted(range(n_cases), key=lambda row: (centre_of[row], row))
    place = {row: position for position, row in enumerate(order)}

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for line, column in enumerate(lacking):
            gaps = _runs(sorted(place[row] for row in column["missing"]))
            axes.broken_barh(gaps, (line - 0.38, 0.76), color=LIGHT["baseline"])
        axes.set_yticks(range(len(lacking)), [_named(column) for column in lacking])
        axes.set_ylim(len(lacking) - 0.5, -0.5)
        axes.set_xlim(0, n_cases)
        axes.set_xlabel("Cases" + (", by centre" if len(set(centre_of)) > 1 else ""))
        _mark_centres(axes, [centre_of[row] for row in order])
        axes.tick_params(length=0)

    return draw(
        paint,
        name="missing",
        size_inch=(9.6, 1.2 + 0.24 * len(lacking)),
        title="Missing values",
        caption=f"{count(len(lacking), 'column')} of {len(columns)} with a missing value, and in"
        " how many cases. Values are filled in inside the folds only.",
        alt="; ".join(f"{c['name']}: {len(c['missing'])} missing" for c in lacking),
        data=pd.DataFrame(
            {"column": column["name"], "place": place[row], "centre": centre_of[row]}
            for column in lacking
            for row in column["missing"]
        ),
    )


def _named(column: Mapping[str, Any]) -> str:
    return f"{name_words(column['name'].partition('.')[2])} ({len(column['missing'])})"


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return neighbouring rows as (start, length)."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][0] + runs[-1][1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((row, 1))
    return runs


def _mark_centres(axes: Axes, centres: Sequence[str]) -> None:
    if len(set(centres)) < 2:
        return
    start = 0
    for centre, n in Counter(centres).items():
        axes.axvline(start, color=LIGHT["line"], lw=1)
        axes.text(
            start + n / 2, -0.62, centre, ha="center", va="bottom", size=8, color=LIGHT["muted"]
        )
        start += n


def _paint_counts(axes: Axes, values: Sequence[float], label: str) -> None:
    counts = Counter(round(value, 2) for value in values)
    if len(counts) <= _MOST_BARS:
        steps = sorted(counts)
        heights = [counts[step] for step in steps]
        axes.barh([f"{step:g}" for step in steps], heights, color=LIGHT["lead"], height=0.7)
        axes.set_ylim(max(len(steps), _FEWEST_SLOTS) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("Cases")
        axes.set_title(label, size=9, color=LIGHT["muted"], loc="left")
    else:
        axes.hist(values, bins=14, color=LIGHT["lead"], edgecolor=LIGHT["card"])
        axes.set_xlabel(label)
        axes.set_ylabel("Cases")
    axes.locator_params(axis="x", nbins=4)


def _paint_volumes(axes: Axes, volumes_cc: Sequence[float]) -> None:
    low, high = min(volumes_cc), max(volumes_cc)
    bins = np.geomspace(low * 0.95, high * 1.05, 13).tolist()
    axes.hist(volumes_cc, bins=bins, color=LIGHT["lead"], edgecolor=LIGHT["card"])
    axes.set_xscale("log")
    axes.set_xlabel("Tumour volume, cc")
    axes.set_ylabel("Cases")
    axes.minorticks_off()
    axes.xaxis.set_major_locator(LogLocator(numticks=4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda cc, _: f"{cc:g}"))


def _paint_values(axes: Axes, images: Sequence[Image]) -> None:
    ordered = sorted((image["quantiles"] for image in images), key=lambda five: five[2])
    rows = np.arange(len(ordered))
    for (first, last), width in ((_OUTER, 0.8), (_INNER, 2.4)):
        axes.vlines(
            rows,
            [five[first] for five in ordered],
            [five[last] for five in ordered],
            color=LIGHT["lead"],
            lw=width * min(1.0, 60 / len(ordered)),
            alpha=0.55 if width < 1 else 0.9,
        )
    axes.set_xticks([])
    axes.set_xlabel("Cases, by median")
    axes.set_ylabel("Value in the tumour")
