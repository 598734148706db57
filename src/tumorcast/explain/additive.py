"""Exact Shapley values of columns, for models that are a link of a sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from tumorcast.explain.boxes import Boxes, leaves_of_forest, leaves_of_lightgbm, split
from tumorcast.explain.prepared import owner_of
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.fusion import GridModel, LateFusion, SearchModel, TabularModel
from tumorcast.fusion.adaboost import AdaBoostLearner
from tumorcast.fusion.boosted_trees import BoostedTreesLearner
from tumorcast.fusion.forest import ForestLearner
from tumorcast.fusion.linear_score import LinearScoreLearner
from tumorcast.fusion.logistic import LogisticLearner
from tumorcast.validation import OutcomeModel


@dataclass(frozen=True)
class ColumnShapley:
    """Shapley values of the columns, or of groups of them, for one case.

    Parameters
    ----------
    names
        Of the columns and images.
    values, errors
        Shapley value of each and its standard error, 0 where it is exact.
    base
        Mean score of the background rows.
    method
        ``linear``, ``trees``, ``trees, carried to log-odds``, ``exact`` or ``sampled``.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    base: float
    method: str


AdditiveExplainer = Callable[[int], ColumnShapley]
"""From the position of a case to the values of its columns."""

LogOddsParts = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""From a prepared row and the background to each prepared column's part in the log-odds."""


def additive_explainer(
    model: OutcomeModel, inputs: ModelInputs, background: NDArray[np.int64]
) -> AdditiveExplainer | None:
    """Return what explains a fitted model exactly, or ``None`` for models of other kinds.

    A late fusion is a weighted mean of its members' log-odds, so its values are those of the
    members in the same mean: as long as the case and all background rows have every member.
    """
    if isinstance(model, GridModel | SearchModel):
        return additive_explainer(model.model_, inputs, background)
    if isinstance(model, LateFusion):
        return _of_late_fusion(model, inputs, background)
    if isinstance(model, TabularModel):
        return _of_tabular(model, inputs.table, background)
    return None


def _of_tabular(
    model: TabularModel, table: FeatureTable, background: NDArray[np.int64]
) -> AdditiveExplainer | None:
    found = log_odds_parts(model.learner_)
    if found is None:
        return None
    parts, method = found
    columns = model.preparation_.columns_
    owners = [owner_of(name, table.columns) for name in columns]
    others = model.preparation_.matrix(table.rows(background))
    slope = model.calibration_.slope
    base = _base(model, table, background)

    def explained(case: int) -> ColumnShapley:
        row = model.preparation_.matrix(table.rows(np.array([case])))[0]
        names, values = summed(owners, slope * parts(row, others))
        return ColumnShapley(names, values, np.zeros(len(names)), base, method)

    return explained


def _base(model: TabularModel, table: FeatureTable, background: NDArray[np.int64]) -> float:
    return float(model.predict_risk(ModelInputs(table.rows(background))).mean())


def _of_late_fusion(
    model: LateFusion, inputs: ModelInputs, background: NDArray[np.int64]
) -> AdditiveExplainer | None:
    members = {
        name: additive_explainer(member, inputs, background)  # type: ignore[arg-type]
        for name, member in model.members_.items()
    }
    covered = np.all([member.covers(inputs) for member in model.members_.values()], axis=0)
    if not all(members.values()) or not covered[background].all():
        return None
    weights = model.calibration_.slope * model.weights_ / model.weights_.sum()

    def explained(case: int) -> ColumnShapley:
        found = [explain(case) for explain in members.values() if explain is not None]
        names = [name for one in found for name in one.names]
        parts = [weight * one.values for weight, one in zip(weights, found, strict=True)]
        merged, values = summed(names, np.concatenate(parts))
        base = sum(weight * one.base for weight, one in zip(weights, found, strict=True))
        method = "; ".join(dict.fromkeys(one.method for one in found))
        zero = np.zeros(len(merged))
        return ColumnShapley(merged, values, zero, base + model.calibration_.intercept, method)

    return explained


def log_odds_parts(learner: object) -> tuple[LogOddsParts, str] | None:
    """Return what hands out a learner's log-odds among its columns, and how; ``None`` if nothing.

    A forest adds up probabilities. Its Shapley values against each background row are stretched to
    the difference in log-odds, so that they add up on that scale too (rescale rule: Chen, Lundberg
    and Lee, Nature Communications 2022;13:4512).
    """
    if isinstance(learner, LogisticLearner):
        return linear_parts(learner.coefficients_[1:]), "linear"
    if isinstance(learner, ForestLearner):
        boxes = Boxes.of(leaves_of_forest(learner.forest_))
        share = learner.n_trees / (learner.n_trees + 1)
        return _carried(boxes, share, 0.5 / (learner.n_trees + 1)), "trees, carried to log-odds"
    if not isinstance(learner, LinearScoreLearner | AdaBoostLearner | BoostedTreesLearner):
        return None
    if not learner.n_columns_:
        return linear_parts(np.zeros(0)), "linear"
    slope = learner.calibration_.slope
    if isinstance(learner, LinearScoreLearner):
        return linear_parts(slope * learner.coefficients_), "linear"
    if isinstance(learner, BoostedTreesLearner):
        trees = learner.booster_.dump_model()["tree_info"]
        boxes = Boxes.of([leaf for t in trees for leaf in leaves_of_lightgbm(t["tree_structure"])])
        return _tree_parts(boxes, slope), "trees"
    return _tree_parts(_stumps(learner), slope, np.float32), "trees"


def linear_parts(coefficients: NDArray[np.float64]) -> LogOddsParts:
    """Return what hands out a weighted sum: coefficient times distance from the mean."""
    return lambda row, others: coefficients * (row - others.mean(axis=0))


def _tree_parts(boxes: Boxes, slope: float, kind: type = np.float64) -> LogOddsParts:
    def parts(row: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
        row, others = (each.astype(kind).astype(np.float64) for each in (row, others))
        return np.asarray(slope * boxes.shapley(row, others).mean(axis=0))

    return parts


def _carried(boxes: Boxes, share: float, start: float) -> LogOddsParts:
    def parts(row: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
        own = float(share * boxes.total(row[np.newaxis])[0] + start)
        theirs = share * boxes.total(others) + start
        apart = np.abs(own - theirs) > 1e-9
        slope = np.where(
            apart, (logit(own) - logit(theirs)) / np.where(apart, own - theirs, 1.0),
            1 / (own * (1 - own)),
        )  # fmt: skip
        each = share * boxes.shapley(row, others)
        return np.asarray((slope[:, np.newaxis] * each).mean(axis=0))

    return parts


def _stumps(learner: AdaBoostLearner) -> Boxes:
    leaves = []
    for column, cut, below, above in zip(
        learner.column_, learner.cut_, learner.below_, learner.above_, strict=True
    ):
        low, high = split({}, int(column), float(cut))
        leaves += [(low, float(below)), (high, float(above))]
    return Boxes.of(leaves)


def summed(
    names: Sequence[str], values: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return each name once, with the sum of its values."""
    merged = tuple(dict.fromkeys(names))
    place = {name: number for number, name in enumerate(merged)}
    total = np.zeros(len(merged))
    np.add.at(total, [place[name] for name in names], values)
    return merged, total
