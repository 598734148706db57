"""The outcome of every case out of the columns that the endpoint names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.classes import Happened, read_classes
from tumorcast.cohort.clinical import column_tokens
from tumorcast.cohort.elapsed import Elapsed, date_questions, elapsed, too_long
from tumorcast.cohort.numbers import is_one_of, number_of
from tumorcast.cohort.outcome import Outcome
from tumorcast.cohort.records import Record
from tumorcast.cohort.schema import EndpointSource, FlagSource
from tumorcast.cohort.text_table import TextTable
from tumorcast.errors import Finding

EVENT, COMPETING = 1, 2

_NAMES_OF_NO_EVENT = frozenset({"alive", "censor", "censored", "censoring", "ned", "free"})


@dataclass(frozen=True)
class EndpointReading:
    """The endpoint of the cases that have one, by id, and why others have none."""

    happened: dict[str, Happened]
    findings: tuple[Finding, ...]
    levels: tuple[str, ...] = ()

    def one_sided(self, event: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return the events themselves, or, of classes, each class as the event."""
        if not self.levels:
            return [event]
        return [(event == number).astype(np.int64) for number in range(len(self.levels))]

    def positions_and_events(
        self, records: Sequence[Record]
    ) -> tuple[list[int], NDArray[np.int64]]:
        """Return which of the records have an endpoint, and their events."""
        positions = [i for i, record in enumerate(records) if record.case_id in self.happened]
        events = [self.happened[records[i].case_id].event for i in positions]
        return positions, np.array(events, dtype=np.int64)

    def outcome(self, case_ids: Sequence[str]) -> Outcome:
        """Return the outcome of these cases, in this order."""
        chosen = [self.happened[case_id] for case_id in case_ids]
        event = np.array([one.event for one in chosen], dtype=np.int64)
        if self.levels:
            return Outcome(tuple(case_ids), event, None, self.levels)
        times = [one.time_days for one in chosen if one.time_days is not None]
        timed = len(times) == len(chosen)
        return Outcome(tuple(case_ids), event, np.array(times, dtype=np.float64) if timed else None)


def read_endpoint(
    source: EndpointSource, records: Sequence[Record], table: TextTable
) -> EndpointReading:
    """Read event and time of every record.

    Findings
    --------
    ``END-01`` the event column holds something else than 0 and 1 and the study does not say what
    means yes (refused); ``END-02`` no event, only events, or a name that speaks of the absence of
    an event, with the counts of both readings (refused); ``END-03`` the event is not known
    (excluded); ``END-04`` the time is absent or no number (excluded); ``END-05`` times of 0 or
    below (refused, with the cases); ``END-06`` the event lies after the end of follow-up
    (warning); ``END-07`` the event came at an unknown time, which is set to the end of follow-up,
    its latest possible (repaired); ``END-09`` to ``END-12`` as `tumorcast.cohort.elapsed`;
    ``END-13`` and ``END-14`` as `read_classes`.
    """
    if source.classes is not None:
        happened, found = read_classes(source.classes, records, table)
        return EndpointReading(happened, found, tuple(source.classes.levels))
    event = _declared_event(source)
    questions = list(date_questions(source, records, table))
    timeless = source.model_copy(update={"time": None}) if questions else source
    judged = [_judge(record, event, timeless, table) for record in records]
    happened = {
        record.case_id: one
        for record, (one, _) in zip(records, judged, strict=True)
        if one is not None
    }
    findings = [
        *_coding(event, "endpoint.event", records, table),
        *(
            _coding(source.competing, "endpoint.competing", records, table)
            if source.competing
            else ()
        ),
        *questions,
        *(finding for _, finding in judged if finding is not None),
        *_impossible_times(happened, source, table.file),
    ]
    if not any(finding.consequence == "refused" for finding in findings):
        findings += _one_sided(event, happened, records, table)
    return EndpointReading(happened, tuple(findings))


def _declared_event(source: EndpointSource) -> FlagSource:
    """Return the event of an endpoint that has no classes."""
    if source.event is None:
        raise ValueError("an endpoint with classes has no event")
    return source.event


def _judge(
    record: Record, declared: FlagSource, source: EndpointSource, table: TextTable
) -> tuple[Happened | None, Finding | None]:
    came = _flag(record, declared, table)
    if came is None:
        return None, _excluded("END-03", f"'{declared.column}' is empty", record, table.file)
    other = _flag(record, source.competing, table) if source.competing and not came else False
    event = EVENT if came else COMPETING if other else 0
    if source.time is None:
        return Happened(event, None), None
    column = _time_column(record, source, event, table)
    time = elapsed(record, column, source, table)
    if time.days is None:
        return None, _excluded(
            time.fault, f"{time.shown} where the event is {event}", record, table.file
        )
    odd = _odd_time(time, column, record, source, table) if event == EVENT else None
    return Happened(event, time.days), odd


