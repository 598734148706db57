"""A learner of several classes on the blocks of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.errors import refuse
from tumorcast.features import Ledger, ModelInputs, State
from tumorcast.fusion.class_calibration import ClassCalibration
from tumorcast.fusion.class_learner import ClassLearner
from tumorcast.fusion.class_learners import CLASS_LEARNERS
from tumorcast.fusion.inner import Splits, too_few_for_inner_folds
from tumorcast.fusion.table_model import INNER_FOLDS, TableModel, TrainingRows
from tumorcast.metrics import class_aurocs

_PATIENTS_A_FOLD = 2
"""Patients of each class that every inner fold must have, so that the others can be learned."""


@dataclass
class ClassModel(TableModel[ClassLearner]):
    """Impute, encode, scale, filter, select, learn, recalibrate; in this order, in the fold.

    As `TabularModel`, for the probability of each of several classes: the scores of up to five
    inner folds, never made by a model that saw the row, give the recalibration. With too few cases
    of a class for inner folds the learner's own probabilities stand.

    Parameters
    ----------
    blocks, select, correlation, selector, min_icc, among, harmonise, near_constant
        As of `TabularModel`; columns are selected for each class against the rest.
    learner
        Name in `CLASS_LEARNERS`.
    """

    def __post_init__(self) -> None:
        if self.learner not in CLASS_LEARNERS:
            raise ValueError(f"no learner of classes '{self.learner}': {sorted(CLASS_LEARNERS)}")
        super().__post_init__()

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn every step from the rows; their order does not matter, nor does the horizon.

        Raises
        ------
        StudyRefusedError
            ``COL-03`` when a block has no column, ``END-15`` when the rows lack a class.
        """
        rows = self.training_rows(inputs, outcome, horizon_days, ledger)
        inputs, outcome = rows.inputs, rows.outcome
        self.preparation_, self.learner_ = self._fit_line(rows, seed, ledger)
        n_classes = len(outcome.levels)
        score = np.full((len(outcome), n_classes), np.nan)
        splits = self.inner_splits(rows, seed)
        if not splits:
            fewest = _PATIENTS_A_FOLD * min(INNER_FOLDS)
            instead = "the probabilities are not recalibrated"
            ledger.findings.append(too_few_for_inner_folds(fewest, instead))
        for held_out, probability in self._held_out(rows, splits, seed, ledger):
            score[held_out] = probability
        scored = ~np.isnan(score[:, 0])
        self.calibration_ = (
            ClassCalibration.fit(score[scored], outcome.event[scored])
            if scored.any()
            else ClassCalibration(1.0, np.zeros(n_classes))
        )
        ledger.record("calibrate", inputs.case_ids, self.calibration_.state())
        recalibrated = self.calibration_.probability(score[scored])
        rows_scored = np.flatnonzero(scored).tolist()
        self.out_of_fold_ = {
            inputs.case_ids[row]: said for row, said in zip(rows_scored, recalibrated, strict=True)
        }
        return self

    def training_rows(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        horizon_days: float,
        ledger: Ledger,  # noqa: ARG002
    ) -> TrainingRows:
        """Return the rows in the order of their names.

        Raises
        ------
        StudyRefusedError
            ``END-15`` when the rows lack a class.
        """
        order = np.argsort(np.array(inputs.case_ids))
        inputs, outcome = inputs.rows(order), outcome.rows(order)
        require_classes(outcome)
        return TrainingRows(inputs, outcome, outcome.class_target(), horizon_days)

    def inner_splits(self, rows: TrainingRows, seed: int) -> Splits:
        """Return as many inner splits as the rarest class allows; none if not even two."""
        return class_splits(rows.outcome, rows.inputs.groups, INNER_FOLDS, seed)

    def _judged(self, prediction: NDArray[np.float64], rows: TrainingRows) -> float:
        """Return the mean AUROC of each class against the rest, over the classes that are there."""
        return mean_class_auroc(rows.outcome.event, prediction)

    def _fit_learner(
        self, matrix: NDArray[np.float64], rows: TrainingRows, seed: int
    ) -> ClassLearner:
        learner = CLASS_LEARNERS[self.learner](**self.settings)
        n_classes = len(rows.outcome.levels)
        return learner.fit(matrix, rows.outcome.event, n_classes, groups=rows.groups, seed=seed)

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, shape (n, classes).

        Raises
        ------
        BadInputError
            ``COL-01`` and ``COL-02``: columns that are missing or of another kind.
        """
        return self.calibration_.probability(self._learned_probability(inputs))

    def state(self) -> State:
        """Return everything that was learned; with the settings it is the whole model."""
        return {**super().state(), **self.calibration_.state()}

    def restore(self, state: State) -> Self:
        """Return a model with these settings that has learned `state`."""
        restored = super().restore(state)
        restored.calibration_ = ClassCalibration.restore(state)
        return restored

    def _restored_learner(self, state: State) -> ClassLearner:
        return CLASS_LEARNERS[self.learner](**self.settings).restore(state)


def mean_class_auroc(label: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return the mean AUROC of each class against the rest, over the classes that are there."""
    each = class_aurocs(label, probability, np.ones((1, len(probability))))
    known = each[~np.isnan(each)]
    return float(known.mean()) if len(known) else 0.5


def require_classes(outcome: Outcome) -> None:
    """Refuse rows that lack a class, with ``END-15``."""
    counts = np.bincount(outcome.event, minlength=len(outcome.levels))
    lacking = [name for name, n in zip(outcome.levels, counts, strict=True) if not n]
    if lacking:
        raise refuse(
            "END-15",
            f"none of the {len(outcome)} training cases is of the class {', '.join(lacking)}",
            expected="training cases of every class",
            fix="take fewer folds, or join this class with another",
        )


def class_splits(
    outcome: Outcome, groups: Sequence[str], numbers: Sequence[int], seed: int
) -> Splits:
    """Return the positions to learn from and those held out, a pair for each inner fold.

    Parameters
    ----------
    groups
        Patient of each row, who stays on one side.
    numbers
        Of folds, of which the first that the rarest class allows is taken; no split if none.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415

    patient = np.unique(np.array(groups), return_inverse=True)[1]
    everyone = set(range(len(outcome.levels)))
    patients_of = [len(set(patient[outcome.event == number])) for number in everyone]
    for n_folds in numbers:
        if min(patients_of) < _PATIENTS_A_FOLD * n_folds:
            continue
        folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed % 2**32)
        splits = list(folds.split(np.zeros((len(outcome), 1)), outcome.event, patient))
        if all(set(outcome.event[learned].tolist()) == everyone for learned, _ in splits):
            return splits
    return []
