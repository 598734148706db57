"""What a model says that chose another on the training rows: what the chosen one says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import ModelInputs


class FittedModel(Protocol):
    """A model of an event that has learned."""

    @property
    def out_of_fold_(self) -> Mapping[str, float]:
        """Calibrated probability of training cases, each by a model that did not learn from it."""

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,)."""

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of `predict_probability`, in the same order, shape (n,)."""

    def importance(self) -> dict[str, float]:
        """Return the share of every column that reached the learner."""


FittedT = TypeVar("FittedT", bound=FittedModel)


class SpeaksForChosen(Generic[FittedT]):
    """Answers by ``model_``, the fitted model that was chosen."""

    model_: FittedT

    @property
    def out_of_fold_(self) -> Mapping[str, float]:
        """Calibrated probability of training cases under the chosen model."""
        return self.model_.out_of_fold_

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""
        return self.model_.threshold

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,)."""
        return self.model_.predict_probability(inputs)

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of `predict_probability`, in the same order, shape (n,)."""
        return self.model_.predict_risk(inputs)

    def importance(self) -> dict[str, float]:
        """Return the share of every column that reached the chosen learner."""
        return self.model_.importance()
