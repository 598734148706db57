"""Coefficients of Cox's regression under the elastic net."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.features.partial_likelihood import PartialLikelihood

_LEAST_ABSOLUTE_SHARE = 1e-3
"""A pure ridge penalty leaves out no column; it is measured as if this share were absolute."""


def smallest_emptying(
    matrix: NDArray[np.float64], likelihood: PartialLikelihood, l1_ratio: float
) -> float:
    """Return the smallest penalty that leaves out every column of a centred matrix."""
    slope = matrix.T @ likelihood.gradient(np.zeros(len(matrix))) / len(matrix)
    steepest = float(np.abs(slope).max(initial=0.0)) or 1.0
    return steepest / max(l1_ratio, _LEAST_ABSOLUTE_SHARE)


def penalised_coefficients(
    matrix: NDArray[np.float64],
    likelihood: PartialLikelihood,
    *,
    absolute: float,
    square: float,
    start: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the coefficients that maximise the penalised likelihood per row, shape (columns,).

    They are split into a positive and a negative part, both at least 0, under which the
    absolute penalty is linear and zeros come out as zeros.

    Parameters
    ----------
    matrix
        Centred columns, shape (n, columns).
    likelihood
        Of the rows.
    absolute, square
        Strength of the absolute penalty and of half the squares.
    start
        Coefficients to start from; ``None`` for zeros.
    """
    from scipy.optimize import minimize  # noqa: PLC0415

    n_rows, n_columns = matrix.shape
    if not n_columns:
        return np.zeros(0)

    def loss(parts: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coefficients = parts[:n_columns] - parts[n_columns:]
        linear = matrix @ coefficients
        value = -likelihood.value(linear) / n_rows + absolute * parts.sum()
        value += square / 2 * float(coefficients @ coefficients)
        slope = -matrix.T @ likelihood.gradient(linear) / n_rows + square * coefficients
        return value, np.concatenate([slope + absolute, absolute - slope])

    first = np.zeros(n_columns) if start is None else start
    found = minimize(
        loss,
        np.concatenate([np.maximum(first, 0), np.maximum(-first, 0)]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * (2 * n_columns),
        options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-7},
    )
    return np.asarray(found.x[:n_columns] - found.x[n_columns:])
