"""Splits, the fold executor, its predictions and what they are worth."""

from tumorcast.validation.by_centre import ByCentre, centre_splits
from tumorcast.validation.contract import LockableModel, OutcomeModel
from tumorcast.validation.cross_validation import (
    CrossValidation,
    FoldResult,
    cross_validate,
    fold_seed,
    run_here,
)
from tumorcast.validation.evaluate import evaluate
from tumorcast.validation.fold import (
    FittedFold,
    FoldTask,
    LeakError,
    LockTask,
    fit_fold,
    run_fold,
    run_lock,
    tested_fold,
)
from tumorcast.validation.given import GivenSplit, GivenSplits, given_splits
from tumorcast.validation.horizon import feasible_horizons
from tumorcast.validation.permutation import permuted
from tumorcast.validation.plan import AnyDesign, ValidationPlan, most_folds, plan_validation
from tumorcast.validation.predictions import Predictions
from tumorcast.validation.scores import ArmScores, scores_of
from tumorcast.validation.splits import Design, Split, make_splits

__all__ = [
    "AnyDesign",
    "ArmScores",
    "ByCentre",
    "CrossValidation",
    "Design",
    "FittedFold",
    "FoldResult",
    "FoldTask",
    "GivenSplit",
    "GivenSplits",
    "LeakError",
    "LockTask",
    "LockableModel",
    "OutcomeModel",
    "Predictions",
    "Split",
    "ValidationPlan",
    "centre_splits",
    "cross_validate",
    "evaluate",
    "feasible_horizons",
    "fit_fold",
    "fold_seed",
    "given_splits",
    "make_splits",
    "most_folds",
    "permuted",
    "plan_validation",
    "run_fold",
    "run_here",
    "run_lock",
    "scores_of",
    "tested_fold",
]
