"""Models on different blocks that are asked together: how they learn, are kept and count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from tumorcast.cohort import Outcome
from tumorcast.features import Ledger, ModelInputs, State, part_of
from tumorcast.fusion.chosen import Candidate

MemberT = TypeVar("MemberT", bound=Candidate)

_PLACE = "members/{}"


def fitted_members(
    members: Mapping[str, MemberT],
    inputs: ModelInputs,
    outcome: Outcome,
    *,
    horizon_days: float,
    seed: int,
    ledger: Ledger,
) -> dict[str, MemberT]:
    """Return members that have each learned from the cases that have something it looks at.

    All have the seed that they would have alone, so a network that has been trained alone on the
    same rows is not trained again where its end was kept (`Checkpoints`).

    Raises
    ------
    StudyRefusedError
        As the `fit` of the members.
    """
    fitted = {}
    for name, member in members.items():
        rows = np.flatnonzero(member.covers(inputs))
        fitted[name] = member.clone().fit(
            inputs.rows(rows),
            outcome.rows(rows),
            horizon_days=horizon_days,
            seed=seed,
            ledger=ledger.within(_PLACE.format(name)),
        )
    return fitted


def members_state(members: Mapping[str, Candidate]) -> State:
    """Return what the members have learned."""
    return {
        f"{_PLACE.format(name)}/{key}": array
        for name, member in members.items()
        for key, array in member.state().items()
    }


def restored_members(members: Mapping[str, MemberT], state: State) -> dict[str, MemberT]:
    """Return members that have learned what `members_state` returned."""
    return {
        name: member.restore(part_of(state, _PLACE.format(name)))
        for name, member in members.items()
    }


def mean_importance(members: Mapping[str, Candidate], weights: Sequence[float]) -> dict[str, float]:
    """Return the weighted mean over the members of each name's importance.

    The importances of different kinds of members are on different scales, so each member's are
    first divided by their sum. A member that lacks the name counts as 0.
    """
    merged: dict[str, float] = {}
    for member, weight in zip(members.values(), weights, strict=True):
        parts = member.importance()
        total = sum(abs(amount) for amount in parts.values()) or 1.0
        for name, amount in parts.items():
            merged[name] = merged.get(name, 0.0) + amount / total * weight
    return merged
