"""What can be said of a block, in one sentence that a clinician can read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tumorcast.report.words import interval, name_words, number, sentence, signed

ANSWERS = {
    "adds": "adds",
    "does not add": "does not add",
    "cannot be told": "cannot be told at this size",
}
"""The three answers, as they stand on the page."""

_PLURAL = ("variables", "values", "structures")


@dataclass(frozen=True)
class BlockVerdict:
    """A block, the answer, the sentence, and the figures that it rests on.

    Parameters
    ----------
    name, columns
        The block and how many columns it has; 0 for a network.
    answer
        One of `ANSWERS`.
    sentence
        The whole of it.
    alone
        AUROC of the block alone with its interval, as text; empty for a network.
    gains
        What it is added to, and the gain: value, low, high.
    """

    name: str
    columns: int
    answer: str
    sentence: str
    alone: str
    gains: tuple[tuple[str, tuple[float, float, float]], ...]


def block_verdicts(document: Mapping[str, Any]) -> tuple[BlockVerdict, ...]:
    """Return the verdicts of ``scepticism.json``, part ``verdicts``."""
    return tuple(_verdict(entry, document) for entry in document["blocks"])


def _verdict(entry: Mapping[str, Any], document: Mapping[str, Any]) -> BlockVerdict:
    block = str(entry["block"])
    gains = tuple(
        (name_words(gain["beyond"]), _three(gain, "difference")) for gain in entry["gains"]
    )
    model = document["models"].get(document["alone"].get(block, ""))
    alone = "" if model is None else _text(_three(model, "value"))
    return BlockVerdict(
        name=sentence(name_words(block)),
        columns=int(document["columns"].get(block, 0)),
        answer=ANSWERS[entry["answer"]],
        sentence=_words(block, entry["answer"], gains, float(document["margin"])),
        alone=alone,
        gains=gains,
    )


def _words(
    block: str,
    answer: str,
    gains: Sequence[tuple[str, tuple[float, float, float]]],
    margin: float,
) -> str:
    name = sentence(name_words(block))
    plural = any(word in name for word in _PLURAL)
    if not gains:
        return f"{name}: nothing to compare with, as this is the only block."
    told = ", and ".join(
        f"{signed(value)} ({interval(low, high) or 'no interval'}) when added to {beyond}"
        for beyond, (value, low, high) in gains
    )
    if answer == "adds":
        return f"{name} {'add' if plural else 'adds'} to the prediction: AUROC {told}."
    if answer == "does not add":
        verb = "do not add" if plural else "does not add"
        return f"{name} {verb} to the prediction: AUROC {told}; a gain of {margin:g} is ruled out."
    return f"Whether {_lower(name)} {'add' if plural else 'adds'} cannot be told at this size: AUROC {told}."  # noqa: E501


def _lower(name: str) -> str:
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _three(entry: Mapping[str, Any], key: str) -> tuple[float, float, float]:
    values = (entry[key], entry["ci_low"], entry["ci_high"])
    low_to_high = [math.nan if value is None else float(value) for value in values]
    return low_to_high[0], low_to_high[1], low_to_high[2]


def _text(three: tuple[float, float, float]) -> str:
    value, low, high = three
    around = interval(low, high)
    return f"{number(value)} ({around})" if around else number(value)
