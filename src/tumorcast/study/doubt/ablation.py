"""Models with and without each block of a study, and what they say of the block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from tumorcast.features import FeatureTable
from tumorcast.study.doubt.blocks import Block, blocks_of, widest_arm
from tumorcast.study.plan import Plan
from tumorcast.study.schema import Arm
from tumorcast.validation import Predictions
from tumorcast.validation.verdict import Gain

Blocks = frozenset[Block]

MODEL_KEY = ["case", "repeat", "horizon_days"]


@dataclass(frozen=True)
class Step:
    """One comparison: a block is added to others."""

    block: str
    beyond: str
    with_it: str
    without: str


@dataclass(frozen=True)
class Ablation:
    """The models that are fitted to judge the blocks, and how they are compared.

    Parameters
    ----------
    blocks
        Of the study.
    arms
        Unfitted arms by name; the name tells the blocks.
    steps
        Comparisons; the models of a network's are averages (`averaged`) and are not fitted.
    averages
        Names of the models whose risks are averaged, by the name of the average.
    alone
        Name of the model on nothing but a block, by the block.
    """

    blocks: tuple[Block, ...]
    arms: Mapping[str, Arm]
    steps: tuple[Step, ...]
    averages: Mapping[str, tuple[str, str]]
    alone: Mapping[str, str]


def plan_ablation(plan: Plan, table: FeatureTable) -> Ablation:
    """Return the models and comparisons that give a verdict on every block and every network.

    All models take the learner and the selection of the declared table arm with most columns; it
    selects among the columns of images alone. A network is not trained again: its out-of-fold
    risks are averaged with those of a model without it.

    - A block of an image is added to the baseline (clinical, laboratory, volume) and to all other
      blocks.
    - A block of the baseline is added to the rest of the baseline and to all other blocks.
    - A network is averaged with the baseline and with the model on all blocks.
    """
    blocks = blocks_of(plan, table)
    everything = frozenset(blocks)
    baseline = frozenset(block for block in blocks if not block.from_image)
    names = {everything: "all blocks", baseline: "baseline"}
    wanted: dict[Blocks, None] = {}
    steps: list[Step] = []
    for block in blocks:
        alone = frozenset({block})
        wanted[alone] = None
        with_it = baseline | alone
        pairs = {(with_it, with_it - alone), (everything, everything - alone)}
        for larger, smaller in sorted(pairs, key=lambda pair: len(pair[0])):
            if smaller:
                wanted |= {larger: None, smaller: None}
                steps.append(
                    Step(block.name, _words(smaller), _name(larger, names), _name(smaller, names))
                )
    networks = list(_networks(plan))
    if networks:
        wanted |= {one: None for one in (baseline, everything) if one}
    arms = {_name(part, names): _arm(plan, table, part) for part in wanted}
    averages: dict[str, tuple[str, str]] = {}
    for name, words in networks:
        for part in dict.fromkeys((baseline, everything)):
            if part:
                smaller_name = _name(part, names)
                averages[f"{smaller_name} and {name}"] = (smaller_name, name)
                steps.append(Step(words, _words(part), f"{smaller_name} and {name}", smaller_name))
    own = {block.name: _name(frozenset({block}), names) for block in blocks}
    return Ablation(blocks, arms, tuple(steps), averages, own)


def averaged(predictions: Predictions, averages: Mapping[str, tuple[str, str]]) -> Predictions:
    """Return the predictions with those of averages of two arms, in the repeats of both.

    Risks are log-odds counted from their mean in the training rows; the average gives both the
    same say.
    """
    frames = [predictions.frame]
    for name, pair in averages.items():
        first, second = (predictions.frame[predictions.frame["arm"] == arm] for arm in pair)
        both = first.merge(second[[*MODEL_KEY, "risk", "probability"]], on=MODEL_KEY)
        both["risk"] = (both.pop("risk_x") + both.pop("risk_y")) / 2
        both["probability"] = (both.pop("probability_x") + both.pop("probability_y")) / 2
        frames.append(both.assign(arm=name)[predictions.frame.columns])
    return Predictions(pd.concat(frames, ignore_index=True))


def gains_of(
    ablation: Ablation, comparisons: Sequence[Mapping[str, float | str | None]]
) -> dict[str, list[Gain]]:
    """Return what each block gains, from the comparisons of ``metrics.json``."""
    found = {(str(c["arm"]), str(c["reference"])): c for c in comparisons}
    gains: dict[str, list[Gain]] = {block.name: [] for block in ablation.blocks}
    for step in ablation.steps:
        test = found[step.with_it, step.without]
        numbers = (test[key] for key in ("difference", "ci_low", "ci_high", "p_value"))
        values = [float("nan") if value is None else float(value) for value in numbers]
        gains.setdefault(step.block, []).append(
            Gain(step.beyond, step.with_it, step.without, *values)
        )
    return gains


def _networks(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the name of every arm with a network and no columns, and what to call it."""
    for name, arm in plan.arms.items():
        if arm.network is not None and not arm.blocks:
            images = " and ".join(arm.network.images)
            yield name, f"network '{name}' on {images}"


def _arm(plan: Plan, table: FeatureTable, blocks: Blocks) -> Arm:
    settings = widest_arm(plan, table) or Arm(
        blocks=("volume",), learner=plan.study.file.learner, select=None
    )
    among = tuple(sorted(p for block in blocks if block.from_image for p in block.patterns))
    select = settings.select.model_copy(update={"among": among}) if settings.select else None
    return settings.model_copy(
        update={
            "blocks": tuple(sorted(p for block in blocks for p in block.patterns)),
            "select": select if among else None,
            "harmonise": settings.harmonise if among else None,
            "grid": None,
            "learner": settings.learner or plan.study.file.learner,
            "repeats": None,
        }
    )


def _name(blocks: Blocks, names: Mapping[Blocks, str]) -> str:
    return names.get(blocks) or _words(blocks)


def _words(blocks: Blocks) -> str:
    return " + ".join(block.name for block in sorted(blocks, key=_place))


def _place(block: Block) -> tuple[bool, str]:
    return block.from_image, block.name
