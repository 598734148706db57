"""Several lines of selector and learner, one of which the training rows choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import Ledger, ModelInputs, State, part_of
from tumorcast.fusion.tabular import TabularModel
from tumorcast.metrics import auroc


@dataclass
class GridModel:
    """Try every candidate in inner folds and keep the one that ranks their held-out rows best.

    The candidates' out-of-fold scores come from the training rows alone, so validating this model
    is nested cross-validation: the outer test rows have no part in the choice (Varma and Simon,
    BMC Bioinformatics 2006;7:91). Of equals the first wins. With too few events for inner folds
    the first candidate is taken.

    Parameters
    ----------
    candidates
        Unfitted models by name, such as ``"mrmr, svm"``.
    """

    candidates: Mapping[str, TabularModel]

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
        fitted: dict[str, TabularModel] = {}
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

    @property
    def out_of_fold_(self) -> Mapping[str, float]:
        """Calibrated probability of training cases under the chosen candidate."""
        return self.model_.out_of_fold_

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has any value in the chosen candidate's blocks, shape (n,)."""
        first = next(iter(self.candidates.values()))
        return first.covers(inputs)

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,)."""
        return self.model_.predict_probability(inputs)

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of `predict_probability`, in the same order, shape (n,)."""
        return self.model_.predict_risk(inputs)

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""
        return self.model_.threshold

    def importance(self) -> dict[str, float]:
        """Return the share of every column that reached the chosen learner."""
        return self.model_.importance()

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
