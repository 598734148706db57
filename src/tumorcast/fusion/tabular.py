"""A learner on the blocks of a table, with everything that it needs learned on its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.errors import refuse
from tumorcast.features import RANKERS, Combat, Ledger, ModelInputs, State, part_of
from tumorcast.fusion.at_horizon import AtHorizon
from tumorcast.fusion.calibration import Calibration, log_odds
from tumorcast.fusion.inner import inner_splits
from tumorcast.fusion.learner import Learner
from tumorcast.fusion.learners import LEARNERS
from tumorcast.fusion.preparation import Preparation
from tumorcast.fusion.survival_learners import SURVIVAL_LEARNERS
from tumorcast.metrics import YOUDEN, ThresholdRule

_NUMBER_OF_FOLDS = (5, 4, 3, 2)


@dataclass
class TabularModel:
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
    rule
        How the threshold is chosen.
    """

    blocks: tuple[str, ...]
    learner: str = "logistic"
    select: int | None = 36
    correlation: float = 0.9
    selector: str = "forest"
    min_icc: float | None = None
    among: tuple[str, ...] | None = None
    harmonise: Combat | None = None
    rule: ThresholdRule = YOUDEN

    def __post_init__(self) -> None:
        known = sorted({*LEARNERS, *SURVIVAL_LEARNERS})
        if self.learner not in known:
            raise ValueError(f"no learner '{self.learner}', only {known}")
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
        order = np.argsort(np.array(inputs.case_ids))
        inputs, outcome = inputs.rows(order), outcome.rows(order)
        target = training_target(outcome, horizon_days, ledger)
        rows = _Rows(inputs, outcome, target, horizon_days)
        self.preparation_, self.learner_ = self._fit_line(rows, seed, ledger)
        self._calibrate(rows, seed, ledger)
        return self

    def _fit_line(
        self, rows: _Rows, seed: int, ledger: Ledger
    ) -> tuple[Preparation, Learner | AtHorizon]:
        preparation = self._preparation()
        preparation.fit(rows.inputs.table, rows.target, seed=seed, ledger=ledger)
        matrix = preparation.transform(rows.inputs.table).frame.to_numpy(dtype=np.float64)
        learner = self._fit_learner(matrix, rows, seed)
        ledger.record("learn", rows.inputs.case_ids, learner.state())
        return preparation, learner

    def _fit_learner(
        self, matrix: NDArray[np.float64], rows: _Rows, seed: int
    ) -> Learner | AtHorizon:
        if self.learner in SURVIVAL_LEARNERS:
            learner = AtHorizon(SURVIVAL_LEARNERS[self.learner](), rows.horizon_days)
            return learner.fit(matrix, rows.outcome, seed=seed)
        target = rows.target
        return LEARNERS[self.learner]().fit(matrix, target.label, target.weight, seed=seed)

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

    def _calibrate(self, rows: _Rows, seed: int, ledger: Ledger) -> None:
        inputs, target = rows.inputs, rows.target
        score = np.full(len(inputs), np.nan)
        for number, (learned, held_out) in enumerate(_most_splits(target, inputs.groups, seed)):
            within = ledger.within(f"inner_{number}")
            line = self._fit_line(rows.rows(learned), seed + 1 + number, within)
            score[held_out] = _log_odds(*line, inputs.rows(held_out))
        scored = ~np.isnan(score)
        if scored.any():
            judged = target.rows(np.flatnonzero(scored))
            self.calibration_ = Calibration.fit(score[scored], judged, self.rule)
        else:
            share = float(np.average(target.label, weights=target.weight))
            self.calibration_ = Calibration(
                slope=1.0, intercept=0.0, threshold=self.rule.of_share(share)
            )
        ledger.record("calibrate", inputs.case_ids, self.calibration_.state())
        probability = self.calibration_.probability(score)
        case_ids = inputs.case_ids
        self.out_of_fold_ = {
            case_ids[row]: float(probability[row]) for row in np.flatnonzero(scored)
        }

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has any value in the model's blocks, shape (n,)."""
        known = inputs.table.select(self.blocks).frame.notna().to_numpy(dtype=bool)
        return np.asarray(known.any(axis=1))

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,).

        Raises
        ------
        BadInputError
            ``COL-01`` and ``COL-02``: columns that are missing or of another kind.
        """
        score = _log_odds(self.preparation_, self.learner_, inputs)
        return self.calibration_.probability(score)

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of `predict_probability`, in the same order, shape (n,)."""
        score = _log_odds(self.preparation_, self.learner_, inputs)
        return self.calibration_.slope * score + self.calibration_.intercept

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""
        return self.calibration_.threshold

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
        restored.learner_ = self._restored_learner(part_of(state, "learner"))
        restored.calibration_ = Calibration.restore(state)
        return restored

    def _restored_learner(self, state: State) -> Learner | AtHorizon:
        if self.learner in SURVIVAL_LEARNERS:
            return AtHorizon.restored(SURVIVAL_LEARNERS[self.learner](), state)
        return LEARNERS[self.learner]().restore(state)


@dataclass(frozen=True)
class _Rows:
    """What a line of steps learns from."""

    inputs: ModelInputs
    outcome: Outcome
    target: BinaryTarget
    horizon_days: float

    def rows(self, index: NDArray[np.int64]) -> _Rows:
        """Return the rows at these positions."""
        target = self.target.rows(index)
        return _Rows(self.inputs.rows(index), self.outcome.rows(index), target, self.horizon_days)


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


def _most_splits(
    target: BinaryTarget, groups: tuple[str, ...], seed: int
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """Return as many inner splits as the events allow; none if not even two."""
    for n_folds in _NUMBER_OF_FOLDS:
        splits = inner_splits(target, groups, n_folds=n_folds, seed=seed)
        if splits:
            return splits
    return ()


def _log_odds(
    preparation: Preparation, learner: Learner | AtHorizon, inputs: ModelInputs
) -> NDArray[np.float64]:
    matrix = preparation.transform(inputs.table).frame.to_numpy(dtype=np.float64)
    probability = learner.predict_probability(matrix)
    return log_odds(probability)
