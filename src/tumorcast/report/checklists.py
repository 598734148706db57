"""Reporting guidelines, item by item: answered by the run, or left to the author."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import yaml

from tumorcast.report.answers import answers_of
from tumorcast.report.facts import Answer, Facts

GUIDELINES = ("tripod_ai", "clear", "metrics", "claim")
FOLDER = "checklists"
ANSWERED, FOR_THE_AUTHOR, NOT_APPLICABLE = "answered by the run", "for the author", "not applicable"


@dataclass(frozen=True)
class Item:
    """One item of a guideline.

    Parameters
    ----------
    no, text
        Its number in the guideline, and what it asks for in our words.
    technical
        Whether it asks for facts of data, features, models or results; the others are about aims,
        ethics, sharing and meaning.
    state
        `ANSWERED`, `FOR_THE_AUTHOR` or `NOT_APPLICABLE`.
    answer
        What the run says; ``None`` unless answered.
    """

    no: str
    text: str
    technical: bool
    state: str
    answer: Answer | None


@dataclass(frozen=True)
class Checklist:
    """A guideline filled in as far as the run can."""

    slug: str
    name: str
    about: str
    source: str
    items: tuple[Item, ...]

    @property
    def n_technical(self) -> int:
        """Technical items that apply to the run."""
        return sum(item.technical and item.state != NOT_APPLICABLE for item in self.items)

    @property
    def n_filled(self) -> int:
        """Technical items that the run answers."""
        return sum(item.technical and item.state == ANSWERED for item in self.items)


def checklists_of(facts: Facts) -> tuple[Checklist, ...]:
    """Return all guidelines, filled in."""
    answers = answers_of(facts)
    absent = _absent(facts)
    return tuple(_filled(slug, answers, absent) for slug in GUIDELINES)


def write_checklists(root: Path, checklists: tuple[Checklist, ...]) -> None:
    """Write ``checklists/NAME.csv``, one row an item."""
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    for one in checklists:
        with (folder / f"{one.slug}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["number", "item", "technical", "state", "answer", "place"])
            for item in one.items:
                said = item.answer or Answer("", "")
                place = f"report.html{said.place}" if said.place.startswith("#") else said.place
                technical = "yes" if item.technical else "no"
                table.writerow([item.no, item.text, technical, item.state, said.text, place])


def guideline(slug: str) -> dict[str, Any]:
    """Return a guideline as it is stored in the package."""
    path = package_files("tumorcast.report") / "guidelines" / f"{slug}.yaml"
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def _filled(slug: str, answers: Mapping[str, Answer], absent: frozenset[str]) -> Checklist:
    stored = guideline(slug)
    items = tuple(_item(entry, answers, absent) for entry in stored["items"])
    return Checklist(slug, stored["name"], stored["about"], stored["source"], items)


def _item(entry: Mapping[str, Any], answers: Mapping[str, Answer], absent: frozenset[str]) -> Item:
    answer = answers.get(entry.get("answer", ""))
    state = ANSWERED if answer else FOR_THE_AUTHOR
    if entry.get("needs") in absent:
        answer, state = None, NOT_APPLICABLE
    return Item(str(entry["number"]), entry["item"], bool(entry.get("technical")), state, answer)


def _absent(facts: Facts) -> frozenset[str]:
    """Return what this run has none of, so that items about it do not apply."""
    has = {
        "images": bool(facts.images),
        "radiomics": bool(facts.study.get("radiomics")),
        "network": any(arm.get("network") for arm in facts.files.arms.values()),
    }
    return frozenset(name for name, present in has.items() if not present)
