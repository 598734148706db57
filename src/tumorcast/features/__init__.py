"""Tables of features and crops, and the steps that learn from them inside a fold."""

from tumorcast.features.among import Among
from tumorcast.features.check import check_selector, check_step
from tumorcast.features.combat import Combat
from tumorcast.features.correlation import CorrelationFilter, centred_ranks
from tumorcast.features.forest import Forest
from tumorcast.features.forest_selector import ForestSelector
from tumorcast.features.imputer import Imputer
from tumorcast.features.inputs import CropBlock, ModelInputs
from tumorcast.features.ledger import FittedStep, Ledger, state_digest
from tumorcast.features.mapped import MappedArray
from tumorcast.features.near_constant import NearConstantFilter
from tumorcast.features.onehot import OneHot
from tumorcast.features.over_classes import OverClasses
from tumorcast.features.perturbed import PerturbedBlock
from tumorcast.features.scaler import Scaler
from tumorcast.features.selector import ColumnSelector
from tumorcast.features.selectors import RANKERS, SELECTORS, SURVIVAL_RANKERS
from tumorcast.features.stable import StableSelector
from tumorcast.features.step import State, Step, part_of
from tumorcast.features.table import ColumnName, FeatureTable
from tumorcast.features.univariate import UnivariateSelector

__all__ = [
    "RANKERS",
    "SELECTORS",
    "SURVIVAL_RANKERS",
    "Among",
    "ColumnName",
    "ColumnSelector",
    "Combat",
    "CorrelationFilter",
    "CropBlock",
    "FeatureTable",
    "FittedStep",
    "Forest",
    "ForestSelector",
    "Imputer",
    "Ledger",
    "MappedArray",
    "ModelInputs",
    "NearConstantFilter",
    "OneHot",
    "OverClasses",
    "PerturbedBlock",
    "Scaler",
    "StableSelector",
    "State",
    "Step",
    "UnivariateSelector",
    "centred_ranks",
    "check_selector",
    "check_step",
    "part_of",
    "state_digest",
]
