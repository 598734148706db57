"""Table 1: the cases on the index date, by what happened to them later."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.report.group_tests import (
    p_of_levels,
    p_of_numbers,
    smd_of_levels,
    smd_of_numbers,
)
from tumorcast.report.population import analysed_cases, n_centres
from tumorcast.report.run_files import RunFiles
from tumorcast.report.words import DASH, name_words, percent, sentence

MAX_LEVELS = 8
_VOLUME = "volume.tumor_log10_mm3"
Groups = Mapping[str, "pd.Index[Any]"]
Smd = Callable[["pd.Series[Any]", "pd.Series[Any]"], float]
_GROUPS = ((1, "Event"), (0, "No event"), (2, "Competing event"))


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    label
        Variable with its unit, or a level of the variable above.
    cells
        One text a group.
    missing
        How many cases lack the value; empty on the lines of levels.
    smd, p_value
        Standardised difference between the cases with and without the event, and p of the test
        over all groups; NaN on the lines of levels and where not defined.
    is_level
        Whether the line is a level of the variable above.
    """

    label: str
    cells: tuple[str, ...]
    missing: str
    smd: float = math.nan
    p_value: float = math.nan
    is_level: bool = False


@dataclass(frozen=True)
class TableOne:
    """The table: groups with their sizes, and lines."""

    groups: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]


def table_one(files: RunFiles) -> TableOne | None:
    """Return the table, or ``None`` when no baseline variables were kept."""
    if files.features is None:
        return None
    cases = analysed_cases(files)
    values = files.features.set_axis(files.features.index.astype(str)).reindex(cases.index)
    groups = _groups(cases)
    declared = files.study.get("columns") or {}
    rows = [row for name in values.columns for row in _variable(values[name], groups, declared)]
    if n_centres(files) > 1:
        centre = cases["centre"].replace("", None).rename("centre")
        rows = [*_levels("Centre", centre, groups), *rows]
    if not rows:
        return None
    return TableOne(tuple((name, len(index)) for name, index in groups.items()), tuple(rows))


def write_table_one(root: Path, table: TableOne) -> None:
    """Write ``tables/table_one.csv``, as the page shows it."""
    rows = [
        {
            "variable": row.label,
            "is_level": row.is_level,
            **{
                f"{name} (n = {n})": cell
                for (name, n), cell in zip(table.groups, row.cells, strict=True)
            },
            "missing": row.missing,
            "smd": row.smd,
            "p_value": row.p_value,
        }
        for row in table.rows
    ]
    folder = root / "tables"
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(folder / "table_one.csv", index=False, lineterminator="\n")


def _groups(cases: pd.DataFrame) -> dict[str, pd.Index[Any]]:
    code = cases["event"].clip(upper=2)
    groups = {name: cases.index[code == value] for value, name in _GROUPS}
    return {"All": cases.index, **{name: index for name, index in groups.items() if len(index)}}


def _variable(
    values: pd.Series[Any], groups: Groups, declared: Mapping[str, Mapping[str, Any]]
) -> list[Row]:
    name = str(values.name)
    if name == _VOLUME:
        return [_numeric("Tumour volume, mL", 10**values / 1000, groups)]
    block, _, variable = name.partition(".")
    if block not in {"clinical", "lab", "volume"}:
        return []
    label = sentence(name_words(variable))
    declaration = declared.get(variable, {})
    unit = declaration.get("unit", "")
    if declaration.get("ranks"):
        names = _rank_names(declaration["ranks"])
        return _levels(label, values.map(names), groups, order=list(names.values()))
    if not pd.api.types.is_numeric_dtype(values):
        return _levels(label, values, groups)
    if set(values.dropna().unique()) <= {0.0, 1.0}:
        return [_flag(label, values, groups)]
    return [_numeric(f"{label}, {unit}" if unit else label, values, groups)]


def _rank_names(ranks: Mapping[str, float]) -> dict[float, str]:
    """Return the texts that each rank stands for, by ascending rank."""
    texts: dict[float, list[str]] = {}
    for text, rank in sorted(ranks.items(), key=lambda item: item[1]):
        texts.setdefault(float(rank), []).append(text)
    return {rank: "/".join(names) for rank, names in texts.items()}


def _numeric(label: str, values: pd.Series[Any], groups: Groups) -> Row:
    cells = tuple(_quartiles(values[index]) for index in groups.values())
    apart = _apart(values, groups)
    p_value = p_of_numbers(list(apart.values()))
    return Row(label, cells, _missing(values), _difference(apart, smd_of_numbers), p_value)


def _apart(values: pd.Series[Any], groups: Groups) -> dict[str, pd.Series[Any]]:
    """Return the values by what happened."""
    return {name: values[index] for name, index in groups.items() if name != "All"}


def _difference(apart: Mapping[str, pd.Series[Any]], of: Smd) -> float:
    if not {"Event", "No event"} <= set(apart):
        return math.nan
    return of(apart["Event"], apart["No event"])


def _quartiles(values: pd.Series[Any]) -> str:
    if values.isna().all():
        return DASH
    low, median, high = (_short(float(q)) for q in values.quantile([0.25, 0.5, 0.75]))
    return f"{median} ({low} to {high})"


def _short(value: float) -> str:
    digits = 0 if abs(value) >= 100 or value == round(value) else 1 if abs(value) >= 1 else 2
    return f"{value:.{digits}f}"


def _flag(label: str, values: pd.Series[Any], groups: Groups) -> Row:
    cells = tuple(_share(values[index], 1.0) for index in groups.values())
    return Row(label, cells, _missing(values), *_tested(values, groups))


def _tested(values: pd.Series[Any], groups: Groups) -> tuple[float, float]:
    apart = _apart(values, groups)
    return _difference(apart, smd_of_levels), p_of_levels(list(apart.values()))


def _levels(
    label: str, values: pd.Series[Any], groups: Groups, order: Sequence[str] = ()
) -> list[Row]:
    by_size = [str(level) for level in values.value_counts().index]
    shown, merged = sorted(by_size[:MAX_LEVELS]), set(by_size[MAX_LEVELS:])
    if order:
        shown, merged = [level for level in order if level in by_size], set()
    if merged:
        name = f"{len(merged)} other levels"
        values = values.map(lambda level: name if level in merged else level)
        shown.append(name)
    empty = ("",) * len(groups)
    rows = [Row(label, empty, _missing(values), *_tested(values, groups))]
    for level in shown:
        cells = tuple(_share(values[index], level) for index in groups.values())
        rows.append(Row(level, cells, "", is_level=True))
    return rows


def _share(values: pd.Series[Any], level: float | str) -> str:
    known = int(values.notna().sum())
    n = int((values == level).sum())
    return f"{n} ({percent(n, known)})"


def _missing(values: pd.Series[Any]) -> str:
    n = int(values.isna().sum())
    return f"{n} ({percent(n, len(values))})" if n else "0"
