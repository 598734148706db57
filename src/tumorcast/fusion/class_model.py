"""A learner of several classes on the blocks of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.errors import refuse
from tumorcast.features import RANKERS, Combat, Ledger, ModelInputs, State, part_of
from tumorcast.fusion.class_calibration import ClassCalibration
from tumorcast.fusion.class_learner import ClassLearner
from tumorcast.fusion.class_learners import CLASS_LEARNERS
from tumorcast.fusion.preparation import Preparation

_NUMBER_OF_FOLDS = (5, 4, 3, 2)
_PATIENTS_A_FOLD = 2
"""Patients of each class that every inner fold must have, so that the others can be learned."""

Splits = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


@dataclass
class ClassModel:
    """Impute, encode, scale, filter, select, learn, recalibrate; in this order, in the fold.

    As `TabularModel`, for the probability of each of several classes: the scores of up to five
    inner folds, never made by a model that saw the row, give the recalibration. With too few cases
    of a class for inner folds the learner's own probabilities stand.

    Parameters
    ----------
    blocks, select, correlation, selector, min_icc, among, harmonise
        As of `TabularModel`; columns are selected for each class against the rest.
    learner
        Name in `CLASS_LEARNERS`.
    """

    blocks: tuple[str, ...]
    learner: str = "logistic"
    select: int | None = 36
    correlation: float = 0.9
    selector: str = "forest"
    min_icc: float | None = None
    among: tuple[str, ...] | None = None
    harmonise: Combat | None = None

    def __post_init__(self) -> None:
        if self.learner not in CLASS_LEARNERS:
            raise ValueError(f"no learner of classes '{self.learner}': {sorted(CLASS_LEARNERS)}")
        if self.selector not in RANKERS:
            raise ValueError(f"no selector '{self.selector}', only {sorted(RANKERS)}")

    def clone(self) -> Self:
        """Return an unfitted model with the same settings."""
        return replace(self)

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,  # noqa: ARG002
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn every step from the rows; their order does not matter, nor does the horizon.

        Raises
        ------
        StudyRefusedError
            ``COL-03`` when a block has no column, ``END-15`` when the rows lack a class.
        """
        order = np.argsort(np.array(inputs.case_ids))
        inputs, outcome = inputs.rows(order), outcome.rows(order)
        require_classes(outcome)
        self.preparation_, self.learner_ = self._fit_line(inputs, outcome, seed, ledger)
        n_classes = len(outcome.levels)
        splits = class_splits(outcome, inputs.groups, _NUMBER_OF_FOLDS, seed)
        score = np.full((len(outcome), n_classes), np.nan)
        for number, (learned, held_out) in enumerate(splits):
            line = self._fit_line(
                inputs.rows(learned),
                outcome.rows(learned),
                seed + 1 + number,
                ledger.within(f"inner_{number}"),
            )
            score[held_out] = _probability(*line, inputs.rows(held_out))
        scored = ~np.isnan(score[:, 0])
        self.calibration_ = (
            ClassCalibration.fit(score[scored], outcome.event[scored])
            if scored.any()
            else ClassCalibration(1.0, np.zeros(n_classes))
        )
        ledger.record("calibrate", inputs.case_ids, self.calibration_.state())
        return self

    def _fit_line(
        self, inputs: ModelInputs, outcome: Outcome, seed: int, ledger: Ledger
    ) -> tuple[Preparation, ClassLearner]:
        preparation = self._preparation()
        preparation.fit(inputs.table, outcome.class_target(), seed=seed, ledger=ledger)
        matrix = preparation.transform(inputs.table).frame.to_numpy(dtype=np.float64)
        learner = CLASS_LEARNERS[self.learner]()
        learner = learner.fit(matrix, outcome.event, len(outcome.levels), seed=seed)
        ledger.record("learn", inputs.case_ids, learner.state())
        return preparation, learner

    def _preparation(self) -> Preparation:
        return Preparation(
            self.blocks,
            self.select,
            self.correlation,
            self.selector,
            self.min_icc,
            self.among,
            self.harmonise,
        )

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, shape (n, classes).

        Raises
        ------
        BadInputError
            ``COL-01`` and ``COL-02``: columns that are missing or of another kind.
        """
        return self.calibration_.probability(_probability(self.preparation_, self.learner_, inputs))

    def importance(self) -> dict[str, float]:
        """Return the share of every column that reached the learner."""
        names = self.preparation_.columns_
        return dict(zip(names, self.learner_.importance().tolist(), strict=True))

    def state(self) -> State:
        """Return everything that was learned; with the settings it is the whole model."""
        learned = {f"learner/{name}": array for name, array in self.learner_.state().items()}
        return {**self.preparation_.state(), **learned, **self.calibration_.state()}

    def restore(self, state: State) -> Self:
        """Return a model with these settings that has learned `state`."""
        restored = self.clone()
        restored.preparation_ = self._preparation().restore(state)
        restored.learner_ = CLASS_LEARNERS[self.learner]().restore(part_of(state, "learner"))
        restored.calibration_ = ClassCalibration.restore(state)
        return restored


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


def _probability(
    preparation: Preparation, learner: ClassLearner, inputs: ModelInputs
) -> NDArray[np.float64]:
    matrix = preparation.transform(inputs.table).frame.to_numpy(dtype=np.float64)
    return learner.predict_probability(matrix)
