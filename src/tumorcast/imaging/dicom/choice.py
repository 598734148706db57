"""One region chosen by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tumorcast.imaging.dicom.faults import fault

_SHOWN = 40


def chosen(names: Sequence[str], wanted: str | None, file: str) -> int:
    """Return which of the names is meant.

    The name as it is written comes first, then without regard to case, then as a regular
    expression for the whole name (``"GTV.*"``). Several that match are never guessed between.

    Raises
    ------
    BadInputError
        ``RTS-01`` none or several names match, or there are several and none was asked for.
    """
    matches = matching(names, wanted)
    if len(matches) == 1:
        return matches[0]
    listed = ", ".join(f"'{name}'" for name in names[:_SHOWN]) or "none"
    found = f"{len(names)} regions: {listed}"
    if wanted is not None:
        picked = ", ".join(f"'{names[i]}'" for i in matches) or "none"
        found = f"{picked} matching '{wanted}' among {found}"
    example = names[matches[0]] if matches else (names[0] if names else "GTV")
    raise fault("RTS-01", found, "one region", f"say which is meant, such as roi: {example}", file)


def matching(names: Sequence[str], wanted: str | None) -> list[int]:
    """Return which of the names match, all of them when none is asked for."""
    if wanted is None:
        return list(range(len(names)))
    exact = [i for i, name in enumerate(names) if name == wanted]
    same = [i for i, name in enumerate(names) if name.casefold() == wanted.casefold()]
    try:
        pattern = re.compile(wanted, re.IGNORECASE)
    except re.error:
        return exact or same
    return exact or same or [i for i, name in enumerate(names) if pattern.fullmatch(name)]
