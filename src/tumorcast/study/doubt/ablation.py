"""Models with and without each block of a study, and what they say of the block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from tumorcast.features import FeatureTable
from tumorcast.study.doubt.blocks import Block, blocks_of, widest_arm
from tumorcast.study.doubt.steps import Blocks, Step, baseline_of, model_name, steps_of, words_of
from tumorcast.study.plan import Plan
from tumorcast.study.schema import Arm
from tumorcast.validation import Predictions

MODEL_KEY = ["case", "repeat", "horizon_days"]


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

    - The blocks are compared as by `steps_of`.
    - A network is averaged with the baseline and with the model on all blocks.
    """
    blocks = blocks_of(plan, table)
    everything, baseline = frozenset(blocks), baseline_of(blocks)
    wanted, first_steps = steps_of(blocks)
    steps = list(first_steps)
    networks = list(_networks(plan))
    if networks:
        wanted |= {model_name(one, blocks): one for one in (baseline, everything) if one}
    arms = {name: _arm(plan, table, part) for name, part in wanted.items()}
    averages: dict[str, tuple[str, str]] = {}
    for name, words in networks:
        for part in dict.fromkeys((baseline, everything)):
            if part:
                smaller_name = model_name(part, blocks)
                averages[f"{smaller_name} and {name}"] = (smaller_name, name)
                steps.append(
                    Step(words, words_of(part), f"{smaller_name} and {name}", smaller_name)
                )
    own = {block.name: model_name(frozenset({block}), blocks) for block in blocks}
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
