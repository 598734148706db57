"""The design of the validation, from what the study file says and the cases that there are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tumorcast.cohort import Cohort, CohortReading
from tumorcast.cohort.dates import formats_of
from tumorcast.cohort.pseudonyms import hashed
from tumorcast.errors import Finding, StudyRefusedError, first_of, refuse
from tumorcast.study.load import Study
from tumorcast.study.schema import LEAVE_ONE_OUT, CentreSplit
from tumorcast.study.schema_temporal import TemporalSplit
from tumorcast.validation import AnyDesign, ByCentre, Design, GivenSplit, GivenSplits

MAX_BYTES = 16 * 2**20
_NAMED = 5
_MAX_SHARE_UNREADABLE = 0.5

Sides = tuple[Sequence[str], Sequence[str]]


def design_of(study: Study, reading: CohortReading) -> AnyDesign:
    """Return the design of the study's validation.

    Raises
    ------
    StudyRefusedError
        ``VAL-16`` the file of the splits cannot be read, ``VAL-09`` it names ids that no table
        lists, ``VAL-11`` it tests a case twice; ``VAL-14`` the column of the times is something
        else in most cases.
    """
    spec = study.file.validation
    if spec.centres == LEAVE_ONE_OUT:
        return ByCentre(spec.seed)
    if isinstance(spec.centres, CentreSplit):
        return ByCentre(spec.seed, spec.centres.train, spec.centres.test)
    if spec.splits is not None:
        return GivenSplits(spec.seed, _splits_of(study.base, spec.splits, reading))
    if spec.temporal is not None:
        return _by_time(spec.seed, spec.temporal, reading)
    return Design(spec.folds, spec.repeats, spec.seed)


def cases_of_test_sides(design: AnyDesign, cohort: Cohort) -> tuple[str, ...]:
    """Return the cases of a cohort that a design tests, whatever their outcome."""
    if isinstance(design, ByCentre) and design.test:
        centres = zip(cohort.case_ids, cohort.centres, strict=True)
        return tuple(case for case, centre in centres if centre in design.test)
    if isinstance(design, GivenSplits):
        tested = frozenset().union(*(split.test for split in design.splits))
        return tuple(case for case in cohort.case_ids if case in tested)
    return cohort.case_ids


def undated(temporal: TemporalSplit, reading: CohortReading) -> Iterator[Finding]:
    """Exclude (``VAL-14``) the cases of which it is not known when they were seen."""
    for case_id in reading.cohort.case_ids:
        text = reading.also[case_id]
        if temporal.is_later(text) is None:
            yield Finding(
                "VAL-14",
                "excluded",
                f"'{temporal.column}' is '{text}': nothing says whether the case is before "
                f"{temporal.start}",
                _expected(temporal),
                "fill in the cell, or correct it",
                case=case_id,
            )


def listing_findings(design: AnyDesign, case_ids: Collection[str]) -> Iterator[Finding]:
    """Say which cases are in no split (``VAL-12``), and which of a split are not used (``VAL-13``).

    Parameters
    ----------
    case_ids
        Of the cases that go on.
    """
    if not isinstance(design, GivenSplits):
        return
    absent = sorted(set(case_ids) - design.listed)
    if absent:
        yield Finding(
            "VAL-12",
            "warning",
            f"{len(absent)} cases are in no split ({first_of(absent, _NAMED)}): neither learned "
            "from nor tested",
            "every case in a split",
            "add them to the splits, if they are to count",
        )
    left = sorted(design.listed - set(case_ids))
    if left:
        yield Finding(
            "VAL-13",
            "warning",
            f"{len(left)} cases of the splits cannot be used and leave them "
            f"({first_of(left, _NAMED)})",
            "splits of usable cases",
            "mend the cases, if they are to count; other findings say why they were left out",
        )


def _splits_of(base: Path, file: Path, reading: CohortReading) -> tuple[GivenSplit, ...]:
    sides = [_hashed_sides(one, reading) for one in _read(base / file, str(file))]
    _require_known([*dict.fromkeys(i for pair in sides for side in pair for i in side)], reading)
    counts = Counter(one for _, tested in sides for one in tested)
    twice = sorted(one for one, count in counts.items() if count > 1)
    if twice:
        raise refuse(
            "VAL-11",
            f"{len(twice)} cases are tested more than once ({first_of(twice, _NAMED)})",
            expected="every case in one val list at most",
            fix="leave each case in one val list; give repeats of a split one file each",
            file=str(file),
        )
    return tuple(GivenSplit(frozenset(train), frozenset(test)) for train, test in sides)


def _read(path: Path, shown: str) -> list[Sides]:
    """Return the lists of a file as nnU-Net writes them: ``splits_final.json``."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(f"the splits cannot be read ({error.strerror})", shown) from None
    if len(content) > MAX_BYTES:
        raise _unreadable(f"the file is larger than {MAX_BYTES // 2**20} MiB", shown)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise _unreadable("the splits are no JSON", shown) from None
    if not isinstance(document, list) or not document:
        raise _unreadable("the splits are no list, or an empty one", shown)
    for number, split in enumerate(document, start=1):
        if not (isinstance(split, dict) and set(split) == {"train", "val"}):
            raise _unreadable(f"split {number} does not have just 'train' and 'val'", shown)
        if not (_are_ids(split["train"]) and _are_ids(split["val"])):
            raise _unreadable(f"a side of split {number} is no list of ids", shown)
    return [(split["train"], split["val"]) for split in document]


