"""Which features perturbed outlines, grids or noise would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tumorcast.report.selection import Feature, feature_of
from tumorcast.report.words import name_words, region_words

GOOD, EXCELLENT = 0.75, 0.9
MAX_UNSTABLE = 20


@dataclass(frozen=True)
class Share:
    """How many features of one kind agree.

    Parameters
    ----------
    where, kind
        Image and tissue; feature class or type of image.
    n, n_good, n_excellent
        Features, and those at an ICC of 0.75 and of 0.9 or more.
    median
        Of their ICC.
    """

    where: str
    kind: str
    n: int
    n_good: int
    n_excellent: int
    median: float


@dataclass(frozen=True)
class Unstable:
    """A feature below an ICC of 0.75, with its interval."""

    feature: Feature
    icc: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Agreement:
    """The agreement of all features over the perturbations of the cases.

    Parameters
    ----------
    n, n_good, n_excellent
        Features, and those at an ICC of 0.75 and of 0.9 or more.
    n_cases
        Fewest and most cases that a feature was compared in.
    perturbed
        What was done to each image, as words.
    by_family, by_image_type
        The same counts by feature class and by type of image.
    unstable
        Those below 0.75, the least stable first; at most `MAX_UNSTABLE`.
    """

    n: int
    n_good: int
    n_excellent: int
    n_cases: tuple[int, int]
    perturbed: tuple[str, ...]
    by_family: tuple[Share, ...]
    by_image_type: tuple[Share, ...]
    unstable: tuple[Unstable, ...]


def agreement_of(stability: pd.DataFrame | None, study: Mapping[str, Any]) -> Agreement | None:
    """Return what the report says of a run's ``stability.parquet``; ``None`` without one.

    Parameters
    ----------
    stability
        One row an image, region and feature, with its ICC over all cases.
    study
        The study file as the plan resolved it.
    """
    if stability is None or stability.empty:
        return None
    table = stability.assign(
        where=[
            f"{name_words(image)}, {region_words(region)}"
            for image, region in zip(stability["image"], stability["region"], strict=True)
        ],
        image_type=stability["image_filter"].map(_image_type),
    )
    below = table[~(table["icc"] >= GOOD)].sort_values("icc", na_position="first")
    return Agreement(
        n=len(table),
        n_good=int((table["icc"] >= GOOD).sum()),
        n_excellent=int((table["icc"] >= EXCELLENT).sum()),
        n_cases=(int(table["n_cases"].min()), int(table["n_cases"].max())),
        perturbed=tuple(_perturbed(study)),
        by_family=_shares(table, "family"),
        by_image_type=_shares(table, "image_type"),
        unstable=tuple(_unstable(row) for row in below.head(MAX_UNSTABLE).itertuples()),
    )


def _image_type(image_filter: str) -> str:
    """Return the type of a filtered image: all wavelet bands are one, and all widths of LoG."""
    return {"log": "LoG"}.get(kind := image_filter.partition("-")[0], kind)


def _shares(table: pd.DataFrame, by: str) -> tuple[Share, ...]:
    shares = []
    for key, rows in table.groupby(["where", by], sort=False):
        where, kind = map(str, key)
        icc = rows["icc"]
        good, excellent = int((icc >= GOOD).sum()), int((icc >= EXCELLENT).sum())
        shares.append(Share(where, kind, len(rows), good, excellent, float(icc.median())))
    return tuple(shares)


def _unstable(row: Any) -> Unstable:
    column = f"{row.image}.{row.region}.{row.feature}"
    return Unstable(feature_of(column), row.icc, row.ci_low, row.ci_high)


def _perturbed(study: Mapping[str, Any]) -> Sequence[str]:
    declared = {
        image: spec["stability"]
        for image, spec in (study.get("radiomics") or {}).items()
        if spec.get("stability")
    }
    return [
        f"{name_words(image)}: {', '.join(spec['perturbations'])}, {spec['repeats']} times"
        for image, spec in declared.items()
    ]
