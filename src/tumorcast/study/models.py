"""From the arms of a plan to models that can be validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

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

    NetworkT = TypeVar("NetworkT", bound=NetworkModel)
    SingleModel = TabularModel | SearchModel | GridModel | NetworkModel
    SingleClassModel = ClassModel | ClassSearchModel | ClassGridModel | ClassNetworkModel

LineT = TypeVar("LineT")


def build_models(plan: Plan, checkpoints: Path | None = None) -> Mapping[str, LockableModel]:
    """Return an unfitted model for every arm.

    Parameters
    ----------
    checkpoints
        Folder in which networks keep how far their training is.
    """
    from tumorcast.fusion import LateFusion  # noqa: PLC0415  (torch is heavy)

    rule = threshold_rule(plan.study.file.validation.threshold)
    models: dict[str, LockableModel] = {}
    for name, arm in plan.arms.items():
        if arm.average is None:
            models[name] = _single(plan, name, checkpoints)
        else:
            members = {one: _single(plan, one, checkpoints) for one in arm.average}
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
            models[name] = _single_of_classes(plan, name, checkpoints)
        else:
            models[name] = ClassAverage(
                {one: _single_of_classes(plan, one, checkpoints) for one in arm.average}
            )
    return models


def _single(plan: Plan, name: str, checkpoints: Path | None) -> SingleModel:
    from tumorcast.fusion import GridModel, SearchModel, TabularModel  # noqa: PLC0415
    from tumorcast.fusion.network import NetworkModel  # noqa: PLC0415

    spec, arm = plan.study.file.validation, plan.arms[name]
    if arm.network is not None:
        return _network(NetworkModel, plan, name, arm.network, checkpoints)

    def line(selector: str, learner: str) -> TabularModel | SearchModel:
        steps = _steps(arm) | {"selector": selector}
        model = TabularModel(arm.blocks, learner, **steps, rule=threshold_rule(spec.threshold))
        trials = trials_of(arm, learner, spec.seed)
        return SearchModel(model, trials) if trials else model

    lines = _lines(arm, line)
    return next(iter(lines.values())) if arm.grid is None else GridModel(lines)


def _single_of_classes(plan: Plan, name: str, checkpoints: Path | None) -> SingleClassModel:
    from tumorcast.fusion import ClassModel  # noqa: PLC0415
    from tumorcast.fusion.class_network import ClassNetworkModel  # noqa: PLC0415
    from tumorcast.fusion.grid import ClassGridModel  # noqa: PLC0415
    from tumorcast.fusion.search import ClassSearchModel  # noqa: PLC0415

    arm = plan.arms[name]
    if arm.network is not None:
        return _network(ClassNetworkModel, plan, name, arm.network, checkpoints)

    def line(selector: str, learner: str) -> ClassModel | ClassSearchModel:
        model = ClassModel(arm.blocks, learner, **_steps(arm) | {"selector": selector})
        trials = trials_of(arm, learner, plan.study.file.validation.seed)
        return ClassSearchModel(model, trials) if trials else model

    lines = _lines(arm, line)
    return next(iter(lines.values())) if arm.grid is None else ClassGridModel(lines)


def _lines(arm: Arm, line: Callable[[str, str], LineT]) -> dict[str, LineT]:
    """Return every pair of selector and learner that the arm names, by name."""
    grid, selector = arm.grid, _steps(arm)["selector"]
    return {
        f"{method}, {learner}": line(method, learner)
        for method in (grid.selectors if grid else ()) or (selector,)
        for learner in (grid.learners if grid else (str(arm.learner),))
    }


def _steps(arm: Arm) -> dict[str, Any]:
    """Return how the columns of an arm are prepared, as settings of its models."""
    select = arm.select
    return {
        "select": select.keep if select else None,
        "correlation": select.correlation if select else 1.0,
        "selector": select.method if select else "forest",
        "near_constant": select.near_constant if select else None,
        "min_icc": select.stable.min_icc if select and select.stable else None,
        "among": select.among if select else None,
        "harmonise": combat_of(arm),
    }


def _network(
    make: type[NetworkT], plan: Plan, name: str, spec: NetworkSpec, checkpoints: Path | None
) -> NetworkT:
    from tumorcast.fusion.checkpoint import Checkpoints  # noqa: PLC0415
    from tumorcast.fusion.train import TrainingSettings  # noqa: PLC0415

    arm = plan.arms[name]
    averaged = any(name in (other.average or ()) for other in plan.arms.values())
    kept = Checkpoints(checkpoints, keep_finished=averaged) if checkpoints else None
    return make(
        spec.images,
        spec.encoder,
        arm.blocks,
        **_steps(arm),
        training=TrainingSettings(
            max_epochs=spec.max_epochs or TrainingSettings.max_epochs,
            batch_size=spec.batch_size,
            augmentation=spec.augmentation,
            devices=spec.devices,
        ),
        precision=spec.precision or make.precision,
        head=spec.head,
        endpoint=spec.endpoint,
        mask=spec.mask,
        join=spec.join,
        weights={image: plan.study.base / path for image, path in spec.weights.items()},
        weights_rate=1.0 if spec.weights_rate is None else spec.weights_rate,
        checkpoints=kept,
        rule=threshold_rule(plan.study.file.validation.threshold),
    )