def _are_ids(side: Any) -> bool:
    return isinstance(side, list) and bool(side) and all(isinstance(one, str) for one in side)


def _unreadable(found: str, file: str) -> StudyRefusedError:
    return refuse(
        "VAL-16",
        found,
        expected='a JSON list of {"train": [ids], "val": [ids]}, as nnU-Net writes it',
        fix="correct the file, or the path in validation.splits",
        file=file,
    )


def _hashed_sides(sides: Sides, reading: CohortReading) -> Sides:
    names = reading.names
    if names is None:
        return sides
    train, test = ([names.of.get(i) or hashed(i, names.key) for i in side] for side in sides)
    return train, test


def _require_known(ids: Sequence[str], reading: CohortReading) -> None:
    there = set(reading.case_ids)
    strange = [one for one in ids if one not in there]
    if strange:
        near = {one: get_close_matches(one, there, n=1, cutoff=0.8) for one in strange[:_NAMED]}
        meant = [f"'{close[0]}' for '{one}'" for one, close in near.items() if close]
        raise refuse(
            "VAL-09",
            f"the splits name {len(strange)} ids that no table lists ({first_of(strange, _NAMED)})",
            expected="ids of the study's cases",
            fix=f"did you mean {', '.join(meant)}?" if meant else "write the ids as the table does",
        )


def _by_time(seed: int, temporal: TemporalSplit, reading: CohortReading) -> GivenSplits:
    later = {case.case_id: temporal.is_later(reading.also[case.case_id]) for case in reading.cohort}
    unknown = [reading.also[one] for one, side in later.items() if side is None]
    filled = [text for text in unknown if text]
    if len(unknown) > _MAX_SHARE_UNREADABLE * len(later):
        formats = ", ".join(formats_of(filled)[:3])
        seen = "empty" if not filled else f"something else, such as '{filled[0]}'"
        raise refuse(
            "VAL-14",
            f"{len(unknown)} of {len(later)} cells of '{temporal.column}' are {seen}",
            expected=_expected(temporal),
            fix="correct validation.temporal: its column, its format"
            + (f" ({formats})" if formats else "")
            + ", or from: a day for dates, a number for numbers",
        )
    tested = {case.patient_id for case in reading.cohort if later[case.case_id]}
    split = GivenSplit(
        frozenset(
            case.case_id
            for case in reading.cohort
            if later[case.case_id] is False and case.patient_id not in tested
        ),
        frozenset(one for one, side in later.items() if side),
    )
    names = (f"time before {temporal.start}", f"time from {temporal.start} on")
    return GivenSplits(seed, (split,), names)


def _expected(temporal: TemporalSplit) -> str:
    return "a number" if temporal.number is not None else f"a date as {temporal.format}"
