"""The groups of patients in which the leading model is looked at apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tumorcast.report.results import read_results
from tumorcast.report.roles import assign_roles
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.study.plan import CENTRE
from tumorcast.validation import Predictions, scores_of
from tumorcast.validation.subgroups import FEWEST, subgroups

MOST_LEVELS = 8
"""A category with more levels is a name, not a group."""

Groups = tuple[str | None, ...]


def groups(trials: Trials) -> dict[str, Any]:
    """Return the AUROC of the leading arm, whatever it is made of, in every group."""
    columns = dict(_columns(trials))
    if not columns:
        raise NotDoneError("no category, flag, ordinal, age or centre is declared")
    declared = {name: arm.model_dump(mode="json") for name, arm in trials.plan.arms.items()}
    arm = assign_roles(read_results(trials.metrics)[0], declared).lead
    predictions = Predictions.read(trials.run_dir / "predictions.parquet")
    scores = scores_of(predictions, arm, trials.horizon_days)
    place = {case_id: row for row, case_id in enumerate(trials.inputs.case_ids)}
    rows = [place[case] for case in scores.cases]
    of_case = {name: [values[row] for row in rows] for name, values in columns.items()}
    found = subgroups(scores, of_case, seed=trials.seed)
    return {"arm": arm, "fewest": FEWEST, "groups": [group.as_dict() for group in found]}


def _columns(trials: Trials) -> Iterator[tuple[str, Groups]]:
    """Yield the group of each case by column; those with one group, or very many, are left out."""
    asked = trials.spec.subgroups
    for name, values in _possible(trials):
        n_levels = len({value for value in values if value is not None})
        if (asked is None or name in asked) and 2 <= n_levels <= MOST_LEVELS:
            yield name, values


def _possible(trials: Trials) -> Iterator[tuple[str, Groups]]:
    frame = trials.inputs.table.frame
    yield CENTRE, tuple(centre or None for centre in trials.cohort.centres)
    for key, column in trials.plan.study.file.columns.items():
        name = f"{column.block}.{key}"
        if name not in frame or column.block == "volume":
            continue
        values = frame[name].tolist()
        if column.kind == "category":
            yield key, tuple(None if value is None else str(value) for value in values)
        elif column.kind == "flag":
            yield key, tuple(_flag(value) for value in values)
        elif column.kind == "ordinal":
            texts = _texts_of_ranks(column.ranks or {})
            yield key, tuple(texts.get(value) for value in values)
        elif key == "age":
            yield key, _halves(values)


def _flag(value: float) -> str | None:
    return None if np.isnan(value) else "yes" if value else "no"


def _texts_of_ranks(ranks: dict[str, float]) -> dict[float, str]:
    texts: dict[float, str] = {}
    for text, rank in ranks.items():
        texts[rank] = f"{texts[rank]}/{text}" if rank in texts else text
    return texts


def _halves(values: Sequence[float]) -> Groups:
    middle = float(np.nanmedian(values))
    return tuple(
        None if np.isnan(v) else f"{middle:g} and above" if v >= middle else f"below {middle:g}"
        for v in values
    )
