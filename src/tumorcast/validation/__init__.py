"""Splits, the fold executor and its predictions."""

from tumorcast.validation.contract import OutcomeModel
from tumorcast.validation.predictions import Predictions

__all__ = ["OutcomeModel", "Predictions"]
