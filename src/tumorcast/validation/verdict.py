"""Whether a block of columns, or a network, adds to a prediction: the rule, in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tumorcast.metrics import holm
from tumorcast.validation.plain import plain_fields, plain_number

Answer = Literal["adds", "does not add", "cannot be told"]

LEVEL = 0.05


@dataclass(frozen=True)
class Gain:
    """A paired comparison of two models that differ by one block.

    Parameters
    ----------
    beyond
        What the block is added to, in words: ``"clinical + volume"``.
    arm, reference
        The models with and without the block.
    difference, ci_low, ci_high, p_value
        In AUROC; NaN where no test was possible.
    spread
        By how much the interval, which is over the tested patients, is widened before a gain is
        ruled out; see `training_spread`.
    """

    beyond: str
    arm: str
    reference: str
    difference: float
    ci_low: float
    ci_high: float
    p_value: float
    spread: float

    @property
    def at_most(self) -> float:
        """Upper end of the interval, widened for what other training patients would teach."""
        return self.difference + self.spread * (self.ci_high - self.difference)


@dataclass(frozen=True)
class Verdict:
    """What can be said of a block.

    Parameters
    ----------
    block
        In words.
    answer
        By the rule of `verdicts`.
    p_holm
        Of "adds", adjusted for the number of blocks; NaN where nothing was tested.
    gains
        The comparisons that it rests on.
    """

    block: str
    answer: Answer
    p_holm: float
    gains: tuple[Gain, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "block": self.block,
            "answer": self.answer,
            "p_holm": plain_number(self.p_holm),
            "gains": [plain_fields(gain) for gain in self.gains],
        }


def verdicts(
    gains: Mapping[str, Sequence[Gain]], *, margin: float, level: float = LEVEL
) -> tuple[Verdict, ...]:
    """Return a verdict on every block, from what it gains beyond each of its references.

    - *adds*: it gains beyond all of its references. The p-value of that is the largest of the
      comparisons (intersection-union test; Berger, Technometrics 1982;24:295), adjusted for the
      number of blocks by Holm's method, and below `level`.
    - *does not add*: the intervals of all its gains, widened by their `spread`, end below `margin`.
    - *cannot be told*: everything else, and a block without a reference.

    Parameters
    ----------
    gains
        By block; a block that there is nothing to compare with has none.
    margin
        Smallest gain in AUROC that would be worth having.
    level
        Of "adds", for all blocks together.
    """
    adjusted = holm(np.array([_p_adds(found) for found in gains.values()], dtype=np.float64))
    return tuple(
        Verdict(block, _answer(found, float(p), margin, level), float(p), tuple(found))
        for (block, found), p in zip(gains.items(), adjusted, strict=True)
    )


def _p_adds(gains: Sequence[Gain]) -> float:
    """Return the p-value of "it gains beyond all"; 1 where it loses, NaN without a test."""
    if not gains:
        return math.nan
    values = [gain.p_value if gain.difference > 0 else 1.0 for gain in gains]
    return math.nan if any(math.isnan(gain.p_value) for gain in gains) else max(values)


def _answer(gains: Sequence[Gain], p_holm: float, margin: float, level: float) -> Answer:
    if p_holm < level:
        return "adds"
    if gains and all(gain.at_most < margin for gain in gains):
        return "does not add"
    return "cannot be told"
