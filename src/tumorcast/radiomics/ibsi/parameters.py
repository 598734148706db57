"""Parameters that are checked where they are given, and refused in the user's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, TypeVar

from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.radiomics.checks import Check, NotAcceptedError

_PYRADIOMICS = {
    "binWidth": "binning: {width: 25}",
    "binCount": "binning: {count: 32}",
    "resampledPixelSpacing": "spacing_mm, along (z, y, x)",
    "interpolator": "interpolation: linear or cubic",
    "resegmentRange": "intensity_range, or outlier_sigma for the mode sigma",
    "force2D": "dimensions: [2D]",
    "sigma": "one entry of LoG for each sigma_mm",
    "wavelet": "family",
}
"""What says under IBSI what these settings of PyRadiomics say."""


def parameter(check: Check, default: Any = MISSING) -> Any:
    """Return a field of a dataclass whose values must pass a check."""
    metadata = {"check": check}
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Checked:
    """A frozen dataclass that checks its fields and keeps what the checks return.

    Raises
    ------
    StudyRefusedError
        ``IBS-01`` a value is not accepted.
    """

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            try:
                object.__setattr__(self, item.name, item.metadata["check"](value))
            except NotAcceptedError as error:
                raise refuse(
                    "IBS-01",
                    f"{type(self).__name__}: {item.name} = {value!r}",
                    expected=str(error),
                    fix=f"give {item.name} such a value",
                ) from None


T = TypeVar("T", bound=Checked)


def build(kind: type[T], values: Any, where: str) -> T:
    """Return an instance with the parameters that a file gives by name.

    Parameters
    ----------
    kind
        What to build.
    values
        By parameter; nothing for the defaults.
    where
        What a refusal calls the place, such as ``"imageType LoG"``.

    Raises
    ------
    StudyRefusedError
        ``IBS-01`` a value is missing or not accepted; ``IBS-08`` a name is not known.
    """
    given = as_mapping(values, where)
    known = {item.name: item for item in fields(kind)}
    for name in given:
        if name not in known:
            raise unknown_name(f"'{name}' in {where}", name, tuple(known))
    for name, item in known.items():
        if name not in given and _required(item):
            raise refuse(
                "IBS-01",
                f"{where} without {name}",
                expected="a value: it has no default that suits every image",
                fix=f"add {name} to {where}",
            )
    return kind(**given)


def as_mapping(values: Any, where: str) -> Mapping[str, Any]:
    """Return names with their values; raises ``IBS-01`` for anything else."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise refuse(
            "IBS-01",
            f"{where} holds {values!r}",
            expected="names with their values",
            fix=f"write each entry of {where} as 'name: value'",
        )
    return values


def unknown_name(what: str, given: object, known: tuple[str, ...]) -> StudyRefusedError:
    """Return the refusal of a name that IBSI's engine does not have."""
    name = str(given)
    same = [other for other in known if other.lower() == name.lower()]
    near = same or get_close_matches(name, known, n=1, cutoff=0.6)
    if name in _PYRADIOMICS and not same:
        hint = f"a setting of PyRadiomics; under IBSI say {_PYRADIOMICS[name]}"
    else:
        hint = f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(known)}"
    return refuse(
        "IBS-08", f"unknown {what}", expected="a name that standard: ibsi knows", fix=hint
    )


def in_name(value: float) -> str:
    """Return a number as column names hold it, in which dots and underscores part the name."""
    return f"{value:g}".replace(".", "-")


def plain(value: Any) -> Any:
    """Return a value as plain JSON, parameters by their names and without those that are None."""
    if isinstance(value, Checked):
        given = {item.name: getattr(value, item.name) for item in fields(value)}
        return {name: plain(v) for name, v in given.items() if v is not None}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def _required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING
