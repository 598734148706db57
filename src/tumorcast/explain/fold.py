"""What the model of one fold rests on, for the cases that it has not seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.explain.attribution import Explainer
from tumorcast.explain.looked_at import LookedAt, block_players
from tumorcast.explain.permutation import shuffled_risks
from tumorcast.features import ModelInputs
from tumorcast.validation import FoldTask, OutcomeModel, fit_fold

if TYPE_CHECKING:
    from tumorcast.explain.maps import CaseMaps

BACKGROUND_ROWS = 32
"""Training rows that a case is compared with."""

BACKGROUND_ROWS_WITH_IMAGES = 16
"""The same for a model that looks at crops."""


@dataclass(frozen=True)
class CaseColumn:
    """The part of one column, or one image, in the score of one case."""

    case: str
    column: str
    block: str
    shapley: float
    error: float


@dataclass(frozen=True)
class FoldExplanation:
    """What the model of a fold says of its test cases, and why.

    Parameters
    ----------
    fold
        Number of the fold.
    cases
        Ids of its test cases.
    risk
        As in the predictions of the run, shape (n,).
    score, base, column_base
        Log-odds of each case, and the mean of the background rows as the blocks and as the columns
        have it, shape (n,).
    blocks
        Shapley value by block, shape (n,) each.
    columns
        Shapley values by case and column.
    methods
        How the columns' values were found, one a case.
    shuffled
        Risks of the test cases with a block or column dealt out anew, by ("block" or "column",
        name, block), shape (shuffles, n) each.
    maps
        Of the cases that were asked for.
    """

    fold: int
    cases: tuple[str, ...]
    risk: NDArray[np.float64]
    score: NDArray[np.float64]
    base: NDArray[np.float64]
    column_base: NDArray[np.float64]
    blocks: Mapping[str, NDArray[np.float64]]
    columns: tuple[CaseColumn, ...]
    methods: tuple[str, ...]
    shuffled: Mapping[tuple[str, str, str], NDArray[np.float64]]
    maps: tuple[CaseMaps, ...] = ()


def explain_fold(
    task: FoldTask, inputs: ModelInputs, outcome: Outcome, mapped: Collection[str] = ()
) -> FoldExplanation:
    """Fit the model of a fold as the validation did, and explain the scores of its test cases.

    Parameters
    ----------
    mapped
        Cases whose voxels are explained too, those of the fold among them; the model must be a
        network.
    """
    fitted = fit_fold(task, inputs, outcome)
    looked_at = LookedAt.by(fitted.model)
    background = background_rows(task, with_images=bool(looked_at.images))
    explainer = Explainer(fitted.model, inputs, background, task.seed)
    test = task.split.test
    blocks = [explainer.blocks(int(case)) for case in test]
    columns = [explainer.columns(int(case)) for case in test]
    cases = [inputs.case_ids[case] for case in test]
    values = np.stack([one.values for one in blocks])
    by_block = block_players(explainer.seen, looked_at)
    shuffled = {
        (level, name, explainer.block_of(name)): risks
        for level, players in (("block", by_block), ("column", explainer.used))
        for name, risks in zip(
            players.names,
            shuffled_risks(fitted.model, explainer.seen, players, test, seed=task.seed)
            - fitted.mean_risk,
            strict=True,
        )
    }
    score = fitted.model.predict_risk(inputs.rows(test))
    return FoldExplanation(
        task.split.fold,
        tuple(cases),
        score - fitted.mean_risk,
        score,
        np.array([one.base for one in blocks]),
        np.array([one.base for one in columns]),
        {name: values[:, number] for number, name in enumerate(by_block.names)},
        tuple(
            CaseColumn(case, name, explainer.block_of(name), float(value), float(error))
            for case, one in zip(cases, columns, strict=True)
            for name, value, error in zip(one.names, one.values, one.errors, strict=True)
        ),
        tuple(one.method for one in columns),
        shuffled,
        _maps(fitted.model, task, inputs, outcome, [case for case in cases if case in mapped]),
    )


def _maps(
    model: OutcomeModel,
    task: FoldTask,
    inputs: ModelInputs,
    outcome: Outcome,
    cases: Sequence[str],
) -> tuple[CaseMaps, ...]:
    if not cases:
        return ()
    from tumorcast.explain.maps import maps_of_fold  # noqa: PLC0415  (torch is heavy)

    return maps_of_fold(model, task, inputs, outcome, cases)


def background_rows(task: FoldTask, *, with_images: bool) -> NDArray[np.int64]:
    """Return the positions of training rows drawn with the fold's seed, in order."""
    size = BACKGROUND_ROWS_WITH_IMAGES if with_images else BACKGROUND_ROWS
    train = task.split.train
    drawn = np.random.default_rng(task.seed).choice(train, min(size, len(train)), replace=False)
    return np.sort(drawn)
