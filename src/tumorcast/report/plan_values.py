"""The resolved plan, value by value, with who chose it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tumorcast.report.words import count

ORIGINS = {
    "given": "written in the study file",
    "preset": "from the preset that the study file names",
    "from rule": "by a rule of the program",
    "learned in fold": "on the training rows of each fold, never before the split",
}
"""What each tag of the plan means."""


@dataclass(frozen=True)
class Chosen:
    """One choice: its name inside its chapter, its value as text, and its origin."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Chapter:
    """The choices under one first word of their keys."""

    name: str
    chosen: tuple[Chosen, ...]


def plan_chapters(values: Sequence[Mapping[str, Any]]) -> tuple[Chapter, ...]:
    """Return the choices by the first word of their keys, what is learned in the folds last."""
    chapters: dict[str, list[Chosen]] = {}
    for entry in values:
        head, dot, rest = entry["key"].partition(".")
        learned = entry["origin"] == "learned in fold"
        name = "learned in the folds" if learned else head if dot else "study"
        chosen = Chosen(rest if dot else head, _text(entry.get("value")), entry["origin"])
        chapters.setdefault(name, []).append(chosen)
    return tuple(Chapter(name.replace("_", " "), tuple(rows)) for name, rows in chapters.items())


def origin_counts(values: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str, str], ...]:
    """Return for each origin its name, what it means, and how many values have it."""
    found = [entry["origin"] for entry in values]
    return tuple(
        (origin, meaning, count(found.count(origin), "value"))
        for origin, meaning in ORIGINS.items()
        if origin in found
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value)