def _flag(record: Record, source: FlagSource, table: TextTable) -> bool | None:
    text = record.row.cells[source.column]
    if text == "" or (text in table.missing and text not in (source.values or ())):
        return None
    return is_one_of(text, source.values or ("1",), table.decimal)


def _time_column(record: Record, source: EndpointSource, event: int, table: TextTable) -> str:
    """Return the column that holds this case's time; the last resort where all are empty."""
    candidates = [source.time, source.followup]
    if event == COMPETING:
        candidates.insert(0, source.competing_time)
    named = [column for column in candidates if column is not None]
    filled = (c for c in named if record.row.cells[c] not in {"", *table.missing})
    return next(filled, named[-1])


def _odd_time(
    time: Elapsed, column: str, record: Record, source: EndpointSource, table: TextTable
) -> Finding | None:
    """Return what is odd about the time of an event."""
    if source.followup is None:
        return None
    if column == source.followup:
        return Finding(
            "END-07",
            "repaired",
            f"the event came but '{source.time}' is empty; taken as the end of follow-up, "
            f"{time.shown}",
            "the time of every event",
            "fill in the time; until then horizons before it count this case as without the event",
            case=record.case_id,
            file=table.file,
        )
    end = elapsed(record, source.followup, source, table)
    if time.days is None or end.days is None or time.days <= end.days:
        return None
    return Finding(
        "END-06",
        "warning",
        f"the event came at {time.shown}, follow-up ended at {end.shown}",
        "an event within follow-up",
        f"check '{source.time}' and '{source.followup}'",
        case=record.case_id,
        file=table.file,
    )


def _excluded(code: str, found: str, record: Record, file: str) -> Finding:
    return Finding(
        code,
        "excluded",
        f"{found} (row {record.row.number})",
        "an event that is known, and its time",
        "fill in the cell, or leave the case out of the table",
        case=record.case_id,
        file=file,
    )


def _coding(
    source: FlagSource, where: str, records: Sequence[Record], table: TextTable
) -> Iterator[Finding]:
    """Refuse a column whose yes must be guessed."""
    if source.values is not None:
        return
    counts = _counts(source, records, table)
    odd = [text for text in counts if number_of(text, table.decimal) not in {0.0, 1.0}]
    if odd:
        yield _refused("END-01", f"'{source.column}' holds {_shown(counts)}", where, source, counts)
    elif _NAMES_OF_NO_EVENT & set(column_tokens(source.column)):
        yield _refused(
            "END-02",
            f"the name '{source.column}' speaks of patients without the event; it holds "
            f"{_shown(counts)}",
            where,
            source,
            counts,
        )


def _one_sided(
    source: FlagSource,
    happened: dict[str, Happened],
    records: Sequence[Record],
    table: TextTable,
) -> Iterator[Finding]:
    n_events = sum(one.event == EVENT for one in happened.values())
    if 0 < n_events < len(happened):
        return
    counts = _counts(source, records, table)
    found = (
        f"read so, {n_events} of {len(happened)} cases have the event and, read the other way, "
        f"{len(happened) - n_events}; '{source.column}' holds {_shown(counts)}"
    )
    yield _refused(
        "END-02",
        found,
        "endpoint.event",
        source,
        counts,
        "add cases of the other kind, or choose another endpoint; where another text",
    )


def _refused(
    code: str,
    found: str,
    where: str,
    source: FlagSource,
    counts: Counter[str],
    mend: str = "say which text",
) -> Finding:
    readings = " or ".join(
        f'{where}: {{column: "{source.column}", is: "{text}"}} ({count} cases)'
        for text, count in counts.most_common(4)
    )
    return Finding(
        code,
        "refused",
        found,
        "0 (no) and 1 (yes), both of them",
        f"{mend} means that the event came: {readings or 'fill in the column'}",
    )


def _counts(source: FlagSource, records: Sequence[Record], table: TextTable) -> Counter[str]:
    texts = (record.row.cells[source.column] for record in records)
    return Counter(text for text in texts if text != "" and text not in table.missing)


def _shown(counts: Counter[str]) -> str:
    listed = [f"'{text}' in {count} cases" for text, count in counts.most_common(6)]
    return ", ".join(listed) + (" and more" if len(counts) > 6 else "") if listed else "nothing"


def _impossible_times(
    happened: dict[str, Happened], source: EndpointSource, file: str
) -> Iterator[Finding]:
    times = {c: one.time_days for c, one in happened.items() if one.time_days is not None}
    yield from too_long(list(times.values()), source, file)
    wrong = [case_id for case_id, time_days in times.items() if time_days <= 0]
    if not wrong:
        return
    events = sum(happened[case_id].event == EVENT for case_id in wrong)
    yield Finding(
        "END-05",
        "refused",
        f"the time is 0 or below in {len(wrong)} cases, {events} of them with the event: "
        + ", ".join(wrong[:10])
        + (" and more" if len(wrong) > 10 else ""),
        "times counted from the index date, above 0",
        f"correct '{source.time}', or leave these cases out: at the index date they had already "
        "had the event or were not followed",
        file=file,
    )
