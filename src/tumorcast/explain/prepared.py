"""From a prepared column back to the column of the table that it was made of."""

from __future__ import annotations

from collections.abc import Collection

MISSING = ".missing"


def owner_of(prepared: str, columns: Collection[str]) -> str:
    """Return the column that a prepared column was made of.

    ``clinical.sex=M`` belongs to ``clinical.sex`` and ``clinical.age.missing`` to
    ``clinical.age``. An indicator of a whole block (``pt.missing``) belongs to no column and keeps
    its name.
    """
    if prepared in columns:
        return prepared
    if prepared.endswith(MISSING) and prepared.removesuffix(MISSING) in columns:
        return prepared.removesuffix(MISSING)
    parts = prepared.split("=")
    for end in range(len(parts) - 1, 0, -1):
        if "=".join(parts[:end]) in columns:
            return "=".join(parts[:end])
    return prepared
