"""How far predictions lie from a smooth curve of what happened: ICI, E50 and E90."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tumorcast.metrics.arrays import (
    Floats,
    binary_label,
    case_weights,
    defined,
    probabilities,
    ratio,
)

SPAN = 2 / 3
"""Share of the cases in the neighbourhood of a probability."""
_ALMOST_CONSTANT = 1e-3


@dataclass(frozen=True)
class SmoothCalibration:
    """The share of events around each probability: Cleveland's lowess, not robust.

    The neighbourhood of a probability holds two thirds of the weight; in it a straight line is
    fitted with tricube weights (Cleveland, J Am Stat Assoc 1979;74:829). Lines are fitted at
    probabilities at least a hundredth of their range apart and joined by straight pieces, as
    ``lowess(iter = 0)`` of R does. Neighbourhoods stay those of the weights given to `of` when
    other weights, such as those of resamples, are smoothed.

    Parameters
    ----------
    positive, probability
        Of the cases; shape (n,).
    at
        Probabilities at which lines are fitted, ascending; shape (g,).
    moments
        Tricube weight of each case, and times its distance and squared distance; shape (n, 3, g).
    """

    positive: NDArray[np.bool_]
    probability: Floats
    at: Floats
    moments: Floats

    @classmethod
    def of(cls, label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """Prepare the smoothing of some cases.

        Not accepted: NaN, probabilities outside [0, 1], labels other than 0 and 1.

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
        chance = probabilities(probability, len(positive))
        at = _anchors(np.unique(chance))
        centred = chance[None, :] - at[:, None]
        closeness = _tricube(np.abs(centred), case_weights(weight, len(positive)))
        moments = np.stack([closeness, closeness * centred, closeness * centred**2])
        return cls(positive, chance, at, np.ascontiguousarray(moments.transpose(2, 0, 1)))

    def observed(self, weights: Floats) -> Floats:
        """Return the smoothed share of events at `at` for weights (b, n); shape (b, g)."""
        n, _, g = self.moments.shape
        total, first, second = _sums(weights, self.moments.reshape(n, 3 * g), g)
        of_events = self.moments[self.positive, :2].reshape(-1, 2 * g)
        events, first_of_events = _sums(weights[:, self.positive], of_events, g)
        share, mean = ratio(events, total), ratio(first, total)
        spread = ratio(second, total) - np.square(mean)
        together = ratio(first_of_events, total) - mean * share
        sloped = spread > np.square(_ALMOST_CONSTANT * np.ptp(self.probability))
        slope = np.where(sloped, together / np.where(sloped, spread, 1.0), 0.0)
        return share - slope * mean

    def distances(self, weights: Floats) -> Floats:
        """Return how far each prediction lies from the smoothed share of events at it.

        Shape (b, n) for weights (b, n).
        """
        # The matrix takes heights at `at` linearly to the cases between.
        between = [np.interp(self.probability, self.at, one) for one in np.eye(len(self.at))]
        return np.abs(self.observed(weights) @ np.stack(between) - self.probability)

    def mean_distances(self, weights: Floats) -> Floats:
        """Return the integrated calibration index for weights (b, n); shape (b,).

        The weighted mean of `distances` (Austin and Steyerberg, Stat Med 2019;38:4051; with this
        smoother the ``Eavg`` of Harrell's ``val.prob``); NaN where there is no weight.
        """
        return ratio(np.sum(weights * self.distances(weights), axis=1), weights.sum(axis=1))

    def distance_quantile(self, weight: Floats, share: float) -> float:
        """Return the distance that a share of the cases stays below: E50 at 0.5, E90 at 0.9.

        Interpolated between cases (Hyndman and Fan's type 7); a case of weight 2 is as good as two
        cases of weight 1.

        Parameters
        ----------
        weight
            Shape (n,).
        share
            Between 0 and 1.
        """
        distance = self.distances(weight[None])[0]
        order = np.argsort(distance)
        reached = np.cumsum(weight[order]) - 1e-9
        place = max(share * (float(weight.sum()) - 1), 0.0)
        slots = np.searchsorted(reached, [np.floor(place), np.floor(place) + 1], side="right")
        low, high = distance[order][np.minimum(slots, len(distance) - 1)]
        return float(low + (place % 1) * (high - low))


def calibration_error(
    label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the integrated calibration index (ICI) of `SmoothCalibration`.

    Parameters and what is not accepted: as for `SmoothCalibration.of`.
    """
    weights = case_weights(weight, len(binary_label(label)))
    found = SmoothCalibration.of(label, probability, weights).mean_distances(weights[None])
    return defined(found, "the calibration index needs a case with a weight above 0")


def _anchors(distinct: Floats) -> Floats:
    """Return the first, the last, and those between that are a hundredth of the range apart."""
    apart = 0.01 * float(np.ptp(distinct))
    chosen = [0]
    while chosen[-1] < len(distinct) - 1:
        last = chosen[-1]
        reached = int(np.searchsorted(distinct, distinct[last] + apart, side="right")) - 1
        chosen.append(max(last + 1, reached))
    return distinct[chosen]


def _tricube(distance: Floats, weight: Floats) -> Floats:
    """Return the closeness of cases (g, n) in neighbourhoods that hold `SPAN` of the weight."""
    order = np.argsort(distance, axis=1, kind="stable")
    wanted = max(np.floor(SPAN * weight.sum() + 1e-7), 2.0)
    missing = np.cumsum(weight[order], axis=1) < wanted - 1e-9
    last = np.minimum(missing.sum(axis=1, keepdims=True), distance.shape[1] - 1)
    radius = np.take_along_axis(np.take_along_axis(distance, order, axis=1), last, axis=1)
    part = distance / np.where(radius > 0, radius, 1.0)
    closeness = np.where(distance <= 1e-3 * radius, 1.0, (1 - part**3) ** 3)
    return np.where(distance <= 0.999 * radius, closeness, 0.0)


def _sums(weights: Floats, columns: Floats, g: int) -> list[Floats]:
    """Return ``weights @ columns`` in pieces of `g` columns."""
    return np.split(weights @ columns, columns.shape[1] // g, axis=1)
