"""What files are, as JSON: what most headers of a series have in common is said once.

So headers come from the process that read them, and so they are kept for the next time. What is
kept may come from elsewhere: what is not exactly what `Packer` makes is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from operator import attrgetter
from typing import Any, cast

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.header import OWN, Header, like

Outcome = Header | Finding | None
"""What a file is: a DICOM object, a damaged one, or none."""

_TYPES = {field.name: str(field.type) for field in fields(Header)}
COMMON = tuple(name for name in _TYPES if name not in {"path", *OWN})
_FITS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: type(value) is str,
    "int": lambda value: type(value) is int,
    "bool": lambda value: type(value) is bool,
    "int | None": lambda value: value is None or type(value) is int,
    "float | None": lambda value: value is None or type(value) in {int, float},
    "tuple[str, ...]": lambda value: _is_list_of(value, {str}),
    "tuple[float, ...]": lambda value: _is_list_of(value, {int, float}),
}
"""What JSON holds for a value of each type of a header."""

_common_of, _own_of = attrgetter(*COMMON), attrgetter(*OWN)
_FINDING_FIELDS = {field.name for field in fields(Finding)}


class Packer:
    """Turns what files are into JSON."""

    def __init__(self) -> None:
        self._number_of: dict[tuple[Any, ...], int] = {}

    @property
    def common(self) -> list[tuple[Any, ...]]:
        """Rows of values to which the packed headers refer by number."""
        return list(self._number_of)

    def pack(self, outcome: Outcome) -> dict[str, Any] | tuple[Any, ...] | None:
        """Return an outcome without its path: a header's row and own values, or a finding."""
        if isinstance(outcome, Header):
            numbers = self._number_of
            return numbers.setdefault(_common_of(outcome), len(numbers)), *_own_of(outcome)
        return None if outcome is None else asdict(replace(outcome, file=""))


class Unpacker:
    """Turns it back.

    Parameters
    ----------
    common
        The packer's rows.

    Raises
    ------
    LookupError
        They are not what a packer makes.
    """

    def __init__(self, common: Any) -> None:
        _demand(isinstance(common, list | tuple))
        self._headers = [_header_of(row) for row in common]
        self._seen: set[tuple[Any, ...]] = set()

    def outcome(self, packed: Any, path: str) -> Outcome:
        """Return the outcome for a file.

        Raises
        ------
        LookupError
            It is not what a packer makes.
        """
        if packed is None:
            return None
        if isinstance(packed, dict):
            _demand(set(packed) == _FINDING_FIELDS and all(map(_FITS["str"], packed.values())))
            _demand(packed["consequence"] == "excluded")
            return cast("Outcome", Finding(**(packed | {"file": path})))
        _demand(isinstance(packed, list | tuple) and len(packed) == 1 + len(OWN))
        self._judge(packed)
        number, sop_instance, position, slope, intercept, pixel_offset = packed
        _demand(0 <= number < len(self._headers))
        return like(
            self._headers[number],
            path=path,
            sop_instance=sop_instance,
            position=tuple(position),
            slope=slope,
            intercept=intercept,
            pixel_offset=pixel_offset,
        )

    def _judge(self, packed: Sequence[Any]) -> None:
        """Demand the types of a header's own values; few kinds of them occur in many headers."""
        number, sop_instance, position, *others = packed
        _demand(isinstance(position, list | tuple))
        types = (type(number), type(sop_instance), *map(type, position), *map(type, others))
        if types not in self._seen:
            _demand(type(number) is int)
            own = (_listed(value) for value in packed[1:])
            _demand(all(_FITS[_TYPES[name]](one) for name, one in zip(OWN, own, strict=True)))
            self._seen.add(types)


def _header_of(row: Any) -> Header:
    _demand(isinstance(row, list | tuple) and len(row) == len(COMMON))
    values = dict(zip(COMMON, map(_listed, row), strict=True))
    _demand(all(_FITS[_TYPES[name]](value) for name, value in values.items()))
    made = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    header: Header = cast("Any", Header)(
        path="", sop_instance="", position=(), slope=None, intercept=None, pixel_offset=-1, **made
    )
    return header


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _demand(is_met: bool) -> None:
    if not is_met:
        raise LookupError


def _is_list_of(value: Any, types: set[type]) -> bool:
    return type(value) is list and all(type(one) in types for one in value)
