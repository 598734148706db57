"""From the arms of a plan to models that can be validated."""

from __future__ import annotations

from collections.abc import Mapping

from tumorcast.fusion import LateFusion, NetworkModel, TabularModel
from tumorcast.study.plan import Plan
from tumorcast.study.schema import Arm
from tumorcast.validation import OutcomeModel


def build_models(plan: Plan) -> Mapping[str, OutcomeModel]:
    """Return an unfitted model for every arm."""
    return {name: _model(arm, plan.arms) for name, arm in plan.arms.items()}


def _model(arm: Arm, arms: Mapping[str, Arm]) -> OutcomeModel:
    if arm.average is not None:
        return LateFusion({name: _model(arms[name], arms) for name in arm.average})
    keep = arm.select.keep if arm.select else None
    correlation = arm.select.correlation if arm.select else 1.0
    if arm.network is not None:
        return NetworkModel(
            images=arm.network.images,
            encoder=arm.network.encoder,
            blocks=arm.blocks,
            select=keep,
            correlation=correlation,
            **({"epochs": arm.network.epochs} if arm.network.epochs else {}),
        )
    return TabularModel(
        blocks=arm.blocks, learner=str(arm.learner), select=keep, correlation=correlation
    )
