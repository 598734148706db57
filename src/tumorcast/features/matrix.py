"""A feature table as one matrix, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.features.table import FeatureTable


def numeric_columns(table: FeatureTable) -> list[str]:
    """Return the names of the numeric columns, in the table's order."""
    kinds = table.frame.dtypes
    numeric = {kind: pd.api.types.is_numeric_dtype(kind) for kind in kinds.unique()}
    return [name for name, kind in zip(table.columns, kinds, strict=True) if numeric[kind]]


def complete_matrix(table: FeatureTable) -> NDArray[np.float64]:
    """Return the values, shape (n, columns).

    Raises
    ------
    ValueError
        When a column is not numeric or a value is missing or infinite: imputation and encoding
        come first.
    """
    categorical = sorted(set(table.columns) - set(numeric_columns(table)))
    if categorical:
        raise ValueError(f"these columns are not numeric, encode them first: {categorical}")
    matrix = table.frame.to_numpy(dtype=np.float64)
    incomplete = ~np.isfinite(matrix).all(axis=0)
    if incomplete.any():
        names = [name for name, bad in zip(table.columns, incomplete, strict=True) if bad]
        raise ValueError(f"these columns have missing or infinite values, impute first: {names}")
    return matrix


def table_of(
    matrix: NDArray[np.float64], columns: Sequence[str], like: FeatureTable
) -> FeatureTable:
    """Return a table with the rows of `like` and the columns of `matrix`."""
    return FeatureTable(pd.DataFrame(matrix, index=like.frame.index, columns=list(columns)))


def require_columns(table: FeatureTable, columns: Sequence[str]) -> None:
    """Check that a table has every column that was there when the model learned.

    Raises
    ------
    BadInputError
        ``COL-01``, with all missing columns at once.
    """
    missing = sorted(set(columns) - set(table.columns))
    if missing:
        raise BadInputError(
            "COL-01",
            f"{len(missing)} columns are missing: {', '.join(missing)}",
            expected="every column that the model was trained on",
            fix="add these columns; leave a value empty where it is not known",
        )


def names_array(names: Sequence[str]) -> NDArray[np.str_]:
    """Return names as an array of text that can be part of a state."""
    return np.array(list(names), dtype=np.str_)
