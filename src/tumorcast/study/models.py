"""From the arms of a plan to models that can be validated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tumorcast.metrics import ThresholdRule
from tumorcast.study.harmonise import combat_of
from tumorcast.study.plan import Plan
from tumorcast.study.schema import Arm
from tumorcast.study.schema_networks import NetworkSpec
from tumorcast.study.schema_threshold import threshold_rule
from tumorcast.study.searches import trials_of
from tumorcast.validation import LockableModel

if TYPE_CHECKING:
    from tumorcast.fusion import ClassModel, GridModel, SearchModel, TabularModel
    from tumorcast.fusion.class_average import ClassAverage
    from tumorcast.fusion.class_network import ClassNetworkModel
    from tumorcast.fusion.grid import ClassGridModel
    from tumorcast.fusion.network import NetworkModel
    from tumorcast.fusion.search import ClassSearchModel

    Model = TypeVar("Model", bound=NetworkModel)
    SingleClassModel = ClassModel | ClassSearchModel | ClassGridModel | ClassNetworkModel


def build_models(plan: Plan, checkpoints: Path | None = None) -> Mapping[str, LockableModel]:
    """Return an unfitted model for every arm.

    Parameters
    ----------
    checkpoints
        Folder in which networks keep how far their training is.
    """
    from tumorcast.fusion import LateFusion  # noqa: PLC0415  (torch is heavy)

    seed = plan.study.file.validation.seed
    rule = threshold_rule(plan.study.file.validation.threshold)
    models: dict[str, LockableModel] = {}
    for name, arm in plan.arms.items():
        if arm.average is None:
            models[name] = _single(arm, rule, seed, plan.study.base, checkpoints)
        else:
            members = {
                member: _single(plan.arms[member], rule, seed, plan.study.base, checkpoints)
                for member in arm.average
            }
            models[name] = LateFusion(members, arm.weighting, rule)
    return models


def build_class_models(
    plan: Plan, checkpoints: Path | None = None
) -> Mapping[str, ClassAverage | SingleClassModel]:
    """Return an unfitted model for every arm of an endpoint of several classes.

    Parameters
    ----------
    checkpoints
        As in `build_models`.
    """
    from tumorcast.fusion.class_average import ClassAverage  # noqa: PLC0415  (torch is heavy)

    models: dict[str, ClassAverage | SingleClassModel] = {}
    for name, arm in plan.arms.items():
        if arm.average is None:
            models[name] = _single_of_classes(plan, arm, checkpoints)
        else:
            members = {
                member: _single_of_classes(plan, plan.arms[member], checkpoints)
                for member in arm.average
            }
            models[name] = ClassAverage(members)
    return models


def _single_of_classes(plan: Plan, arm: Arm, checkpoints: Path | None) -> SingleClassModel:
    from tumorcast.fusion import ClassModel  # noqa: PLC0415  (torch is heavy)
    from tumorcast.fusion.class_network import ClassNetworkModel  # noqa: PLC0415
    from tumorcast.fusion.grid import ClassGridModel  # noqa: PLC0415
    from tumorcast.fusion.search import ClassSearchModel  # noqa: PLC0415

    spec = plan.study.file.validation
    if arm.network is not None:
        rule = threshold_rule(spec.threshold)
        return _network(ClassNetworkModel, arm, arm.network, rule, plan.study.base, checkpoints)
    select = arm.select

    def line(selector: str, learner: str) -> ClassModel | ClassSearchModel:
        model = ClassModel(
            arm.blocks,
            learner,
            select.keep if select else None,
            select.correlation if select else 1.0,
            selector,
            select.stable.min_icc if select and select.stable else None,
            select.among if select else None,
            combat_of(arm),
        )
        trials = trials_of(arm, learner, spec.seed)
        return ClassSearchModel(model, trials) if trials else model

    selector = select.method if select else "forest"
    if arm.grid is None:
        return line(selector, str(arm.learner))
    return ClassGridModel(
        {
            f"{method}, {learner}": line(method, learner)
            for method in arm.grid.selectors or (selector,)
            for learner in arm.grid.learners
        }
    )


def _single(
    arm: Arm, rule: ThresholdRule, seed: int, base: Path, checkpoints: Path | None
) -> TabularModel | SearchModel | GridModel | NetworkModel:
    from tumorcast.fusion import GridModel, SearchModel, TabularModel  # noqa: PLC0415
    from tumorcast.fusion.network import NetworkModel  # noqa: PLC0415

    keep = arm.select.keep if arm.select else None
    correlation = arm.select.correlation if arm.select else 1.0
    selector = arm.select.method if arm.select else "forest"
    stable = arm.select.stable if arm.select else None
    min_icc = stable.min_icc if stable else None
    among = arm.select.among if arm.select else None
    harmonise = combat_of(arm)

    def line(selector: str, learner: str) -> TabularModel | SearchModel:
        model = TabularModel(
            arm.blocks, learner, keep, correlation, selector, min_icc, among, harmonise, rule
        )
        trials = trials_of(arm, learner, seed)
        return SearchModel(model, trials) if trials else model

    if arm.grid is not None:
        return GridModel(
            {
                f"{method}, {learner}": line(method, learner)
                for method in arm.grid.selectors or (selector,)
                for learner in arm.grid.learners
            }
        )
    if arm.network is None:
        return line(selector, str(arm.learner))
    return _network(NetworkModel, arm, arm.network, rule, base, checkpoints)


def _network(
    make: type[Model],
    arm: Arm,
    spec: NetworkSpec,
    rule: ThresholdRule,
    base: Path,
    checkpoints: Path | None,
) -> Model:
    from tumorcast.fusion.checkpoint import Checkpoints  # noqa: PLC0415
    from tumorcast.fusion.train import TrainingSettings  # noqa: PLC0415

    select = arm.select
    return make(
        spec.images,
        spec.encoder,
        arm.blocks,
        select.keep if select else None,
        select.correlation if select else 1.0,
        select.method if select else "forest",
        TrainingSettings(
            max_epochs=spec.max_epochs or TrainingSettings.max_epochs,
            augmentation=spec.augmentation,
            precision=spec.precision or TrainingSettings.precision,
            devices=spec.devices,
        ),
        min_icc=select.stable.min_icc if select and select.stable else None,
        among=select.among if select else None,
        head=spec.head,
        endpoint=spec.endpoint,
        mask=spec.mask,
        join=spec.join,
        weights={image: base / path for image, path in spec.weights.items()},
        weights_rate=1.0 if spec.weights_rate is None else spec.weights_rate,
        checkpoints=Checkpoints(checkpoints) if checkpoints else None,
        harmonise=combat_of(arm),
        rule=rule,
    )
