"""Sizes and blocks as the command line takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.study.power.planned import PlannedBlock

_KEYS: Mapping[str, Callable[[str], float]] = {
    "columns": int,
    "auroc": float,
    "adds": float,
    "informative": int,
    "correlation": float,
    "family": int,
}


def sizes_of(text: str) -> tuple[int, ...]:
    """Return the numbers of patients that a text such as ``100,200`` lists.

    Raises
    ------
    StudyRefusedError
        ``PWR-07`` when it lists no whole numbers.
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise refuse(
            "PWR-07",
            f"--patients {text}",
            expected="a whole number, or several with commas between them",
            fix="write it like --patients 100,200,400",
        ) from None


def block_of(text: str) -> PlannedBlock:
    """Return the block of a text such as ``radiomics:columns=1562,informative=5,adds=0.05``.

    Raises
    ------
    StudyRefusedError
        ``PWR-01`` when the text is no block, ``PWR-02`` to ``PWR-05`` as `PlannedBlock`.
    """
    name, _, rest = text.partition(":")
    values: dict[str, float] = {}
    for part in filter(None, rest.split(",")):
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key not in _KEYS or key in values:
            raise _not_a_block(text, f"'{key}'")
        try:
            values[key] = _KEYS[key](value)
        except ValueError:
            raise _not_a_block(text, f"'{value}' for {key}") from None
    if "columns" not in values:
        raise _not_a_block(text, "no columns=")
    return PlannedBlock(name.strip(), **values)  # type: ignore[arg-type]


def _not_a_block(text: str, found: str) -> StudyRefusedError:
    return refuse(
        "PWR-01",
        f"--block {text}: {found}",
        expected=f"NAME:KEY=NUMBER,... with each of {', '.join(_KEYS)} at most once",
        fix="write it like --block radiomics:columns=1562,informative=5,adds=0.05",
    )
