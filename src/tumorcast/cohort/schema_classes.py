"""What a study declares about an endpoint of several classes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from tumorcast.cohort.declared import Declared, Texts


def _texts_of_levels(value: object) -> object:
    if isinstance(value, list | tuple):
        return {str(level): (str(level),) for level in value}
    return value


class ClassSource(Declared):
    """Which of several classes a case belongs to, without a time.

    Parameters
    ----------
    column
        Name in the table.
    levels
        Three classes or more: their texts, or the texts of each class by its name, such as
        ``{response: [CR, PR], stable: [SD], progression: [PD]}``.
    """

    column: str
    levels: Annotated[dict[str, Texts], BeforeValidator(_texts_of_levels)]

    @model_validator(mode="after")
    def _three_apart(self) -> Self:
        if len(self.levels) < 3:
            raise ValueError("classes need three levels or more; for two declare event: instead")
        texts = [text for level in self.levels.values() for text in level]
        twice = sorted({text for text in texts if texts.count(text) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} cannot mean two classes")
        return self
