"""The study file, its plan, and the line from a study to a report."""

from tumorcast.study.batch import extract
from tumorcast.study.demo import RECIPES, Size, demo
from tumorcast.study.doctor import Examination
from tumorcast.study.explaining import ExplanationResult, explain
from tumorcast.study.feature_files import BatchExtraction
from tumorcast.study.init import init
from tumorcast.study.load import Study, load
from tumorcast.study.locked import (
    BundleResult,
    LockedModel,
    PredictionResult,
    ValidationResult,
    bundle,
    load_bundle,
    predict,
    validate,
)
from tumorcast.study.plan import Plan, resolve
from tumorcast.study.power import PlannedBlock, PlannedStudy, PowerResult, block_of, power
from tumorcast.study.pretrain import Pretraining, pretrain
from tumorcast.study.quality import Quality
from tumorcast.study.run import RunResult, check, examine, run
from tumorcast.study.stability import Stability, stability

__all__ = [
    "RECIPES",
    "BatchExtraction",
    "BundleResult",
    "Examination",
    "ExplanationResult",
    "LockedModel",
    "Plan",
    "PlannedBlock",
    "PlannedStudy",
    "PowerResult",
    "PredictionResult",
    "Pretraining",
    "Quality",
    "RunResult",
    "Size",
    "Stability",
    "Study",
    "ValidationResult",
    "block_of",
    "bundle",
    "check",
    "demo",
    "examine",
    "explain",
    "extract",
    "init",
    "load",
    "load_bundle",
    "power",
    "predict",
    "pretrain",
    "resolve",
    "run",
    "stability",
    "validate",
]
