from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.cohort.dates import (
    EXCEL,
    KNOWN_FORMATS,
    check_format,
    date_of,
    formats_of,
    shown_readings,
)


@pytest.mark.parametrize(
    ("text", "written", "expected"),
    [
        ("2020-04-03", "YYYY-MM-DD", date(2020, 4, 3)),
        ("2020-04-03 00:00:00", "YYYY-MM-DD", date(2020, 4, 3)),
        ("3.4.2020", "DD.MM.YYYY", date(2020, 4, 3)),
        ("03/04/2020", "MM/DD/YYYY", date(2020, 3, 4)),
        ("20200403", "YYYYMMDD", date(2020, 4, 3)),
        ("43924", EXCEL, date(2020, 4, 3)),
        ("43924.0", EXCEL, date(2020, 4, 3)),
        ("31.04.2020", "DD.MM.YYYY", None),
        ("2020-04-03", "DD.MM.YYYY", None),
        ("03.04.20", "DD.MM.YYYY", None),
        ("3x4x2020", "DD.MM.YYYY", None),
        ("2020043", "YYYYMMDD", None),
        ("17", EXCEL, None),
        ("", "YYYY-MM-DD", None),
    ],
)
def test_a_text_is_a_day_in_one_format_or_none(
    text: str, written: str, expected: date | None
) -> None:
    assert date_of(text, written) == expected


@given(day=st.dates(date(1910, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_back_in_every_format(day: date) -> None:
    for written in KNOWN_FORMATS:
        if written.endswith(("/YY", ".YY")):
            continue
        parts = {"YYYY": f"{day.year}", "MM": f"{day.month:02d}", "DD": f"{day.day:02d}"}
        text = str((day - date(1899, 12, 30)) // timedelta(days=1)) if written == EXCEL else written
        for part, digits in parts.items():
            text = text.replace(part, digits)
        assert date_of(text, written) == day


def test_ambiguous_dates_are_shown_in_every_reading() -> None:
    assert formats_of(["03/04/2020", "05/06/2020"]) == ("DD/MM/YYYY", "MM/DD/YYYY")
    assert formats_of(["03/04/2020", "25/06/2020"]) == ("DD/MM/YYYY",)
    assert formats_of(["03/04/20"]) == ("DD/MM/YY", "MM/DD/YY")
    assert formats_of(["43924"]) == (EXCEL,)
    assert formats_of(["soon"]) == formats_of([]) == ()
    assert shown_readings("03/04/2020", ("DD/MM/YYYY", "MM/DD/YYYY")) == (
        "3 April 2020 by DD/MM/YYYY or 4 March 2020 by MM/DD/YYYY"
    )
    assert shown_readings("soon", ()) == "no date in any known format"


@pytest.mark.parametrize("written", ["DD/MM/YY", "DD/MM", "DD/DD/YYYY", "%d.%m.%Y", ""])
def test_a_format_needs_year_month_and_day_once(written: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        check_format(written)
    assert check_format("DD. MM. YYYY") == "DD. MM. YYYY"
