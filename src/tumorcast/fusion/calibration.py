"""From a model's score to a probability and a decision, learned on training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from tumorcast.cohort import BinaryTarget
from tumorcast.metrics import YOUDEN, ThresholdRule

MIN_SLOPE = 1e-3
"""Calibration may flatten a score that says nothing but never turns its order around."""
_SURE = 1e-9
"""No prediction is nearer to 0 or 1."""


@dataclass(frozen=True)
class Calibration:
    """Logistic recalibration and the threshold from which a case is called positive.

    ``probability = expit(slope * score + intercept)``, fitted by maximum likelihood to targets
    drawn in a little from 0 and 1, which keeps it finite when the score separates the classes
    (Platt, Advances in Large Margin Classifiers, 1999, section 2.2). Every case counts by its
    weight.

    Parameters
    ----------
    slope
        At least `MIN_SLOPE`.
    intercept
        Logit of the probability at score 0.
    threshold
        Probability above which a case is called positive.
    """

    slope: float
    intercept: float
    threshold: float

    @classmethod
    def fit(
        cls, score: NDArray[np.float64], target: BinaryTarget, rule: ThresholdRule = YOUDEN
    ) -> Self:
        """Learn from scores of cases on which the scored model was, if possible, not trained.

        Parameters
        ----------
        score
            Shape (n,); any real number, higher for a likelier event.
        target
            Label and weight of the same cases; both classes must have weight.
        rule
            Chooses the threshold among the recalibrated probabilities.
        """
        known = target.weight > 0
        score, label, weight = score[known], target.label[known], target.weight[known]
        positive = float(weight @ label)
        negative = float(weight.sum()) - positive
        soft = np.where(label == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

        def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            linear = coefficients[0] * score + coefficients[1]
            value = weight @ (np.logaddexp(0.0, linear) - soft * linear)
            error = weight * (expit(linear) - soft)
            return float(value), np.array([error @ score, error.sum()])

        start = np.array([MIN_SLOPE, logit((weight @ soft) / weight.sum())])
        found = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=[(MIN_SLOPE, None), (None, None)]
        )
        slope, intercept = (float(value) for value in found.x)
        probability = expit(slope * score + intercept)
        return cls(slope, intercept, rule.choose(label, probability, weight))

    def probability(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the event, shape (n,)."""
        return np.asarray(expit(self.slope * score + self.intercept), dtype=np.float64)

    def state(self) -> Mapping[str, NDArray[np.generic]]:
        """Return what was learned."""
        return {"calibration": np.array([self.slope, self.intercept, self.threshold])}

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[np.generic]]) -> Self:
        """Return the calibration that `state` describes."""
        slope, intercept, threshold = (float(value) for value in state["calibration"])
        return cls(slope, intercept, threshold)


def not_certain(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities drawn in from 0 and 1, so that their log-odds are finite."""
    return np.clip(probability, _SURE, 1 - _SURE)


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return finite log-odds; NaN stays NaN."""
    return np.asarray(logit(not_certain(probability)))
