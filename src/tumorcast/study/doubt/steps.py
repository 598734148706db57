"""Which models are compared to judge what each block adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tumorcast.study.doubt.blocks import Block
from tumorcast.validation.verdict import Gain

Blocks = frozenset[Block]


@dataclass(frozen=True)
class Step:
    """One comparison: a block is added to others."""

    block: str
    beyond: str
    with_it: str
    without: str


def steps_of(blocks: Sequence[Block]) -> tuple[dict[str, Blocks], tuple[Step, ...]]:
    """Return the models, by name, and the comparisons that give a verdict on every block.

    Each block has a model of its own. A block of an image is added to the baseline (clinical,
    laboratory, volume) and to all other blocks; a block of the baseline is added to the rest of
    the baseline and to all other blocks.
    """
    everything, baseline = frozenset(blocks), baseline_of(blocks)
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
                names = (model_name(larger, blocks), model_name(smaller, blocks))
                steps.append(Step(block.name, words_of(smaller), *names))
    return {model_name(part, blocks): part for part in wanted}, tuple(steps)


def gains_of(
    blocks: Iterable[Block],
    steps: Iterable[Step],
    comparisons: Sequence[Mapping[str, float | str | None]],
) -> dict[str, list[Gain]]:
    """Return what each block gains, from the comparisons of ``metrics.json``."""
    found = {(str(c["arm"]), str(c["reference"])): c for c in comparisons}
    gains: dict[str, list[Gain]] = {block.name: [] for block in blocks}
    for step in steps:
        test = found[step.with_it, step.without]
        numbers = (test[key] for key in ("difference", "ci_low", "ci_high", "p_value", "spread"))
        values = [float("nan") if value is None else float(value) for value in numbers]
        gains.setdefault(step.block, []).append(
            Gain(step.beyond, step.with_it, step.without, *values)
        )
    return gains


def baseline_of(blocks: Iterable[Block]) -> Blocks:
    """Return the blocks that are known without an image."""
    return frozenset(block for block in blocks if not block.from_image)


def model_name(part: Blocks, blocks: Iterable[Block]) -> str:
    """Return the name of the model on some of the blocks of a study."""
    names = {frozenset(blocks): "all blocks", baseline_of(blocks): "baseline"}
    return names.get(part) or words_of(part)


def words_of(part: Blocks) -> str:
    """Return blocks in words, those of the baseline first."""
    return " + ".join(block.name for block in sorted(part, key=_place))


def _place(block: Block) -> tuple[bool, str]:
    return block.from_image, block.name
