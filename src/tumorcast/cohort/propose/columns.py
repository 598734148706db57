"""Which kind of variable each remaining column is."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from tumorcast.cohort.clinical import MAX_LEVELS
from tumorcast.cohort.leaks import looks_later
from tumorcast.cohort.numbers import flag_of
from tumorcast.cohort.propose.draft import Draft, words
from tumorcast.cohort.propose.endpoint import EVENT_WORDS

_TIME_WORDS = {"date", "days", "weeks", "months", "time", "interval"}
_VOLUME_WORDS = {"vol", "volume", "mtv", "gtv"}
_LAB_WORDS = {
    "afp", "albumin", "alp", "alt", "ast", "bilirubin", "cea", "cga", "chromogranin",
    "creatinine", "crp", "ggt", "haemoglobin", "hb", "hemoglobin", "inr", "ldh", "leukocytes",
    "lymphocytes", "neutrophils", "platelets", "psa", "wbc",
}  # fmt: skip
_TREATMENT_WORDS = {"tx", "treatment", "therapy", "chemotherapy", "radiotherapy", "surgery"}
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_MAX_CODES = 3


def propose_columns(draft: Draft, *, with_images: bool) -> dict[str, dict[str, Any]]:
    """Return the declarations of all columns that have no place yet.

    What cannot be a variable (constant, free text, dates) is left out, with a note. What looks as
    if known only later is declared so; the rest is assumed to be known at baseline.
    """
    declared: dict[str, dict[str, Any]] = {}
    for name in draft.free_columns:
        key = _key(name, set(declared))
        reason = _why_not(draft, name)
        if reason is not None:
            draft.notes[f"columns.{key}"] = f"'{name}' is left out: {reason}"
            continue
        declared[key] = _declaration(draft, name, key)
        if not with_images and _is_volume(draft, name, declared):
            declared[key]["block"] = "volume"
            draft.notes[f"columns.{key}.block"] = "guessed: the tumour's volume"
    return declared


def _why_not(draft: Draft, name: str) -> str | None:
    texts = draft.known_texts(name)
    distinct = set(texts)
    if len(distinct) < 2:
        return "it never changes" if distinct else "it is empty"
    if all(_DATE.fullmatch(text) for text in texts):
        return "dates are no variables; use the days between two of them"
    if not _codes_among_numbers(draft, name) and not draft.is_numeric(name):
        n_levels = len({text.casefold() for text in texts})
        if n_levels > max(MAX_LEVELS, len(texts) / 2):
            return f"free text, {n_levels} different cells"
    return None


def _declaration(draft: Draft, name: str, key: str) -> dict[str, Any]:
    codes = _codes_among_numbers(draft, name)
    texts = [text for text in draft.known_texts(name) if text not in codes]
    if all(flag_of(text, draft.table.decimal) is not None for text in texts):
        kind = "flag"
    elif codes or draft.is_numeric(name):
        kind = "number"
    else:
        kind = "category"
    declared: dict[str, Any] = {"kind": kind, "known": "baseline"}
    is_event = kind == "flag" and words(name) & EVENT_WORDS
    if looks_later(name) or words(name) & _TIME_WORDS or is_event:
        declared["known"] = "later"
        draft.notes[f"columns.{key}.known"] = "guessed from the name: not used as a predictor"
    elif words(name) & _TREATMENT_WORDS:
        draft.notes[f"columns.{key}.known"] = "guess: a treatment; later if chosen afterwards"
    if words(name) & _LAB_WORDS:
        declared["block"] = "lab"
    if key != name:
        declared["column"] = name
    unit = _UNIT.search(name)
    if kind == "number" and unit:
        declared["unit"] = unit[1]
        draft.notes[f"columns.{key}.unit"] = "guess: from the name"
    if codes:
        present = draft.table.missing & set(draft.table.values(name))
        declared["missing"] = sorted({*present, *codes})
        draft.notes[f"columns.{key}.missing"] = f"guessed: {', '.join(codes)} among numbers"
    return declared


def _codes_among_numbers(draft: Draft, name: str) -> list[str]:
    """Return the few texts that interrupt a column of numbers."""
    texts = draft.known_texts(name)
    numbers = draft.numbers(name)
    n_wrong = len(texts) - len(numbers)
    if not 0 < n_wrong <= len(texts) / 2 or len(set(numbers)) <= 2:
        return []
    codes = sorted({text for text in texts if not any(sign.isdigit() for sign in text)})
    return codes if len(codes) <= _MAX_CODES else []


def _is_volume(draft: Draft, name: str, declared: dict[str, dict[str, Any]]) -> bool:
    taken = any(column.get("block") == "volume" for column in declared.values())
    return not taken and bool(words(name) & _VOLUME_WORDS) and draft.is_numeric(name)


def _key(name: str, taken: set[str]) -> str:
    """Return a key for the column: its name, without what a study file would have to quote."""
    plain = name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else ""
    key = plain or re.sub(r"\W+", "_", _ascii(name), flags=re.ASCII).strip("_") or "column"
    key = f"c_{key}" if key[0].isdigit() else key
    number = 2
    unique = key
    while unique in taken:
        unique, number = f"{key}_{number}", number + 1
    return unique


def _ascii(name: str) -> str:
    """Return a name in small letters without accents; what has no plain letter becomes a gap."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
