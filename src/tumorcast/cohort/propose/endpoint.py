"""Which columns say what happened, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from tumorcast.cohort.clinical import column_tokens
from tumorcast.cohort.numbers import number_of
from tumorcast.cohort.propose.dates import propose_dates
from tumorcast.cohort.propose.draft import Draft, words
from tumorcast.cohort.text_table import require_columns
from tumorcast.errors import refuse

EVENT_WORDS = {
    "event", "progressed", "progression", "recurrence", "relapse", "metastasis", "mets",
    "distant", "dm", "locoregional", "failure", "outcome", "status", "death", "dead", "died",
}  # fmt: skip
_DEATH_WORDS = {"death", "dead", "died", "deceased"}
_YES_TEXTS = {
    "yes", "y", "true", "event", "dead", "died", "deceased", "progressed", "progression",
    "relapse", "recurrence", "positive",
}  # fmt: skip
_TIME_WORDS = {
    "time", "days", "weeks", "months", "years", "os", "pfs", "rfs", "dfs", "efs", "dmfs", "lrfs",
    "mfs", "css", "dss", "ttp", "ttr", "survival",
}  # fmt: skip
_INITIALS = {
    "distant": "dm", "locoregional": "lr", "progressed": "ttp", "progression": "pfs",
    "relapse": "rfs", "recurrence": "rfs", "metastasis": "dmfs", "mets": "dmfs", "death": "os",
    "dead": "os", "died": "os",
}  # fmt: skip
_FOLLOWUP_WORDS = {"followup", "fu", "follow", "last"}
_UNITS = ("days", "weeks", "months", "years")
_TWO_YEARS_IN_DAYS = 730


def propose_endpoint(draft: Draft, event: str | None, time: str | None) -> dict[str, Any]:
    """Return the endpoint's part of the study file.

    Parameters
    ----------
    event
        ``COLUMN`` or ``COLUMN=TEXT`` for the text that means that the event came.

    Raises
    ------
    StudyRefusedError
        ``PRO-02`` when the event cannot be guessed; ``TAB-04`` when a given column is absent.
    """
    column, text = _split(draft, event) if event else (_guess_event(draft), None)
    require_columns({"--event": column} | ({"--time": time} if time else {}), [draft.table])
    draft.used.add(column)
    endpoint: dict[str, Any] = {"name": column.replace("_", " ").strip().lower()}
    endpoint["event"] = _event_of(draft, column, text)
    _note_other_events(draft)
    guessed = time or _guess_time(draft, column)
    if guessed is None or not draft.is_numeric(guessed):
        return endpoint | _times_between_dates(draft, column, time)
    time = guessed
    draft.used.add(time)
    endpoint |= {"time": time, "time_unit": _unit(draft, time)}
    _propose_followup(draft, endpoint)
    _propose_competing(draft, endpoint)
    endpoint["horizons_days"] = _horizons(draft, endpoint)
    return endpoint


def _times_between_dates(draft: Draft, event: str, time: str | None) -> dict[str, Any]:
    proposed = propose_dates(draft, event, time)
    if proposed:
        draft.notes["endpoint.horizons_days"] = "guess: it decides who counts as an event"
        return proposed | {"horizons_days": ["all"]}
    draft.notes.setdefault("endpoint.time", "no column of times was found; name it with --time")
    return {}


def _note_other_events(draft: Draft) -> None:
    others = _events(draft)
    if others and "endpoint.event" not in draft.notes:
        draft.notes["endpoint.event"] = f"other columns that could be it: {', '.join(others)}"


def _events(draft: Draft) -> list[str]:
    return [
        name for name in draft.free_columns if draft.is_zero_one(name) and words(name) & EVENT_WORDS
    ]


def _split(draft: Draft, event: str) -> tuple[str, str | None]:
    if event in draft.table.columns:
        return event, None
    column, equals, text = event.rpartition("=")
    return (column, text) if equals else (event, None)


def _guess_event(draft: Draft) -> str:
    candidates = _events(draft)
    if not candidates:
        raise refuse(
            "PRO-02",
            "no column of 0 and 1 has the name of an event",
            expected="the column that says whether the event came",
            fix="name it with --event COLUMN, or --event COLUMN=TEXT where TEXT means that it came",
            file=draft.table.file,
        )
    candidates.sort(key=lambda name: bool(words(name) & _DEATH_WORDS))
    others = f"; others: {', '.join(candidates[1:])}" if candidates[1:] else ""
    draft.notes["endpoint.event"] = f"guessed from the name and its 0 and 1{others}"
    return candidates[0]


def _event_of(draft: Draft, column: str, text: str | None) -> str | dict[str, str]:
    """Return the declaration of the event, with the text that means that it came if need be."""
    if text is not None:
        return {"column": column, "is": text}
    if draft.is_zero_one(column):
        return column
    counts = Counter(draft.known_texts(column))
    meaning_yes = [text for text in counts if text.casefold() in _YES_TEXTS]
    if len(counts) == 2 and len(meaning_yes) == 1:
        draft.notes["endpoint.event"] = f"guessed: '{meaning_yes[0]}' means that the event came"
        return {"column": column, "is": meaning_yes[0]}
    raise refuse(
        "PRO-02",
        f"'{column}' holds "
        + ", ".join(f"'{text}' in {count} cases" for text, count in counts.most_common(6)),
        expected="0 and 1, or to know which text means that the event came",
        fix=f"say it, such as --event {column}={counts.most_common()[-1][0] if counts else 'TEXT'}",
        file=draft.table.file,
    )


def _guess_time(draft: Draft, event: str) -> str | None:
    """Return the column of times whose name has most in common with the event's."""
    candidates = [
        name
        for name in draft.free_columns
        if draft.is_numeric(name)
        and len(set(draft.numbers(name))) > 2
        and words(name) & _TIME_WORDS
        and not words(name) & _FOLLOWUP_WORDS
        and not words(name) & (_DEATH_WORDS - words(event))
    ]
    if not candidates:
        return None
    best = max(candidates, key=lambda name: _likeness(name, event))
    others = [name for name in candidates if name != best]
    shown = f"; others: {', '.join(others[:5])}" if others else ""
    draft.notes["endpoint.time"] = f"guessed from the name{shown}"
    return best


