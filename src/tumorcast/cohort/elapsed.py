"""How much time passed until the end of a case: a column of times, or two columns of dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tumorcast.cohort.dates import date_of, formats_of, shown_readings
from tumorcast.cohort.numbers import number_of
from tumorcast.cohort.records import Record
from tumorcast.cohort.schema import EndpointSource
from tumorcast.cohort.text_table import TextTable
from tumorcast.errors import Finding

DAYS_PER = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
LONGEST_DAYS = 100 * 365.25
_MAX_SHARE_OF_ODD_DATES = 0.5


@dataclass(frozen=True)
class Elapsed:
    """Days from the index date, and how they stand in the table; or why they are not known.

    Parameters
    ----------
    days
        ``None`` when they cannot be known.
    shown
        In the table's own words: ``12 months``, ``2020-05-04``.
    fault
        Code of the finding, empty without one.
    """

    days: float | None
    shown: str
    fault: str = ""


def elapsed(record: Record, column: str, source: EndpointSource, table: TextTable) -> Elapsed:
    """Return how long after the index date the time or date in `column` lies.

    ``END-04`` it is no number; ``END-10`` one of the two dates is not in the declared format;
    ``END-11`` it does not lie after the index date, or more than 100 years after.
    """
    text = record.row.cells[column]
    if source.dates is None:
        time = number_of(text, table.decimal)
        if time is None:
            return Elapsed(None, f"'{column}' is '{text}'", "END-04")
        return Elapsed(time * DAYS_PER[str(source.time_unit)], f"{time:g} {source.time_unit}")
    first = record.row.cells[source.dates.start]
    start, end = date_of(first, source.dates.format), date_of(text, source.dates.format)
    if start is None or end is None:
        odd = f"'{source.dates.start}' is '{first}', '{column}' is '{text}'"
        return Elapsed(None, odd, "END-10")
    days = (end - start).days
    if not 0 < days <= LONGEST_DAYS:
        odd = f"'{column}' is {text}, {days} days after '{source.dates.start}', {first}"
        return Elapsed(None, odd, "END-11")
    return Elapsed(float(days), text)


def date_questions(
    source: EndpointSource, records: Sequence[Record], table: TextTable
) -> Iterator[Finding]:
    """Ask (``END-09``) for the format of columns of which most cells are in another one."""
    if source.dates is None:
        return
    columns = (source.dates.start, source.time, source.followup, source.competing_time)
    for column in dict.fromkeys(name for name in columns if name is not None):
        cells = [record.row.cells[column] for record in records]
        known = [text for text in cells if text and text not in table.missing]
        odd = [text for text in known if date_of(text, source.dates.format) is None]
        if len(odd) > _MAX_SHARE_OF_ODD_DATES * len(known):
            formats = formats_of(odd)
            yield Finding(
                "END-09",
                "ask",
                f"'{column}' holds {odd[0]} and such: {shown_readings(odd[0], formats)}",
                f"dates as {source.dates.format}",
                f'declare endpoint.dates: {{start: "{source.dates.start}", '
                f'format: "{_usable(formats)}"}}',
                file=table.file,
            )


def _usable(formats: Sequence[str]) -> str:
    """Return a format to paste; years of two digits have to be written out first."""
    full = [one for one in formats if one.endswith("YYYY") or not one.endswith("YY")]
    return " or ".join(full) or "DD/MM/YYYY, with years of four digits"


def too_long(times_days: Sequence[float], source: EndpointSource, file: str) -> Iterator[Finding]:
    """Refuse (``END-12``) times that no patient is followed for: their unit is another one."""
    longest = max(times_days, default=0.0)
    if longest > LONGEST_DAYS:
        yield Finding(
            "END-12",
            "refused",
            f"the longest time is {longest / 365.25:,.0f} years when '{source.time}' is read in "
            f"{source.time_unit}",
            "times of at most 100 years",
            "correct endpoint.time_unit, or the times that are in another unit than the others",
            file=file,
        )
