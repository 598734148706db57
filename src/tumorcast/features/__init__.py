"""Tables of features and crops, and the steps that learn from them inside a fold."""

from tumorcast.features.inputs import CropBlock, ModelInputs
from tumorcast.features.ledger import FittedStep, Ledger, state_digest
from tumorcast.features.table import ColumnName, FeatureTable

__all__ = [
    "ColumnName",
    "CropBlock",
    "FeatureTable",
    "FittedStep",
    "Ledger",
    "ModelInputs",
    "state_digest",
]
