"""Several lines of selector and learner, one of which the training rows choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import Ledger, ModelInputs, State, part_of
from tumorcast.fusion.chosen import SpeaksForChosen
from tumorcast.fusion.search import SearchModel
from tumorcast.fusion.tabular import TabularModel
from tumorcast.metrics import auroc


@dataclass
class GridModel(SpeaksForChosen[TabularModel | SearchModel]):
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

    candidates: Mapping[str, TabularModel | SearchModel]
    model_: TabularModel | SearchModel = field(init=False, repr=False, compare=False)

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
            As `TabularModel.fit`.
        """
        target = outcome.binary_at(horizon_days)
        fitted: dict[str, TabularModel | SearchModel] = {}
        self.inner_auroc_: dict[str, float] = {}
        for name, model in self.candidates.items():
            fitted[name] = model.clone().fit(
                inputs,
                outcome,
                horizon_days=horizon_days,
                seed=seed,
                ledger=ledger.within(name),
            )
            held_out = fitted[name].out_of_fold_
            self.inner_auroc_[name] = _held_out_auroc(inputs, target, held_out)
        self.chosen_ = max(self.inner_auroc_, key=lambda name: self.inner_auroc_[name])
        self.model_ = fitted[self.chosen_]
        ledger.record(f"choose {self.chosen_}", inputs.case_ids, self._choice())
        return self

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has any value in the chosen candidate's blocks, shape (n,)."""
        first = next(iter(self.candidates.values()))
        return first.covers(inputs)

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


def _held_out_auroc(
    inputs: ModelInputs, target: BinaryTarget, probability: Mapping[str, float]
) -> float:
    """Return the AUROC of the rows that were held out, 0.5 where there are none."""
    score = np.array([probability.get(case, np.nan) for case in inputs.case_ids])
    judged = ~np.isnan(score) & (target.weight > 0)
    if len(np.unique(target.label[judged])) < 2:
        return 0.5
    return float(auroc(target.label[judged], score[judged], target.weight[judged]))
