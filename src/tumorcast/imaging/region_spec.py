"""Regions as a study file writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.imaging.habitats import Habitat
from tumorcast.imaging.regions import Dilation, Region, Shell, Tumor, Union


def region_from_spec(name: str, spec: Mapping[str, Any] | str) -> Region:
    """Return the region that a study file describes.

    Parameters
    ----------
    name
        The region's name in columns; empty for the name that its parameters give.
    spec
        ``"tumor"``, or one key of `REGIONS` with its value: ``{"shell_mm": [0, 5]}``,
        ``{"dilation_mm": 3}``, ``{"habitat": [1, 3]}``,
        ``{"union": ["tumor", {"shell_mm": [0, 5]}]}``.

    Raises
    ------
    StudyRefusedError
        ``REG-02`` when the description is not one of these.
    """
    entries = {spec: None} if isinstance(spec, str) else dict(spec)
    if len(entries) != 1 or not set(entries) <= set(REGIONS):
        raise _not_a_region(name, spec)
    ((key, value),) = entries.items()
    try:
        region = REGIONS[key](value)
    except (TypeError, ValueError) as error:
        if isinstance(error, StudyRefusedError):
            raise
        raise _not_a_region(name, spec) from error
    return region if name in {"", region.name} else Union((region,), name)


def region_named(name: str) -> Region:
    """Return the region whose columns have this name.

    Parameters
    ----------
    name
        ``"tumor"``, or such as ``"shell_0_5mm"``, ``"shell_m3_0mm"`` (from 3 mm inside the surface
        to the surface), ``"dilation_2p5mm"``, ``"habitat_1_of_3"``.

    Raises
    ------
    StudyRefusedError
        ``REG-02`` when no region has this name.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise refuse(
            "REG-02",
            f"no region is named '{name}'",
            expected="tumor, shell_INNER_OUTERmm, dilation_WIDTHmm or habitat_NUMBER_of_COUNT",
            fix="write it as tumor, shell_0_5mm, shell_m3_0mm (m: inside the surface), "
            "dilation_3mm, dilation_2p5mm (p: decimal point) or habitat_1_of_3",
        )
    number, of = match["number"], match["of"]
    if number is not None:
        return Habitat(int(number), int(of))
    inner, outer, width = (_read(part) for part in match.groups()[:3])
    if inner is not None and outer is not None:
        return Shell(inner, outer)
    return Tumor() if width is None else Dilation(width)


_NUMBER = r"m?\d+(?:p\d+)?"
_NAME = re.compile(
    f"tumor|shell_({_NUMBER})_({_NUMBER})mm|dilation_({_NUMBER})mm"
    r"|habitat_(?P<number>\d)_of_(?P<of>\d)"
)


def _read(mm: str | None) -> float | None:
    return None if mm is None else float(mm.replace("m", "-").replace("p", "."))


def _not_a_region(name: str, spec: object) -> StudyRefusedError:
    return refuse(
        "REG-02",
        f"the region '{name}' is written as {spec!r}",
        expected=f"one of {', '.join(REGIONS)}, with its value",
        fix="write it as {shell_mm: [0, 5]}, {dilation_mm: 3}, {habitat: [1, 3]} or "
        "{union: [tumor, ...]}",
    )


def _tumor(value: None) -> Region:
    if value is not None:
        raise TypeError("the tumour takes no value")
    return Tumor()


def _shell(value: Sequence[float]) -> Region:
    inner_mm, outer_mm = value
    return Shell(float(inner_mm), float(outer_mm))


def _dilation(value: float) -> Region:
    return Dilation(float(value))


def _habitat(value: Sequence[int]) -> Region:
    number, of = value
    return Habitat(number, of)


def _union(value: Sequence[Mapping[str, Any] | str]) -> Region:
    members = tuple(region_from_spec("", member) for member in value)
    return Union(members, "_and_".join(member.name for member in members))


REGIONS: dict[str, Callable[[Any], Region]] = {
    "tumor": _tumor,
    "shell_mm": _shell,
    "dilation_mm": _dilation,
    "habitat": _habitat,
    "union": _union,
}
"""Kinds of region, by the key that a study file uses. Each makes a region of the key's value."""
