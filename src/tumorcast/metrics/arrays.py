"""What every metric asks of its arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def binary_label(label: ArrayLike) -> NDArray[np.bool_]:
    """Return labels of shape (n,) as booleans; values other than 0 and 1 are refused."""
    values = np.asarray(label)
    if values.ndim != 1 or not values.size:
        raise ValueError(f"label must have the shape (n,) with n above 0, got {values.shape}")
    if not np.isin(values, (0, 1)).all():
        raise ValueError("label must hold 0 and 1 only: make it binary at a horizon first")
    return values.astype(np.bool_)


def finite_values(name: str, values: ArrayLike, n: int) -> Floats:
    """Return values of shape (n,) as floats; NaN and infinity are refused."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n,):
        raise ValueError(f"{name} has shape {array.shape}, expected ({n},)")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; rows {np.flatnonzero(~np.isfinite(array))[:5]}")
    return array


def probabilities(values: ArrayLike, n: int) -> Floats:
    """Return probabilities of shape (n,); anything outside [0, 1] is refused."""
    array = finite_values("probability", values, n)
    if array.min() < 0 or array.max() > 1:
        raise ValueError("probability must lie in [0, 1]: a risk score is not a probability")
    return array


def case_weights(weight: ArrayLike | None, n: int) -> Floats:
    """Return one weight a case, shape (n,): ones by default; below 0 is refused."""
    if weight is None:
        return np.ones(n)
    array = finite_values("weight", weight, n)
    if array.min() < 0:
        raise ValueError("weight must not be below 0")
    return array


def ratio(above: Floats, below: Floats) -> Floats:
    """Return ``above / below``, NaN where nothing is below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def defined(values: Floats, reason: str) -> float:
    """Return the only value of a metric, or say why it has none."""
    if not np.isfinite(values[0]):
        raise ValueError(reason)
    return float(values[0])
