"""Columns as a mean, covariates and a deviation within the centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.features.batch_effects import Numbers

_ROUNDING = 1e-12


@dataclass(frozen=True)
class CentreModel:
    """The linear model under ComBat, without the centres' own effects.

    Parameters
    ----------
    mean
        Mean of the centres' levels, weighted by their rows, shape (columns,).
    effects
        Of the covariates, shape (terms, columns).
    scale
        Standard deviation within centres after covariates (divided by the number of rows), shape
        (columns,); 0 for a column that is constant there.
    """

    mean: Numbers
    effects: Numbers
    scale: Numbers

    @classmethod
    def fit(cls, values: Numbers, belongs: NDArray[np.bool_], terms: Numbers) -> CentreModel:
        """Estimate by least squares, each column on the rows in which it is known.

        Parameters
        ----------
        values
            Shape (n, columns); NaN is missing.
        belongs
            Whether a row is of a centre, shape (n, centres).
        terms
            Covariates, shape (n, terms).
        """
        n_centres = belongs.shape[1]
        design = np.hstack([belongs.astype(np.float64), terms])
        unit = np.maximum(np.abs(design).max(axis=0), np.finfo(np.float64).tiny)
        largest = np.maximum(np.nanmax(np.abs(values), axis=0, initial=0.0), 1e-300)
        shares = values / largest
        known = np.isfinite(values)
        fitted = np.zeros((design.shape[1], values.shape[1]))
        deviation = np.zeros(values.shape[1])
        level = np.zeros(values.shape[1])
        patterns, which = np.unique(known, axis=1, return_inverse=True)
        for number, rows in enumerate(patterns.T):
            same = which.ravel() == number
            if not rows.any():
                continue
            found = np.linalg.lstsq(design[rows] / unit, shares[np.ix_(rows, same)])[0]
            residual = shares[np.ix_(rows, same)] - design[rows] / unit @ found
            deviation[same] = np.sqrt((residual**2).mean(axis=0))
            fitted[:, same] = found / unit[:, np.newaxis]
            level[same] = belongs[rows].mean(axis=0) @ fitted[:n_centres, same]
        deviation[deviation <= _ROUNDING] = 0.0
        return cls(level * largest, fitted[n_centres:] * largest, deviation * largest)

    def standardise(self, values: Numbers, terms: Numbers) -> Numbers:
        """Return rows in standard deviations from what mean and covariates say."""
        return (values - self.mean - terms @ self.effects) / self.scale

    def unstandardise(self, standardised: Numbers, terms: Numbers) -> Numbers:
        """Return the values that `standardise` gives as `standardised`."""
        return standardised * self.scale + self.mean + terms @ self.effects

    def columns(self, which: NDArray[np.int64]) -> CentreModel:
        """Return the model of the columns at these positions."""
        return CentreModel(self.mean[which], self.effects[:, which], self.scale[which])

    @classmethod
    def joined(cls, models: Sequence[CentreModel], n_terms: int) -> CentreModel:
        """Return the model of the columns of all, one after the other."""
        return cls(
            np.concatenate([np.zeros(0), *(model.mean for model in models)]),
            np.hstack([np.zeros((n_terms, 0)), *(model.effects for model in models)]),
            np.concatenate([np.zeros(0), *(model.scale for model in models)]),
        )
