"""Models that can be chosen, and what one says that chose another: what the chosen one says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import Ledger, ModelInputs, State


class Candidate(Protocol):
    """A model that can be one of several, chosen among them or asked beside them."""

    def clone(self) -> Self:
        """Return an unfitted model with the same settings."""

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn everything from the rows."""

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has anything that this model looks at, shape (n,)."""

    def importance(self) -> dict[str, float]:
        """Return the columns and images used and how much, by name."""

    def state(self) -> State:
        """Return everything that was learned."""

    def restore(self, state: State) -> Self:
        """Return a model with these settings that has learned `state`."""


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


class FittedClassModel(Protocol):
    """A model of several classes that has learned."""

    @property
    def out_of_fold_(self) -> Mapping[str, NDArray[np.float64]]:
        """Calibrated probabilities of training cases, by models that did not learn from them."""

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, shape (n, classes)."""

    def importance(self) -> dict[str, float]:
        """Return the share of every column that reached the learner."""


FittedClassT = TypeVar("FittedClassT", bound=FittedClassModel)


class SpeaksOfClasses(Generic[FittedClassT]):
    """As `SpeaksForChosen`, of several classes."""

    model_: FittedClassT

    @property
    def out_of_fold_(self) -> Mapping[str, NDArray[np.float64]]:
        """Calibrated probabilities of training cases under the chosen model, (classes,) each."""
        return self.model_.out_of_fold_

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, shape (n, classes)."""
        return self.model_.predict_class_probability(inputs)

    def importance(self) -> dict[str, float]:
        """Return the share of every column that reached the chosen learner."""
        return self.model_.importance()
