"""The blocks of a study: what was measured, by where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tumorcast.features import ColumnName, FeatureTable
from tumorcast.study.plan import BASELINES, Plan
from tumorcast.study.schema import Arm

TABLES = ("clinical", "lab", "volume")
"""Sources that are no image; every baseline is made of them."""

_WORDS = {"clinical": "clinical variables", "lab": "laboratory values", "volume": "tumour volume"}


@dataclass(frozen=True)
class Block:
    """Columns that stand or fall together.

    Parameters
    ----------
    name
        For people: ``"radiomics of ct"``.
    patterns
        Prefixes, globs or whole names that choose its columns.
    n_columns
        How many they are.
    from_image
        Whether they are measured on an image (the tumour's volume counts as known without one).
    """

    name: str
    patterns: tuple[str, ...]
    n_columns: int
    from_image: bool


def blocks_of(plan: Plan, table: FeatureTable) -> tuple[Block, ...]:
    """Return the blocks that the arms of a plan look at, those of the baselines first."""
    asked = [block for arm in plan.arms.values() for block in arm.blocks]
    used = table.select(asked).columns
    by_name: dict[str, list[str]] = {}
    for column in used:
        by_name.setdefault(_block_of(column), []).append(column)
    order = [_WORDS[source] for source in TABLES]
    names = sorted(by_name, key=lambda n: (order.index(n) if n in order else len(order), n))
    return tuple(
        Block(name, _patterns(table, by_name[name]), len(by_name[name]), name not in order)
        for name in names
    )


def widest_arm(plan: Plan, table: FeatureTable) -> Arm | None:
    """Return the declared arm on tables that looks at most columns; without a choice first."""
    declared = [arm for arm in table_arms(plan).values() if not (arm.grid or arm.search)]
    declared = declared or list(table_arms(plan).values())
    return max(declared, key=lambda arm: len(table.select(arm.blocks).columns), default=None)


def table_arms(plan: Plan) -> Mapping[str, Arm]:
    """Return the arms beside the baselines that hold no network and average nothing."""
    return {
        name: arm
        for name, arm in plan.arms.items()
        if name not in BASELINES and arm.network is None and arm.average is None
    }


def _block_of(column: str) -> str:
    name = ColumnName.parse(column)
    if name.source in TABLES:
        return _WORDS[name.source]
    if name.family == "structure":
        return f"structures near the tumour on {name.source}"
    if name.family:
        return f"radiomics of {name.source}"
    return f"{name.feature.rpartition('_')[0]} embedding of {name.source}"


def _patterns(table: FeatureTable, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the shortest patterns that choose these columns and no other."""
    for patterns in _candidates(columns):
        if set(table.select(patterns).columns) == set(columns):
            return patterns
    return tuple(columns)


def _candidates(columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    parts = [column.rpartition(".") for column in columns]
    yield tuple(dict.fromkeys(ColumnName.parse(column).source for column in columns))
    yield tuple(dict.fromkeys(start for start, _, _ in parts))
    yield tuple(dict.fromkeys(f"{start}.{last.partition('_')[0]}_*" for start, _, last in parts))
