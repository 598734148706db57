"""From a model's probabilities of several classes to better ones, learned on training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from tumorcast.fusion.calibration import MIN_SLOPE, not_certain


@dataclass(frozen=True)
class ClassCalibration:
    """Logistic recalibration of several classes: one slope, one intercept a class.

    ``probability = softmax(slope * log(score) + intercepts)``, fitted by maximum likelihood to
    targets drawn in a little from 0 and 1: with two classes this is Platt's (`Calibration`).

    Parameters
    ----------
    slope
        At least `MIN_SLOPE`.
    intercepts
        Shape (classes,), the first one 0.
    """

    slope: float
    intercepts: NDArray[np.float64]

    @classmethod
    def fit(cls, score: NDArray[np.float64], label: NDArray[np.int64]) -> Self:
        """Learn from probabilities, (n, classes), of cases that were left out of their model."""
        n_classes = score.shape[1]
        counts = np.bincount(label, minlength=n_classes)
        # Laplace's rule in place of certainty; with two classes these are Platt's targets.
        correct = (counts + 1) / (counts + 2)
        soft = np.repeat(((1 - correct) / (n_classes - 1))[label, np.newaxis], n_classes, axis=1)
        soft[np.arange(len(label)), label] = correct[label]
        log_score = np.log(not_certain(score))

        def loss(parts: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            linear = parts[0] * log_score + np.concatenate([[0.0], parts[1:]])
            error = softmax(linear, axis=1) - soft
            value = -float((soft * log_softmax(linear, axis=1)).sum())
            return value, np.concatenate([[(error * log_score).sum()], error[:, 1:].sum(axis=0)])

        start = np.concatenate([[1.0], np.zeros(n_classes - 1)])
        bounds = [(MIN_SLOPE, None), *[(None, None)] * (n_classes - 1)]
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
        return cls(float(found[0]), np.concatenate([[0.0], found[1:]]))

    def probability(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the recalibrated probability of each class, shape (n, classes)."""
        linear = self.slope * np.log(not_certain(score)) + self.intercepts
        return np.asarray(softmax(linear, axis=1))

    def state(self) -> Mapping[str, NDArray[np.generic]]:
        """Return what was learned."""
        return {"calibration": np.concatenate([[self.slope], self.intercepts])}

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[np.generic]]) -> Self:
        """Return the calibration that `state` describes."""
        values = state["calibration"].astype(np.float64)
        return cls(float(values[0]), values[1:])
