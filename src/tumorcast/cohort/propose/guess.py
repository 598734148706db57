"""What is guessed of a folder's images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_UNIT_OF = {"CT": "HU", "PT": "SUVbw", "PET": "SUVbw"}
_NAME_OF = {"PET": "pt", "PT": "pt"}


@dataclass(frozen=True)
class LayoutGuess:
    """A folder in a layout that finds its own images.

    Parameters
    ----------
    layout
        As in `CohortSource`.
    case_ids
        Of the cases in the folder.
    cohort
        Keys and values of ``cohort:`` beside the tables.
    notes
        By dotted key of the study file, what was guessed from what.
    """

    layout: str
    case_ids: tuple[str, ...]
    cohort: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)


def image_of(modality: str) -> tuple[str, dict[str, Any]]:
    """Return the name of an image of this modality, and its declaration."""
    name = _NAME_OF.get(modality.upper(), modality.lower())
    declared: dict[str, Any] = {"unit": _UNIT_OF.get(modality.upper(), "arbitrary")}
    if name.upper() != modality:
        declared["modality"] = modality
    return name, declared


def few(items: list[str], most: int = 8) -> str:
    """Return the first of many, and how many more there are."""
    shown = ", ".join(items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown
