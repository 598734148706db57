"""A sum of columns in which every column has the same weight and only its sign is learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import centred_ranks
from tumorcast.fusion.linear_score import LinearScoreLearner


@dataclass
class SignScoreLearner(LinearScoreLearner):
    """Mean over many bags of the mean of some columns, each with the sign of its association.

    Every bag draws rows with replacement, a random share of the columns and two random
    thresholds. Of the drawn columns those remain whose rank correlation with the label reaches
    the first threshold; of two that remain and are correlated above the second the weaker goes.
    The score of a bag is the mean of the remaining columns, each times the sign of its
    correlation, so nothing but signs and membership can be overfitted (ICARE: Rebaud et al., Head
    and Neck Tumor Segmentation and Outcome Prediction, LNCS 13626, 2023, 121).

    Parameters
    ----------
    n_bags
        Number of bags.
    association
        Largest first threshold that a bag may draw.
    """

    n_bags: int = 200
    association: float = 0.2

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,
    ) -> None:
        """Learn the mean over bags of signs and membership."""
        random = np.random.default_rng(seed)
        total = np.zeros(matrix.shape[1])
        for _ in range(self.n_bags):
            rows = random.choice(len(label), len(label), p=weight / weight.sum())
            total += signs_of_bag(matrix[rows], label[rows], self.association, random)
        self.coefficients_ = total / self.n_bags
        self.intercept_ = -float(np.average(matrix, axis=0, weights=weight) @ self.coefficients_)


def signs_of_bag(
    matrix: NDArray[np.float64],
    outcome: NDArray[np.float64] | NDArray[np.int64],
    association_up_to: float,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Return what every column counts in one bag, shape (columns,).

    Parameters
    ----------
    matrix
        Rows of the bag, shape (n, columns).
    outcome
        Higher = worse, shape (n,).
    association_up_to
        Largest first threshold.
    """
    n_columns = matrix.shape[1]
    n_drawn = int(np.ceil(n_columns * random.uniform(0.1, 1.0)))
    drawn = np.sort(random.choice(n_columns, n_drawn, replace=False))
    fewest_association = random.uniform(0, association_up_to)
    most_correlation = random.uniform(0.5, 1.0)
    coefficients = np.zeros(n_columns)
    ranks = _unit(centred_ranks(matrix[:, drawn]))
    centred_outcome = _unit(outcome[:, np.newaxis] - outcome.mean())[:, 0]
    association = centred_outcome @ ranks
    kept: list[int] = []
    for column in np.argsort(-np.abs(association), kind="stable"):
        if abs(association[column]) <= fewest_association:
            break
        if not kept or np.abs(ranks[:, column] @ ranks[:, kept]).max() <= most_correlation:
            kept.append(int(column))
    if kept:
        coefficients[drawn[kept]] = np.sign(association[kept]) / len(kept)
    return coefficients


def _unit(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.sqrt((columns**2).sum(axis=0))
    return np.asarray(columns / np.where(length > 0, length, np.inf))
