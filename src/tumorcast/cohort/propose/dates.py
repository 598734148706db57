"""Which columns of dates begin and end the time of an endpoint."""

from __future__ import annotations

from typing import Any

from tumorcast.cohort.dates import EXCEL, formats_of
from tumorcast.cohort.propose.draft import Draft, words

_START_WORDS = {
    "diagnosis", "baseline", "index", "inclusion", "enrolment", "enrollment", "scan", "imaging",
    "start", "treatment",
}  # fmt: skip
_END_WORDS = {
    "last", "followup", "fu", "contact", "end", "censored", "event", "relapse", "recurrence",
    "progression", "metastasis", "death", "failure",
}  # fmt: skip
_FOLLOWUP_WORDS = {"last", "followup", "fu", "contact", "end"}


def propose_dates(draft: Draft, event: str, time: str | None) -> dict[str, Any]:
    """Return ``time``, ``dates`` and ``followup`` of an endpoint; empty without such columns.

    Dates that can be read in two ways are proposed in none; the note says so.

    Parameters
    ----------
    event
        Column of the event; a date whose name has most in common with it ends the time.
    time
        Column that ends the time, when it is given.
    """
    formats = {name: _formats(draft, name) for name in draft.free_columns}
    dated = [name for name in draft.free_columns if formats[name]]
    starts = [name for name in dated if words(name) & _START_WORDS and name != time]
    ends = [name for name in dated if words(name) & _END_WORDS and name not in starts]
    ends.sort(key=lambda name: -len(words(name) & words(event)))
    end = time if time in dated else next(iter(ends), None)
    if not starts or end is None or (time is not None and time not in dated):
        return {}
    common = [one for one in formats[starts[0]] if one in formats[end]]
    if len(common) != 1:
        written = " or ".join(common) or "different formats"
        draft.notes["endpoint.time"] = (
            f"'{starts[0]}' and '{end}' hold dates in {written}; declare time: and dates:"
        )
        return {}
    proposed: dict[str, Any] = {
        "time": end,
        "dates": {"start": starts[0], "format": common[0]},
    }
    draft.notes["endpoint.dates"] = "guess: times are counted between these dates"
    late = [name for name in dated if words(name) & _FOLLOWUP_WORDS and name != end]
    if late and len(draft.known_texts(end)) < len(draft.table.rows):
        proposed["followup"] = late[0]
    draft.used |= {starts[0], end, *late[:1]}
    return proposed


def _formats(draft: Draft, name: str) -> tuple[str, ...]:
    """Return the formats with years of four digits that read a column which is no number."""
    if draft.is_numeric(name):
        return ()
    found = formats_of(draft.known_texts(name))
    return tuple(one for one in found if "YYYY" in one and one != EXCEL)
