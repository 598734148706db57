"""Which arm leads, which arms are the yardsticks, and how each is drawn everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tumorcast.report.results import HorizonResults
from tumorcast.report.style import BASELINE_DASHES, LINES, Line

NAMED_BASELINES = ("volume", "clinical", "clinical_volume")
"""Arms that every study has beside its own."""

_BLOCKS_OF_BASELINES = {"clinical", "lab", "volume"}


@dataclass(frozen=True)
class Roles:
    """The parts that the arms play on the page.

    Parameters
    ----------
    lead
        The arm whose curves are shown.
    n_candidates
        How many arms the leading one was the best of; 1 means that nothing was picked.
    baselines
        Arms that use nothing of an image but the tumour's volume, best first.
    others
        All remaining arms, best first.
    """

    lead: str
    n_candidates: int
    baselines: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def yardstick(self) -> str | None:
        """The strongest baseline, which the leading arm has to beat."""
        return self.baselines[0] if self.baselines else None

    @property
    def in_order(self) -> tuple[str, ...]:
        """All arms: the leading one, the baselines, the others."""
        return (self.lead, *self.baselines, *self.others)

    @property
    def in_curves(self) -> tuple[str, ...]:
        """The few arms that share a panel with the leading one."""
        return (self.lead, *self.baselines[:3])

    def led_by(self, arm: str) -> Roles:
        """Return the same with another arm as the leading one."""
        if arm == self.lead:
            return self
        baselines = tuple(one for one in self.baselines if one != arm)
        others = tuple(one for one in (self.lead, *self.others) if one != arm)
        return replace(self, lead=arm, n_candidates=1, baselines=baselines, others=others)

    def of(self, arm: str) -> str:
        """Return ``lead``, ``baseline`` or ``other``."""
        if arm == self.lead:
            return "lead"
        return "baseline" if arm in self.baselines else "other"

    def line(self, arm: str) -> Line:
        """Return how the arm is drawn; baselines differ by their dashes."""
        line = LINES[self.of(arm)]
        if arm not in self.baselines:
            return line
        rank = min(self.baselines.index(arm), len(BASELINE_DASHES) - 1)
        return replace(line, dashes=BASELINE_DASHES[rank])


def assign_roles(results: HorizonResults, declared: Mapping[str, Any]) -> Roles:
    """Return the roles at the primary horizon; they are kept at the others.

    Parameters
    ----------
    results
        Figures at the primary horizon.
    declared
        The arms of the plan; their blocks tell which use no image.
    """
    best_first = sorted(results.arms, key=lambda arm: _rank(results, arm))
    baselines = [arm for arm in best_first if _is_baseline(arm, declared.get(arm) or {})]
    candidates = (
        [arm for arm in best_first if arm not in baselines]
        or [arm for arm in best_first if arm not in NAMED_BASELINES]
        or best_first
    )
    lead = candidates[0]
    yardsticks = tuple(arm for arm in baselines if arm != lead)
    others = tuple(arm for arm in best_first if arm != lead and arm not in yardsticks)
    return Roles(lead, len(candidates), yardsticks, others)


def _rank(results: HorizonResults, arm: str) -> float:
    value = results.auroc(arm).value
    return math.inf if math.isnan(value) else -value


def _is_baseline(arm: str, declaration: Mapping[str, Any]) -> bool:
    if arm in NAMED_BASELINES:
        return True
    blocks: Sequence[str] = declaration.get("blocks") or ()
    uses_images = declaration.get("network") or declaration.get("average")
    sources = {block.split(".")[0] for block in blocks}
    return bool(blocks) and not uses_images and sources <= _BLOCKS_OF_BASELINES
