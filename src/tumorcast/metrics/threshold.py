"""Where predicted probabilities part the positive from the negative: chosen on training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.arrays import Floats, binary_label, case_weights, probabilities
from tumorcast.metrics.curves import RocCurve, roc_curve

Rule = Literal["youden", "sensitivity", "net_benefit"]
_EQUAL = 1e-12


@dataclass(frozen=True)
class ThresholdRule:
    """How a threshold is chosen among the distinct probabilities of some rows.

    ``youden``: the largest sensitivity + specificity - 1 (Youden, Cancer 1950;3:32).
    ``sensitivity``: the highest threshold whose sensitivity is at least `at`, which leaves the
    fewest false alarms. ``net_benefit``: the largest share of true positives less that of false
    positives times the odds of `at`, the probability from which one would treat (Vickers and
    Elkin, Med Decis Making 2006;26:565); on calibrated probabilities it lies near `at`.

    Parameters
    ----------
    kind
        Which rule.
    at
        Above 0; at most 1 for ``sensitivity``, below 1 for ``net_benefit``; ``None`` for
        ``youden``.

    Raises
    ------
    ValueError
        When `at` does not fit the rule.
    """

    kind: Rule = "youden"
    at: float | None = None

    def __post_init__(self) -> None:
        if self.kind == "youden":
            if self.at is not None:
                raise ValueError("Youden's index has no value to reach")
        elif self.at is None or not 0 < self.at <= 1 or (self.kind, self.at) == ("net_benefit", 1):
            raise ValueError(f"the threshold rule {self.kind} needs a value between 0 and 1")

    def choose(
        self, label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
    ) -> float:
        """Return the threshold; choose it on training rows, for on its own rows it flatters.

        It lies halfway between the two probabilities that it parts, and halfway to 1 where calling
        nobody is best. Tie rule: of equally good thresholds the lowest, which is the most
        sensitive; under ``sensitivity`` the highest.

        Not accepted: NaN, probabilities outside [0, 1], one class only.

        Parameters
        ----------
        label
            1 with the event, 0 without; shape (n,).
        probability
            Of the event; shape (n,).
        weight
            How much each case counts; shape (n,).
        """
        positive = binary_label(label)
        weights = case_weights(weight, len(positive))
        curve = roc_curve(positive, probabilities(probability, len(positive)), weights)
        if self.kind == "sensitivity":
            best = int(np.argmax(curve.true_positive_rate >= (self.at or 1) - _EQUAL))
        else:
            worth = self._worth(curve, float(weights @ positive / weights.sum()))
            best = int(np.flatnonzero(worth >= worth.max() - _EQUAL)[-1])
        corners = np.minimum(curve.threshold, 1.0)
        return float(corners[best : best + 2].mean())

    def _worth(self, curve: RocCurve, share: float) -> Floats:
        """Return what each corner of the curve is worth where a `share` of the cases has events."""
        if self.kind == "youden" or self.at is None:
            return curve.true_positive_rate - curve.false_positive_rate
        odds = self.at / (1 - self.at)
        return share * curve.true_positive_rate - odds * (1 - share) * curve.false_positive_rate

    def of_share(self, share: float) -> float:
        """Return the threshold where there are too few events to choose one.

        The share of events, or the probability of ``net_benefit`` itself.
        """
        return self.at if self.kind == "net_benefit" and self.at is not None else share


YOUDEN = ThresholdRule()
"""The rule where none is declared."""
