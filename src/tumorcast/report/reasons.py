"""What the predictions rest on: blocks and columns of the explained arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tumorcast.report.beeswarm import beeswarm_plot
from tumorcast.report.block_bars import block_plot
from tumorcast.report.explanation_files import Explanation, read_explanations
from tumorcast.report.map_pictures import METHODS as MAP_METHODS
from tumorcast.report.run_files import RunFiles
from tumorcast.report.selection import Feature, feature_of
from tumorcast.report.style import Plot
from tumorcast.report.words import block_words, name_words, percent, region_words

MAX_COLUMNS = 10

METHODS = {
    "linear": "exactly, because the model is a weighted sum",
    "trees": "exactly, because the model is a sum of trees",
    "trees, carried to log-odds": "exactly for the sum of the trees, then carried over to log-odds "
    "by the rescale rule",
    "exact": "exactly, over all combinations of columns",
    "sampled": "from sampled orders of the columns, with a standard error",
}


@dataclass(frozen=True)
class Fall:
    """How far the AUROC falls when a block or column says nothing any more."""

    feature: Feature
    fall: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class MapKind:
    """The maps of one image by one method; `shares` in words."""

    title: str
    n: int
    failed: int
    shares: str


@dataclass(frozen=True)
class Chapter:
    """What is shown about one explained arm."""

    arm: str
    summary: Mapping[str, Any]
    blocks: Plot
    swarm: Plot | None
    falls: tuple[Fall, ...]
    methods: str
    gap: float
    maps: tuple[MapKind, ...]
    pages: tuple[tuple[str, str], ...]


def chapters_of(files: RunFiles, lead: str) -> tuple[Chapter, ...]:
    """Return what is shown about every explained arm, the leading one first."""
    return tuple(chapter_of(one, files.features) for one in read_explanations(files.root, lead))


def chapter_of(explanation: Explanation, features: pd.DataFrame | None) -> Chapter:
    """Return what is shown about one explained arm.

    Parameters
    ----------
    features
        Values of the columns, indexed by case.
    """
    falls = explanation.importance.sort_values(
        ["level", "auroc_drop"], ascending=[True, False], kind="stable"
    )
    n_blocks = int((falls["level"] == "block").sum())
    methods = [
        METHODS.get(part, part)
        for part in dict.fromkeys(
            part for method in explanation.summary["columns_by"] for part in method.split("; ")
        )
    ]
    gaps = explanation.summary["largest_gap"]
    return Chapter(
        explanation.arm,
        explanation.summary,
        block_plot(explanation),
        beeswarm_plot(explanation, features, MAX_COLUMNS),
        tuple(_fall(row) for row in falls.head(n_blocks + MAX_COLUMNS).itertuples()),
        "; ".join(methods),
        max(float(gaps["blocks"]), float(gaps["columns"])),
        tuple(_map_kind(one) for one in explanation.summary.get("maps", ())),
        tuple((page, page.rpartition("/")[2].removesuffix(".html")) for page in explanation.pages),
    )


def _map_kind(found: Mapping[str, Any]) -> MapKind:
    shares = ", ".join(
        f"{region_words(name)} {percent(share, 1)}" for name, share in found["mean_shares"].items()
    )
    title = f"{MAP_METHODS[found['method']]}, {name_words(found['image'])}"
    return MapKind(title, found["maps"], found["failed"], shares)


def _fall(row: Any) -> Fall:
    if row.level == "block":
        feature = Feature("source", block_words(row.name), "", row.name, 0, 0.0)
    else:
        feature = column_feature(row.name)
    return Fall(feature, row.auroc_drop, row.ci_low, row.ci_high)


def column_feature(column: str) -> Feature:
    """Return where a player of an explanation comes from, and what it measures."""
    if column.endswith(", others"):
        where = block_words(column.removesuffix(", others"))
        return Feature(where, "All other columns", "", column, 0, 0.0)
    if column.endswith(".crop"):
        return Feature(block_words(column), "The image itself", "", column, 0, 0.0)
    if column.endswith(".missing"):
        where = block_words(column.removesuffix(".missing"))
        return Feature(where, "Whether it was measured", "", column, 0, 0.0)
    return feature_of(column)
