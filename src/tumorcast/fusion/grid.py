"""Several lines of selector and learner, one of which the training rows choose."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import Ledger, ModelInputs, State, part_of
from tumorcast.fusion.chosen import Candidate, SpeaksForChosen, SpeaksOfClasses
from tumorcast.fusion.class_model import ClassModel, mean_class_auroc
from tumorcast.fusion.search import ClassSearchModel, SearchModel
from tumorcast.fusion.tabular import TabularModel
from tumorcast.metrics import auroc

CandidateT = TypeVar("CandidateT", bound=Candidate)


@dataclass
class CandidateGrid(ABC, Generic[CandidateT]):
    """Try every candidate in inner folds and keep the one that ranks their held-out rows best.

    The candidates' out-of-fold scores come from the training rows alone, so validating this model
    is nested cross-validation: the outer test rows have no part in the choice (Varma and Simon,
    BMC Bioinformatics 2006;7:91). Of equals the first wins. With too few events for inner folds
    the first candidate is taken.

    Parameters
    ----------
    candidates
        Unfitted models by name, such as ``"mrmr, svm"``; each may search its settings.
    """

    candidates: Mapping[str, CandidateT]
    model_: CandidateT = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.candidates:
            raise ValueError("a grid needs at least one candidate")

    def clone(self) -> Self:
        """Return an unfitted grid of unfitted candidates."""
        return type(self)({name: model.clone() for name, model in self.candidates.items()})

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn every candidate and keep the best; all of them have the same inner folds.

        Raises
        ------
        StudyRefusedError
            As the `fit` of the candidates.
        """
        fitted: dict[str, CandidateT] = {}
        self.inner_auroc_: dict[str, float] = {}
        for name, model in self.candidates.items():
            fitted[name] = model.clone().fit(
                inputs,
                outcome,
                horizon_days=horizon_days,
                seed=seed,
                ledger=ledger.within(name),
            )
            self.inner_auroc_[name] = self._held_out_auroc(
                fitted[name], inputs.case_ids, outcome, horizon_days
            )
        self.chosen_ = max(self.inner_auroc_, key=lambda name: self.inner_auroc_[name])
        self.model_ = fitted[self.chosen_]
        ledger.record(f"choose {self.chosen_}", inputs.case_ids, self._choice())
        return self

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has any value in the chosen candidate's blocks, shape (n,)."""
        first = next(iter(self.candidates.values()))
        return (self.model_ if hasattr(self, "model_") else first).covers(inputs)

    def state(self) -> State:
        """Return the choice and what the chosen candidate has learned."""
        learned = {f"model/{name}": array for name, array in self.model_.state().items()}
        return {**learned, **self._choice()}

    def _choice(self) -> State:
        return {
            "chosen": np.array(self.chosen_),
            "inner_auroc": np.array([self.inner_auroc_[name] for name in self.candidates]),
        }

    def restore(self, state: State) -> Self:
        """Return a grid with these candidates that has learned `state`."""
        restored = self.clone()
        restored.chosen_ = str(state["chosen"])
        scores = state["inner_auroc"].tolist()
        restored.inner_auroc_ = dict(zip(self.candidates, scores, strict=True))
        learned = part_of(state, "model")
        restored.model_ = self.candidates[restored.chosen_].restore(learned)
        return restored

    @abstractmethod
    def _held_out_auroc(
        self,
        fitted: CandidateT,
        case_ids: tuple[str, ...],
        outcome: Outcome,
        horizon_days: float,
    ) -> float:
        """Return the AUROC of the rows that were held out, 0.5 where there are none."""


class GridModel(
    SpeaksForChosen[TabularModel | SearchModel], CandidateGrid[TabularModel | SearchModel]
):
    """The grid for an event, judged by the AUROC at the horizon."""

    def _held_out_auroc(
        self,
        fitted: TabularModel | SearchModel,
        case_ids: tuple[str, ...],
        outcome: Outcome,
        horizon_days: float,
    ) -> float:
        target = outcome.binary_at(horizon_days)
        score = np.array([fitted.out_of_fold_.get(case, np.nan) for case in case_ids])
        judged = ~np.isnan(score) & (target.weight > 0)
        if len(np.unique(target.label[judged])) < 2:
            return 0.5
        return float(auroc(target.label[judged], score[judged], target.weight[judged]))


class ClassGridModel(
    SpeaksOfClasses[ClassModel | ClassSearchModel], CandidateGrid[ClassModel | ClassSearchModel]
):
    """The grid for several classes, judged by the mean AUROC of each class against the rest."""

    def _held_out_auroc(
        self,
        fitted: ClassModel | ClassSearchModel,
        case_ids: tuple[str, ...],
        outcome: Outcome,
        horizon_days: float,  # noqa: ARG002
    ) -> float:
        said = fitted.out_of_fold_
        judged = np.array([row for row, case in enumerate(case_ids) if case in said], np.int64)
        if len(judged) == 0:
            return 0.5
        score = np.stack([said[case_ids[row]] for row in judged])
        return mean_class_auroc(outcome.event[judged], score)
