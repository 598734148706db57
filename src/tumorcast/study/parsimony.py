"""Whether there are events enough for what the arms are allowed to learn."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from tumorcast.errors import Finding
from tumorcast.study.plan import Plan
from tumorcast.study.schema import Arm

FEW_EVENTS = 2.0
"""The rules of thumb, ten events a parameter (Peduzzi et al., J Clin Epidemiol 1996;49:1373) or
five (Vittinghoff and McCulloch, Am J Epidemiol 2007;165:710), are for models without penalty. All
of ours shrink or average, so only what lies far below is told before the run; the report names the
ratio."""


def events_per_column(plan: Plan, in_training: float) -> Iterator[Finding]:
    """Warn (``PLN-03``) of arms that may keep more columns than the events of a fold can carry.

    Parameters
    ----------
    in_training
        Cases of a training fold with the event by the primary horizon, on average.
    """
    columns = {name: _most_columns(plan, arm) for name, arm in plan.arms.items()}
    many = {name: n for name, n in columns.items() if in_training < FEW_EVENTS * n}
    if many:
        most = max(many.values())
        yield Finding(
            "PLN-03",
            "warning",
            f"{in_training:.0f} events in a training fold for up to {most} columns "
            f"({', '.join(f'{name} {n}' for name, n in many.items())}): "
            f"{in_training / most:.1f} events a column",
            f"{FEW_EVENTS:g} or more",
            "set selection.keep lower, name fewer columns, or trust the comparison with the "
            "baselines only",
        )


def _most_columns(plan: Plan, arm: Arm) -> int:
    """Return how many columns the learner of an arm sees at most; 0 where that is not known."""
    if arm.network is not None or arm.average is not None:
        return 0
    chosen, keep = arm.select, _most_kept(arm)
    if chosen is not None and chosen.among is None:
        return keep
    declared = plan.study.file.columns
    names = [
        f"{column.block}.{key}" for key, column in declared.items() if column.known == "baseline"
    ]
    whole = sum(any(_in_block(name, block) for block in arm.blocks) for name in names)
    return whole + keep


def _most_kept(arm: Arm) -> int:
    """Return how many columns the selection of an arm keeps at most, also where it is searched."""
    if arm.select is None:
        return 0
    asked = arm.search.parameters.get("keep") if arm.search else None
    return int(max((arm.select.keep, *(asked.values if asked else ()))))


def _in_block(name: str, block: str) -> bool:
    return name == block or name.startswith(f"{block}.") or fnmatch.fnmatchcase(name, block)
