"""A learner on the blocks of a table, with everything that it needs learned on its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.errors import refuse
from tumorcast.features import Ledger, ModelInputs, State
from tumorcast.fusion.at_horizon import AtHorizon
from tumorcast.fusion.calibration import Calibration, log_odds
from tumorcast.fusion.inner import (
    MIN_PER_CLASS,
    Splits,
    inner_splits,
    too_few_for_inner_folds,
)
from tumorcast.fusion.learner import Learner
from tumorcast.fusion.learners import LEARNERS
from tumorcast.fusion.score_learner import ScoreLearner
from tumorcast.fusion.survival_learner import SurvivalLearner
from tumorcast.fusion.survival_learners import SURVIVAL_LEARNERS
from tumorcast.fusion.table_model import INNER_FOLDS, TableModel, TrainingRows
from tumorcast.metrics import YOUDEN, ThresholdRule, auroc, c_index


@dataclass
class TabularModel(TableModel[Learner | AtHorizon]):
    """Impute, encode, scale, filter, select, learn, recalibrate; in this order, in the fold.

    The whole line is learned once on all rows given to `fit` and once without each of up to five
    inner folds, whose rows it then scores. These scores, never made by a model that saw the row,
    give the recalibration (Platt) and the threshold. With too few events for inner folds the
    learner's own probability stands and the threshold is the share of events, or the probability
    at which net benefit is counted.

    A case without a whole block is imputed and marked by one indicator, in training and after.

    Parameters
    ----------
    blocks
        Prefixes or globs over column names.
    learner
        Name in `LEARNERS`, or in `SURVIVAL_LEARNERS`: these learn from the times of all rows, also
        of those that are censored before the horizon.
    select
        Number of columns kept by the selector; ``None`` keeps all and filters nothing.
    correlation
        Largest absolute rank correlation between two columns that are both kept.
    selector
        Name in `RANKERS`.
    min_icc
        Smallest agreement of a column over perturbations; ``None`` does not ask.
    among
        Blocks that columns are selected from, the others being kept whole; ``None`` for all.
    harmonise
        Takes the centres' effects out of columns first; ``None`` does not.
    near_constant
        Largest share of rows with one value in a column that is kept; ``None`` does not ask.
    rule
        How the threshold is chosen.
    settings
        Parameters of the learner that differ from its defaults.
    """

    rule: ThresholdRule = YOUDEN

    def __post_init__(self) -> None:
        known = sorted({*LEARNERS, *SURVIVAL_LEARNERS})
        if self.learner not in known:
            raise ValueError(f"no learner '{self.learner}', only {known}")
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
        """Learn every step from the rows; their order does not matter.

        Raises
        ------
        StudyRefusedError
            ``COL-03`` when a block has no column, ``END-08`` when the rows whose state at the
            horizon is known are all of one class.
        """
        rows = self.training_rows(inputs, outcome, horizon_days, ledger)
        self.preparation_, self.learner_ = self._fit_line(rows, seed, ledger)
        self._calibrate(rows, seed, ledger)
        return self

    def training_rows(
        self, inputs: ModelInputs, outcome: Outcome, horizon_days: float, ledger: Ledger
    ) -> TrainingRows:
        """Return the rows in the order of their names, with their state at the horizon.

        Raises
        ------
        StudyRefusedError
            ``END-08`` as `fit`.
        """
        order = np.argsort(np.array(inputs.case_ids))
        inputs, outcome = inputs.rows(order), outcome.rows(order)
        target = training_target(outcome, horizon_days, ledger)
        return TrainingRows(inputs, outcome, target, horizon_days)

    def inner_splits(self, rows: TrainingRows, seed: int) -> Splits:
        """Return as many inner splits as the events allow; none if not even two."""
        for n_folds in INNER_FOLDS:
            splits = inner_splits(rows.target, rows.inputs.groups, n_folds=n_folds, seed=seed)
            if splits:
                return splits
        return ()

    def _judged(self, prediction: NDArray[np.float64], rows: TrainingRows) -> float:
        """Return C of a learner on times, the AUROC at the horizon of any other."""
        if self.learner in SURVIVAL_LEARNERS and rows.outcome.time_days is not None:
            return float(c_index(rows.outcome.event, rows.outcome.time_days, prediction))
        return float(auroc(rows.target.label, prediction, rows.target.weight))

    def _rank(
        self,
        matrix: NDArray[np.float64],
        rows: TrainingRows,
        unseen: NDArray[np.float64],
        seed: int,
    ) -> NDArray[np.float64]:
        learner = LEARNERS[self.learner](**self.settings) if self.learner in LEARNERS else None
        if isinstance(learner, ScoreLearner):
            # Its own recalibration would take five more fits and change no order.
            target = rows.target
            learner.fit_score(matrix, target.label, target.weight, groups=rows.groups, seed=seed)
            return learner.raw_score(unseen)
        return super()._rank(matrix, rows, unseen, seed)

    def _fit_learner(
        self, matrix: NDArray[np.float64], rows: TrainingRows, seed: int
    ) -> Learner | AtHorizon:
        if self.learner in SURVIVAL_LEARNERS:
            learner = AtHorizon(self._on_times(), rows.horizon_days)
            return learner.fit(matrix, rows.outcome, groups=rows.groups, seed=seed)
        target, on_state = rows.target, LEARNERS[self.learner](**self.settings)
        return on_state.fit(matrix, target.label, target.weight, groups=rows.groups, seed=seed)

    def _on_times(self) -> SurvivalLearner:
        return SURVIVAL_LEARNERS[self.learner](**self.settings)

    def _calibrate(self, rows: TrainingRows, seed: int, ledger: Ledger) -> None:
        inputs, target = rows.inputs, rows.target
        score = np.full(len(inputs), np.nan)
        splits = self.inner_splits(rows, seed)
        for held_out, probability in self._held_out(rows, splits, seed, ledger):
            score[held_out] = log_odds(probability)
        scored = ~np.isnan(score)
        if scored.any():
            judged = target.rows(np.flatnonzero(scored))
            self.calibration_ = Calibration.fit(score[scored], judged, self.rule)
        else:
            ledger.findings.append(
                too_few_for_inner_folds(
                    MIN_PER_CLASS * min(INNER_FOLDS),
                    "the probabilities are not recalibrated, the threshold does not come from them",
                )
            )
            share = float(np.average(target.label, weights=target.weight))
            self.calibration_ = Calibration(
                slope=1.0, intercept=0.0, threshold=self.rule.of_share(share)
            )
        ledger.record("calibrate", inputs.case_ids, self.calibration_.state())
        recalibrated = self.calibration_.probability(score)
        case_ids = inputs.case_ids
        self.out_of_fold_ = {
            case_ids[row]: float(recalibrated[row]) for row in np.flatnonzero(scored)
        }

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,).

        Raises
        ------
        BadInputError
            ``COL-01`` and ``COL-02``: columns that are missing or of another kind.
        """
        score = log_odds(self._learned_probability(inputs))
        return self.calibration_.probability(score)

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of `predict_probability`, in the same order, shape (n,)."""
        score = log_odds(self._learned_probability(inputs))
        return self.calibration_.slope * score + self.calibration_.intercept

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""
        return self.calibration_.threshold

    def state(self) -> State:
        """Return everything that was learned; with the settings it is the whole model."""
        return {**super().state(), **self.calibration_.state()}

    def restore(self, state: State) -> Self:
        """Return a model with these settings that has learned `state`."""
        restored = super().restore(state)
        restored.calibration_ = Calibration.restore(state)
        return restored

    def _restored_learner(self, state: State) -> Learner | AtHorizon:
        if self.learner in SURVIVAL_LEARNERS:
            return AtHorizon.restored(self._on_times(), state)
        return LEARNERS[self.learner](**self.settings).restore(state)


def training_target(outcome: Outcome, horizon_days: float, ledger: Ledger) -> BinaryTarget:
    """Return labels and weights of the training rows and record the weights.

    Raises
    ------
    StudyRefusedError
        ``END-08`` when the rows whose state at the horizon is known are all of one class.
    """
    target = outcome.binary_at(horizon_days)
    known = target.label[target.weight > 0]
    if len(np.unique(known)) < 2:
        raise refuse(
            "END-08",
            f"of {len(known)} training cases with a known state {int(known.sum())} have the event",
            expected="cases with the event and cases without it",
            fix="take fewer folds, another horizon, or leave out this arm",
        )
    ledger.record("censoring_weights", outcome.case_ids, {"weight": target.weight})
    return target
