"""What every declaration of a study file is made of."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(  # noqa: TRY004  (pydantic turns only ValueError into its own errors)
            f"{value} is a bare yes/no of YAML; write the cell's text in quotes, such as 'yes'"
        )
    return str(value) if isinstance(value, int | float) else value


def _as_texts(value: object) -> object:
    many = value if isinstance(value, list | tuple) else (value,)
    return tuple(_as_text(one) for one in many)


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]
"""One cell text or a list of them; numbers are taken as the text they are written with."""


class Declared(BaseModel):
    """Base of all declarations: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from None
    return pattern


RegularExpression = Annotated[str, AfterValidator(_compiled)]
RegionName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""Stands in columns' names: letters, digits and underscores."""
