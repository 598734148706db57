"""The chapter on the data: what was scanned how, what is missing, what leaks, who had the event."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tumorcast.report.case_pictures import CasePicture, case_pictures
from tumorcast.report.cohort_plots import image_plot, missing_plot
from tumorcast.report.style import Plot
from tumorcast.report.words import horizon_phrase, name_words

LEAKS_ABOVE = 0.95
_MOST_COLUMNS = 25
_WORDS = {"thickness": "slice thickness"}


@dataclass(frozen=True)
class ColumnSeparation:
    """How well one column alone tells the event, by its values or by being filled in."""

    name: str
    known: str
    auroc: float
    auroc_filled_in: float

    @property
    def suspected(self) -> bool:
        """Whether that is more than a column known on the index date can."""
        return max(self.auroc, self.auroc_filled_in) > LEAKS_ABOVE


@dataclass(frozen=True)
class Acquisitions:
    """How one image was made, as (what, (text, cases)), the most frequent text first."""

    image: str
    kinds: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


@dataclass(frozen=True)
class CohortChapter:
    """What the chapter shows."""

    n_cases: int
    plots: tuple[Plot, ...]
    acquisitions: tuple[Acquisitions, ...]
    missing: Plot | None
    columns: tuple[ColumnSeparation, ...]
    centres: tuple[Mapping[str, Any], ...]
    horizon: str
    folds: int | None
    most_folds: int | None
    twins: tuple[str, ...]
    n_images: int
    pictures: tuple[CasePicture, ...]


def cohort_chapter(
    cohort: Mapping[str, Any], quality: Mapping[str, Any], pictures: Sequence[Path]
) -> CohortChapter | None:
    """Return the chapter from ``cohort.json``, ``quality.json`` and the pictures of the cases.

    ``None`` when no cohort was described.
    """
    if not cohort:
        return None
    findings = quality.get("findings") or ()
    names = dict.fromkeys(image["image"] for image in cohort["images"])
    by_name = {name: [i for i in cohort["images"] if i["image"] == name] for name in names}
    outcome = cohort["outcome"]
    horizon = outcome.get("horizon_days")
    return CohortChapter(
        n_cases=len(cohort["cases"]),
        plots=tuple(image_plot(name, images) for name, images in by_name.items()),
        acquisitions=tuple(_acquisitions(name, images) for name, images in by_name.items()),
        missing=missing_plot(cohort["columns"], cohort["centre_of"], len(cohort["cases"])),
        columns=_separations(cohort["columns"]),
        centres=tuple(outcome.get("centres") or ()),
        horizon=horizon_phrase(math.inf if horizon is None else horizon),
        folds=outcome.get("folds"),
        most_folds=outcome.get("most_folds"),
        twins=tuple(f["found"] for f in findings if f["code"] == "IDS-07"),
        n_images=len(cohort["images"]),
        pictures=case_pictures(pictures, findings),
    )


def _separations(columns: Sequence[Mapping[str, Any]]) -> tuple[ColumnSeparation, ...]:
    """Return the columns, those that separate best first."""
    found = [
        ColumnSeparation(
            name_words(column["name"].partition(".")[2]),
            column["known"],
            column["auroc"],
            column["auroc_filled_in"],
        )
        for column in columns
    ]
    ranked = sorted(found, key=lambda one: -max(one.auroc, one.auroc_filled_in))
    return tuple(ranked[:_MOST_COLUMNS])


def _acquisitions(name: str, images: Sequence[Mapping[str, Any]]) -> Acquisitions:
    kinds = []
    for what in ("scanner", "kernel", "thickness", "contrast"):
        counts = Counter(image[what] for image in images if image.get(what))
        if counts:
            kinds.append((_WORDS.get(what, what), tuple(counts.most_common())))
    return Acquisitions(name, tuple(kinds))
