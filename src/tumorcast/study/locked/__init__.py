"""Locked models: bundles, their predictions for new patients, and external validation."""

from tumorcast.study.locked.bundling import BundleResult, bundle
from tumorcast.study.locked.external import ValidationResult, validate
from tumorcast.study.locked.model import LockedModel, load_bundle
from tumorcast.study.locked.predicting import PredictionResult, predict

__all__ = [
    "BundleResult",
    "LockedModel",
    "PredictionResult",
    "ValidationResult",
    "bundle",
    "load_bundle",
    "predict",
    "validate",
]