def _likeness(name: str, event: str) -> int:
    """Return how much of the event's name, or of its initials, stands in the column's name."""
    event_words = words(event) | {_INITIALS[w] for w in words(event) if w in _INITIALS}
    joined = "".join(column_tokens(name))
    whole_name = "".join(column_tokens(event)) in joined
    return sum(len(word) for word in words(name) & event_words) + 100 * whole_name


def _unit(draft: Draft, time: str) -> str:
    for unit in _UNITS:
        if unit in words(time):
            return unit
    longest = max(draft.numbers(time), default=0.0)
    unit = "days" if longest > 300 else "months" if longest > 15 else "years"
    draft.notes["endpoint.time_unit"] = f"guessed: the longest time is {longest:g}; check it"
    return unit


def _propose_followup(draft: Draft, endpoint: dict[str, Any]) -> None:
    if len(draft.known_texts(endpoint["time"])) == len(draft.table.rows):
        return
    name = _first(draft, lambda n: bool(words(n) & _FOLLOWUP_WORDS) and draft.is_numeric(n))
    if name is not None:
        endpoint["followup"] = name
        draft.used.add(name)
        draft.notes["endpoint.followup"] = "guessed: used where the time is empty"


def _propose_competing(draft: Draft, endpoint: dict[str, Any]) -> None:
    if words(endpoint["name"]) & _DEATH_WORDS:
        return
    death = _first(draft, lambda n: bool(words(n) & _DEATH_WORDS) and draft.is_zero_one(n))
    time = _first(
        draft,
        lambda n: bool(words(n) & _DEATH_WORDS and words(n) & _TIME_WORDS) and draft.is_numeric(n),
    )
    if death is None:
        return
    if time is None:
        draft.notes["endpoint"] = (
            f"'{death}' may be a competing event; declare it if time ends at death"
        )
        return
    endpoint |= {"competing": death, "competing_time": time}
    draft.used |= {death, time}
    draft.notes["endpoint.competing"] = "guessed: after death the event can no longer come"


def _first(draft: Draft, fits: Callable[[str], bool]) -> str | None:
    return next((name for name in draft.free_columns if fits(name)), None)


def _horizons(draft: Draft, endpoint: dict[str, Any]) -> list[Any]:
    """Return two years where half of all cases were followed so long, else the whole follow-up."""
    columns = [endpoint["time"], endpoint.get("followup", endpoint["time"])]
    longest = [
        max(number_of(row.cells[name], draft.table.decimal) or 0.0 for name in columns)
        for row in draft.table.rows
    ]
    in_days = {"days": 1.0, "weeks": 7.0, "months": 30.4, "years": 365.25}[endpoint["time_unit"]]
    followed = sum(time * in_days >= _TWO_YEARS_IN_DAYS for time in longest)
    draft.notes["endpoint.horizons_days"] = "guessed: it decides who counts as an event"
    return [_TWO_YEARS_IN_DAYS, "all"] if 2 * followed >= len(longest) else ["all"]
