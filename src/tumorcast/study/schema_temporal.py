"""What the study file says of a split by time."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictStr,
    model_validator,
)

from tumorcast.cohort.dates import ISO, check_format, date_of
from tumorcast.cohort.declared import Declared
from tumorcast.cohort.numbers import number_of


def _as_text(value: object) -> object:
    """Return the text of a day or number, which YAML has read already."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number or isinstance(value, date) else value


class TemporalSplit(Declared):
    """Learns from the cases before a day or number and tests those from it on.

    Parameters
    ----------
    column
        Of the table with the clinical columns: the index date, or its year.
    start
        Written ``from``: a day as YYYY-MM-DD where the column holds dates, a number where it holds
        numbers.
    format
        How the column writes dates, as in ``endpoint.dates``.
    """

    column: str
    start: Annotated[StrictStr, BeforeValidator(_as_text)] = Field(alias="from")
    format: Annotated[str, AfterValidator(check_format)] = ISO

    @model_validator(mode="after")
    def _is_a_day_or_a_number(self) -> TemporalSplit:
        if self.number is None and self.day is None:
            raise ValueError(f"from must be a day as {ISO} or a number, not '{self.start}'")
        if self.number is not None and "format" in self.model_fields_set:
            raise ValueError("format is of dates, but from is a number")
        return self

    @property
    def number(self) -> float | None:
        """The number, ``None`` for a day."""
        return number_of(self.start)

    @property
    def day(self) -> date | None:
        """The day, ``None`` for a number."""
        return date_of(self.start, ISO)

    def is_later(self, text: str) -> bool | None:
        """Return whether a cell lies at `start` or after it; ``None`` when it says neither."""
        if self.number is not None:
            number = number_of(text)
            return None if number is None else number >= self.number
        day = date_of(text, self.format)
        return None if day is None or self.day is None else day >= self.day
