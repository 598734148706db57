"""What models of one event and of several classes on the blocks of a table have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import RANKERS, Combat, Ledger, ModelInputs, State, part_of
from tumorcast.fusion.inner import Splits
from tumorcast.fusion.preparation import Preparation
from tumorcast.fusion.search_space import KEEP, Settings

INNER_FOLDS = (5, 4, 3, 2)
"""Numbers of inner folds, of which the first that the rows allow is taken."""


class FittedLearner(Protocol):
    """What a model asks of its learner, whatever that has learned from."""

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the event, (n,), or of each class, (n, classes)."""

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in what was learned, shape (columns,)."""

    def state(self) -> State:
        """Return all that was learned."""


LearnerT = TypeVar("LearnerT", bound=FittedLearner)


@dataclass(frozen=True)
class TrainingRows:
    """What a line of steps learns from."""

    inputs: ModelInputs
    outcome: Outcome
    target: BinaryTarget
    horizon_days: float

    @property
    def groups(self) -> NDArray[np.str_]:
        """Patient of each row, shape (n,)."""
        return np.array(self.inputs.groups, dtype=np.str_)

    def rows(self, index: NDArray[np.int64]) -> Self:
        """Return the rows at these positions."""
        return replace(
            self,
            inputs=self.inputs.rows(index),
            outcome=self.outcome.rows(index),
            target=self.target.rows(index),
        )


@dataclass
class TableModel(ABC, Generic[LearnerT]):
    """The line of a preparation and a learner, learned on all rows and without each inner fold.

    Parameters
    ----------
    blocks
        Prefixes or globs over column names.
    learner
        Name of the learner.
    select, correlation, selector, min_icc, among, harmonise, near_constant
        As of `Preparation`.
    settings
        Parameters of the learner that differ from its defaults.
    """

    blocks: tuple[str, ...]
    learner: str = "logistic"
    select: int | None = 36
    correlation: float = 0.9
    selector: str = "forest"
    min_icc: float | None = None
    among: tuple[str, ...] | None = None
    harmonise: Combat | None = None
    settings: Settings = field(default_factory=dict, kw_only=True)
    near_constant: float | None = field(default=None, kw_only=True)
    preparation_: Preparation = field(init=False, repr=False, compare=False)
    learner_: LearnerT = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.selector not in RANKERS:
            raise ValueError(f"no selector '{self.selector}', only {sorted(RANKERS)}")

    def clone(self) -> Self:
        """Return an unfitted model with the same settings."""
        return replace(self)

    def with_settings(self, settings: Settings) -> Self:
        """Return an unfitted model with other parameters of the learner, or columns to keep."""
        rest = {name: value for name, value in settings.items() if name != KEEP}
        select = int(settings[KEEP]) if KEEP in settings else self.select
        return replace(self, select=select, settings={**self.settings, **rest})

    @abstractmethod
    def training_rows(
        self, inputs: ModelInputs, outcome: Outcome, horizon_days: float, ledger: Ledger
    ) -> TrainingRows:
        """Return the rows in the order of their names, and refuse what cannot be learned from."""

    @abstractmethod
    def inner_splits(self, rows: TrainingRows, seed: int) -> Splits:
        """Return the first of `INNER_FOLDS` that the rows allow; none if not even two."""

    @abstractmethod
    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn every step from the rows."""

    @abstractmethod
    def _judged(self, prediction: NDArray[np.float64], rows: TrainingRows) -> float:
        """Return how well rows are ranked that were not learned from; 0.5 is chance."""

    @abstractmethod
    def _fit_learner(self, matrix: NDArray[np.float64], rows: TrainingRows, seed: int) -> LearnerT:
        """Return a learner that has learned from the prepared columns of the rows."""

    @abstractmethod
    def _restored_learner(self, state: State) -> LearnerT:
        """Return a learner that has learned `state`."""

    def _rank(
        self,
        matrix: NDArray[np.float64],
        rows: TrainingRows,
        unseen: NDArray[np.float64],
        seed: int,
    ) -> NDArray[np.float64]:
        """Return what a learner of the rows says of other rows, to be judged by their order."""
        return self._fit_learner(matrix, rows, seed).predict_probability(unseen)

    def trial_scores(
        self, rows: TrainingRows, splits: Splits, trials: Sequence[Settings], seed: int
    ) -> NDArray[np.float64]:
        """Return how well each of some settings ranks the held-out rows, shape (trials, folds).

        What learns before the learner does so once a fold for all trials with as many columns.
        """
        scores = np.empty((len(trials), len(splits)))
        for number, (learned, held_out) in enumerate(splits):
            part, others = rows.rows(learned), rows.rows(held_out)
            prepared: dict[int | None, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
            for trial, settings in enumerate(trials):
                line = self.with_settings(settings)
                if line.select not in prepared:
                    steps = line._preparation()
                    table = part.inputs.table
                    steps.fit(table, part.target, seed=seed + 1 + number, ledger=Ledger())
                    prepared[line.select] = steps.matrix(table), steps.matrix(others.inputs.table)
                matrix, unseen = prepared[line.select]
                prediction = line._rank(matrix, part, unseen, seed + 1 + number)
                scores[trial, number] = line._judged(prediction, others)
        return scores

    def _fit_line(
        self, rows: TrainingRows, seed: int, ledger: Ledger
    ) -> tuple[Preparation, LearnerT]:
        preparation = self._preparation()
        preparation.fit(rows.inputs.table, rows.target, seed=seed, ledger=ledger)
        learner = self._fit_learner(preparation.matrix(rows.inputs.table), rows, seed)
        ledger.record("learn", rows.inputs.case_ids, learner.state())
        return preparation, learner

    def _held_out(
        self, rows: TrainingRows, splits: Splits, seed: int, ledger: Ledger
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Yield the positions of each inner fold and what a line without it says of them."""
        for number, (learned, held_out) in enumerate(splits):
            within = ledger.within(f"inner_{number}")
            preparation, learner = self._fit_line(rows.rows(learned), seed + 1 + number, within)
            matrix = preparation.matrix(rows.inputs.table.rows(held_out))
            yield held_out, learner.predict_probability(matrix)

    def _preparation(self) -> Preparation:
        return Preparation(
            self.blocks,
            self.select,
            self.correlation,
            self.selector,
            self.min_icc,
            self.among,
            self.harmonise,
            self.near_constant,
        )

    def _learned_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return what the learner says before recalibration."""
        return self.learner_.predict_probability(self.preparation_.matrix(inputs.table))

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has any value in the model's blocks, shape (n,).

        Of a fitted model, any that harmonisation leaves: with ``unseen="missing"`` the cases of an
        unseen centre have none in its blocks.
        """
        fitted = hasattr(self, "preparation_")
        preparation = self.preparation_ if fitted else self._preparation()
        return preparation.has_values(inputs.table)

    def importance(self) -> dict[str, float]:
        """Return the share of every column that reached the learner."""
        names = self.preparation_.columns_
        return dict(zip(names, self.learner_.importance().tolist(), strict=True))

    def state(self) -> State:
        """Return everything that was learned; with the settings it is the whole model."""
        learned = {f"learner/{name}": array for name, array in self.learner_.state().items()}
        return {**self.preparation_.state(), **learned}

    def restore(self, state: State) -> Self:
        """Return a model with these settings that has learned `state`."""
        restored = self.clone()
        restored.preparation_ = self._preparation().restore(state)
        restored.learner_ = self._restored_learner(part_of(state, "learner"))
        return restored
