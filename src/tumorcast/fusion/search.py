"""A line of selector and learner whose settings the training rows choose."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import Ledger, ModelInputs, State, part_of
from tumorcast.fusion.chosen import SpeaksForChosen, SpeaksOfClasses
from tumorcast.fusion.class_model import ClassModel
from tumorcast.fusion.search_space import Settings, described
from tumorcast.fusion.table_model import TableModel
from tumorcast.fusion.tabular import TabularModel

ModelT = TypeVar("ModelT", bound=TableModel[Any])


@dataclass
class SettingsSearch(Generic[ModelT]):
    """Try settings in inner folds and learn with those that rank their held-out rows best.

    Every trial has the same inner folds of the training rows, and all that learns, from imputation
    to selection, learns without the held-out rows. So validating this model is nested
    cross-validation, as with `GridModel`. A trial is judged by the mean over the folds of the
    AUROC, of C for a learner on times, of the mean AUROC of each class against the rest for several
    classes. Of equals the first wins, and it is the only one with too few events for inner folds.

    Parameters
    ----------
    model
        Unfitted, with the settings that are not searched.
    trials
        Settings by name of the learner's parameters; ``keep`` is the number of selected columns.
        The first are the defaults (`draw_trials`).
    """

    model: ModelT
    trials: tuple[Settings, ...]
    model_: ModelT = field(init=False, repr=False, compare=False)

    def clone(self) -> Self:
        """Return an unfitted search of the same trials."""
        return type(self)(self.model.clone(), self.trials)

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Judge every trial, then learn from all rows with the best.

        Raises
        ------
        StudyRefusedError
            As the `fit` of the model.
        """
        rows = self.model.training_rows(inputs, outcome, horizon_days, Ledger())
        splits = self.model.inner_splits(rows, seed)
        by_fold = self.model.trial_scores(rows, splits, self.trials, seed)
        self.inner_scores_ = by_fold.mean(axis=1) if splits else np.full(len(self.trials), 0.5)
        self.settings_ = self.trials[int(np.argmax(self.inner_scores_))]
        choice = self._choice()
        ledger.record(f"choose {described(self.settings_)}", inputs.case_ids, choice)
        self.model_ = self.model.with_settings(self.settings_).fit(
            inputs, outcome, horizon_days=horizon_days, seed=seed, ledger=ledger
        )
        return self

    def state(self) -> State:
        """Return the chosen settings, how the trials did, and what was learned."""
        learned = {f"model/{name}": array for name, array in self.model_.state().items()}
        return {**learned, **self._choice()}

    def _choice(self) -> State:
        return {
            "settings": np.array(json.dumps(dict(self.settings_))),
            "inner_scores": self.inner_scores_,
        }

    def restore(self, state: State) -> Self:
        """Return a search of these trials that has learned `state`."""
        restored = self.clone()
        restored.settings_ = json.loads(str(state["settings"]))
        restored.inner_scores_ = state["inner_scores"].astype(np.float64)
        chosen = self.model.with_settings(restored.settings_)
        restored.model_ = chosen.restore(part_of(state, "model"))
        return restored

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has any value in the model's blocks, shape (n,)."""
        return (self.model_ if hasattr(self, "model_") else self.model).covers(inputs)


class SearchModel(SpeaksForChosen[TabularModel], SettingsSearch[TabularModel]):
    """The search for an event."""


class ClassSearchModel(SpeaksOfClasses[ClassModel], SettingsSearch[ClassModel]):
    """The search for an endpoint of several classes."""
