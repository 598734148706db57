"""Which features the fitted models use, and how often over the folds they are picked."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tumorcast.report.words import name_words, region_words, sentence

MAX_FEATURES = 15
_TABLES = {"clinical", "lab", "volume"}
_NAMES = {"tumor_log10_mm3": "tumour volume, logarithm"}


@dataclass(frozen=True)
class Feature:
    """A column that the arm's models use.

    Parameters
    ----------
    where
        Image and tissue, or table.
    name
        What was measured.
    detail
        Family and image filter of a radiomics feature, else empty.
    column
        The whole name.
    n_picked
        Fitted models that use it.
    importance
        Median importance in them, relative to the largest of the arm.
    """

    where: str
    name: str
    detail: str
    column: str
    n_picked: int
    importance: float


@dataclass(frozen=True)
class Selected:
    """The features of one arm, the most often picked first.

    Parameters
    ----------
    arm
        Whose models.
    n_models
        Models fitted: one a repeat and fold.
    n_columns
        Different columns picked at least once.
    n_always
        Columns picked in every model.
    features
        The first few.
    """

    arm: str
    n_models: int
    n_columns: int
    n_always: int
    features: tuple[Feature, ...]

    @property
    def selects(self) -> bool:
        """Whether the models differ in what they use."""
        return self.n_always < self.n_columns


def selected_features(
    importance: pd.DataFrame | None, arm: str, horizon_days: float
) -> Selected | None:
    """Return the features of an arm at a horizon; ``None`` when its models name none."""
    if importance is None:
        return None
    rows = importance[(importance["arm"] == arm) & (importance["horizon_days"] == horizon_days)]
    if rows.empty:
        return None
    by_column = rows.groupby("column")["importance"].agg(["size", "median"])
    ranked = by_column.sort_values(["size", "median"], ascending=False)
    n_models = len(rows.drop_duplicates(["repeat", "fold"]))
    largest = float(ranked["median"].max()) or 1.0
    features = tuple(
        feature_of(str(row.Index), int(row.size), float(row.median) / largest)  # type: ignore[arg-type]
        for row in ranked.head(MAX_FEATURES).itertuples()
    )
    n_always = int((ranked["size"] == n_models).sum())
    return Selected(arm, n_models, len(ranked), n_always, features)


def feature_of(column: str, n_picked: int = 0, importance: float = 0.0) -> Feature:
    """Return a column by where and what it measures."""
    source, _, rest = column.partition(".")
    region, dot, measure = rest.rpartition(".")
    if not dot or source in _TABLES:
        variable, equals, level = rest.replace(".", " ").partition("=")
        name = sentence(_NAMES.get(rest, name_words(variable))) + (f" = {level}" if equals else "")
        return Feature(name_words(source), name, "", column, n_picked, importance)
    image_filter, _, named = measure.partition("_")
    family, _, name = named.partition("_")
    detail = f"{family}, {image_filter}" if name else ""
    where = f"{name_words(source)}, {region_words(region)}"
    return Feature(where, name or measure, detail, column, n_picked, importance)
