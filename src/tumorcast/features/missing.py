"""Which columns go missing together: one indicator for a modality, not one for each feature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def missing_groups(missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the group of each column; columns with the same missing rows share one.

    Parameters
    ----------
    missing
        Whether a value is missing, shape (n, columns).

    Returns
    -------
    Group of each column, shape (columns,), numbered in the order of the first column; -1 for a
    column without missing values.
    """
    group_of_pattern: dict[bytes, int] = {}
    groups = np.full(missing.shape[1], -1, dtype=np.int64)
    for column in np.flatnonzero(missing.any(axis=0)):
        pattern = missing[:, column].tobytes()
        groups[column] = group_of_pattern.setdefault(pattern, len(group_of_pattern))
    return groups


def indicator_names(
    missing: NDArray[np.bool_], columns: Sequence[str], groups: NDArray[np.int64]
) -> list[str]:
    """Name the indicator of each group.

    It bears the name of a block (``"pt.missing"``) when the whole block is missing in its rows,
    else that of its first column (``"clinical.age.missing"``).
    """
    names = []
    for group in range(int(groups.max(initial=-1)) + 1):
        members = np.flatnonzero(groups == group).tolist()
        block = _common_prefix([columns[member] for member in members])
        in_block = [name == block or name.startswith(f"{block}.") for name in columns]
        whole = bool(block) and bool(missing[missing[:, members[0]]][:, in_block].all())
        names.append(f"{block if whole else columns[members[0]]}.missing")
    return names


def group_is_missing(
    missing: NDArray[np.bool_], groups: NDArray[np.int64], n_groups: int
) -> NDArray[np.float64]:
    """Return 1 where all columns of a group are missing, shape (n, groups)."""
    indicators = np.empty((len(missing), n_groups))
    for group in range(n_groups):
        indicators[:, group] = missing[:, groups == group].all(axis=1)
    return indicators


def _common_prefix(names: Sequence[str]) -> str:
    parts = [name.split(".") for name in names]
    shared: list[str] = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return ".".join(shared)
