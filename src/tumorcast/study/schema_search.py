"""What the study file says of the search of a learner's parameters."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from tumorcast.cohort.declared import Declared


class SearchRange(Declared):
    """The ends of what is searched, written ``from:`` and ``to:``; both are included."""

    low: float = Field(alias="from")
    high: float = Field(alias="to")

    @model_validator(mode="after")
    def _rises(self) -> SearchRange:
        if not self.low < self.high:
            raise ValueError(f"a range from {self.low:g} to {self.high:g} holds nothing to search")
        return self

    @property
    def values(self) -> tuple[float, ...]:
        """The ends."""
        return self.low, self.high


class SearchChoice(Declared):
    """The values that are searched, written as a list."""

    values: Annotated[tuple[float, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _different(self) -> SearchChoice:
        if len({*self.values}) < len(self.values):
            raise ValueError("a value is named twice")
        return self


def _as_choice(value: object) -> object:
    return {"values": value} if isinstance(value, list | tuple) else value


Searched = Annotated[SearchRange | SearchChoice, BeforeValidator(_as_choice)]


class SearchSpec(Declared):
    """Settings of a learner, of which inner folds of the training rows choose the best.

    Parameters
    ----------
    trials
        Settings that are tried, the defaults among them.
    parameters
        What is searched, and where; without them, all of the learner's in their own ranges.
    """

    trials: Annotated[int, Field(ge=2)]
    parameters: dict[str, Searched] = Field(default_factory=dict)


def _as_trials(value: object) -> object:
    return {"trials": value} if isinstance(value, int) and not isinstance(value, bool) else value


Search = Annotated[SearchSpec, BeforeValidator(_as_trials)]
"""The settings, or the number of trials alone."""
