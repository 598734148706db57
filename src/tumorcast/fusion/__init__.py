"""Outcome models: learners on tables, networks on images and tables, averages of models."""

from typing import TYPE_CHECKING

from tumorcast.fusion.check import check_learner
from tumorcast.fusion.check_classes import check_class_learner
from tumorcast.fusion.check_survival import check_survival_learner
from tumorcast.fusion.class_learner import ClassLearner
from tumorcast.fusion.class_learners import CLASS_LEARNERS
from tumorcast.fusion.class_model import ClassModel
from tumorcast.fusion.fusion_head import FusionHead, check_fusion_head
from tumorcast.fusion.grid import GridModel
from tumorcast.fusion.heads import FUSION_HEADS
from tumorcast.fusion.late import LateFusion, MemberModel
from tumorcast.fusion.learner import Learner
from tumorcast.fusion.learners import LEARNERS
from tumorcast.fusion.search import SearchModel
from tumorcast.fusion.search_space import SEARCHABLE
from tumorcast.fusion.survival_learner import SurvivalLearner
from tumorcast.fusion.survival_learners import SURVIVAL_LEARNERS
from tumorcast.fusion.tabular import TabularModel

if TYPE_CHECKING:
    from tumorcast.fusion.network import NetworkModel

__all__ = [
    "CLASS_LEARNERS",
    "FUSION_HEADS",
    "LEARNERS",
    "SEARCHABLE",
    "SURVIVAL_LEARNERS",
    "ClassLearner",
    "ClassModel",
    "FusionHead",
    "GridModel",
    "LateFusion",
    "Learner",
    "MemberModel",
    "NetworkModel",
    "SearchModel",
    "SurvivalLearner",
    "TabularModel",
    "check_class_learner",
    "check_fusion_head",
    "check_learner",
    "check_survival_learner",
]


def __getattr__(name: str) -> object:
    """Import the networks, and with them torch, only when they are asked for."""
    if name == "NetworkModel":
        from tumorcast.fusion.network import NetworkModel  # noqa: PLC0415

        return NetworkModel
    raise AttributeError(f"module 'tumorcast.fusion' has no attribute '{name}'")
