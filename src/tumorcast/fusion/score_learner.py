"""The common part of learners whose score is no probability yet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features import State
from tumorcast.fusion.calibration import Calibration, not_certain
from tumorcast.fusion.inner import splits_in_order
from tumorcast.fusion.learner import counted_rows

_N_FOLDS = 5


@dataclass
class ScoreLearner(ABC):
    """Learn a score, then turn it into a probability on rows that the score did not learn from.

    The patients are cut into five folds; each is scored by what was learned from the other four,
    and these scores give the logistic recalibration (Platt, Advances in Large Margin Classifiers,
    1999). With too few patients with events for folds the training rows' own scores give it.

    Rows of weight 0 never reach `learn`; the other weights have mean 1.
    """

    calibration_: Calibration = field(init=False, repr=False, compare=False)

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return replace(self)

    @abstractmethod
    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> None:
        """Learn from rows of shape (n, columns), with at least one column."""

    @abstractmethod
    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a real number, higher for a likelier event, shape (n,)."""

    @abstractmethod
    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in what was learned, shape (columns,)."""

    @abstractmethod
    def learned(self) -> State:
        """Return what `learn` has learned."""

    @abstractmethod
    def recall(self, state: State) -> None:
        """Take over what `learned` returned."""

    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn the score and its calibration.

        Raises
        ------
        ValueError
            When the rows that count are of one class.
        """
        self.fit_score(matrix, label, weight, groups=groups, seed=seed)
        counted, mean_one = counted_rows(label, weight)
        matrix, label = np.ascontiguousarray(matrix[counted]), label[counted]
        score = np.zeros(len(label))
        if self.n_columns_:
            score = self._held_out_scores(matrix, label, mean_one, groups[counted], seed)
        self.calibration_ = Calibration.fit(score, BinaryTarget(label, mean_one))
        return self

    def fit_score(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> None:
        """Learn the score alone, which is enough for `raw_score`; raises as `fit`."""
        counted, mean_one = counted_rows(label, weight)
        self.n_columns_ = matrix.shape[1]
        if self.n_columns_:
            rows = np.ascontiguousarray(matrix[counted])
            self.learn(rows, label[counted], mean_one, groups=groups[counted], seed=seed)

    def raw_score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score before it is made a probability, 0 without columns, shape (n,)."""
        return self.score(matrix) if self.n_columns_ else np.zeros(len(matrix))

    def _held_out_scores(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        groups: NDArray[np.str_],
        seed: int,
    ) -> NDArray[np.float64]:
        rows = np.arange(len(label))
        splits = splits_in_order(BinaryTarget(label, weight), groups, n_folds=_N_FOLDS, seed=seed)
        score = np.zeros(len(rows))
        for others, held_out in splits or [(rows, rows)]:
            part = self.clone()
            part.learn(
                matrix[others], label[others], weight[others], groups=groups[others], seed=seed
            )
            score[held_out] = part.score(matrix[held_out])
        return score

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the event, shape (n,)."""
        return not_certain(self.calibration_.probability(self.raw_score(matrix)))

    def state(self) -> State:
        """Return all that was learned; equal states predict equally."""
        learned = self.learned() if self.n_columns_ else {}
        calibration = self.calibration_.state()
        return {**learned, **calibration, "n_columns": np.array(self.n_columns_)}

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""
        restored = self.clone()
        restored.n_columns_ = int(state["n_columns"])
        restored.calibration_ = Calibration.restore(state)
        if restored.n_columns_:
            restored.recall(state)
        return restored
