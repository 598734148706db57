"""Columns that look as if they were known only after the outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.case import ClinicalValue
from tumorcast.cohort.clinical import ParsedColumn, column_tokens
from tumorcast.errors import Finding
from tumorcast.metrics import auroc

MAX_AUROC = 0.95
MIN_IN_CLASS = 8
MAX_LEVELS = 10

# fmt: off
LATER_WORDS = frozenset({
    "censored", "censoring", "cycles", "dead", "death", "deceased", "dfs", "died", "distant",
    "dmfs", "efs", "event", "followup", "fu", "lfs", "locoregional", "os", "outcome", "pfs",
    "progressed", "progression", "recurrence", "relapse", "response", "responder", "rfs",
    "survival", "survived", "ttp", "vital",
})
# fmt: on
TIME_WORDS = frozenset({"days", "months", "time", "weeks", "years"})
LATER_PHRASES = (
    ("follow", "up"),
    ("last", "contact"),
    ("last", "visit"),
    ("t", "out"),
    ("cause", "of"),
    ("post", "treatment"),
)


def looks_later(name: str) -> bool:
    """Return whether a column's name speaks of what happens after the index date.

    "status" alone does, "hpv status" does not; nor do times, but times *to* something do.
    """
    words = column_tokens(name)
    if LATER_WORDS & set(words) or words == ["status"]:
        return True
    if "to" in words and TIME_WORDS & set(words):
        return True
    return any(pair in LATER_PHRASES for pair in pairwise(words))


def leak_findings(
    columns: Sequence[ParsedColumn],
    event: NDArray[np.int64],
    allowed: Collection[str],
    endpoint_columns: Collection[str] = (),
) -> Iterator[Finding]:
    """Judge every column that is declared as known at baseline.

    ``CLN-05``: its name is on the list above, or its values, or the mere fact of being filled in,
    tell the event apart with an AUROC above 0.95 in at least eight cases of each class. Refused,
    unless the study allows the column: then a warning that goes into the report. ``CLN-06``: the
    endpoint itself is read from it; refused always.
    """
    for column in columns:
        if column.declared.known == "later":
            continue
        if column.source in endpoint_columns:
            yield _is_the_endpoint(column)
            continue
        reason = leak_reason(column, event)
        if reason is None:
            continue
        permitted = bool({column.source, column.name, column.name.partition(".")[2]} & set(allowed))
        yield Finding(
            "CLN-05",
            "warning" if permitted else "refused",
            f"'{column.source}' looks as if known only after the outcome: {reason}",
            "columns known on the index date",
            "used because allow_leaky names it"
            if permitted
            else f"declare known: later, or, if it is known before, allow_leaky: [{column.source}]",
        )


def _is_the_endpoint(column: ParsedColumn) -> Finding:
    return Finding(
        "CLN-06",
        "refused",
        f"'{column.source}' is declared as known at baseline, but the endpoint is read from it",
        "predictors apart from the outcome",
        "remove it from columns:, or declare known: later",
    )


def leak_reason(column: ParsedColumn, event: NDArray[np.int64]) -> str | None:
    """Return why a column looks as if known only after the outcome, or ``None``.

    Parameters
    ----------
    column, event
        Of the same cases in the same order.
    """
    if looks_later(column.source):
        return "its name says so"
    alone, filled_in = separations(column.values, event)
    if filled_in > MAX_AUROC:
        return f"whether it is filled in tells the event with AUROC {filled_in:.3f}"
    if alone > MAX_AUROC:
        return f"alone it tells the event with AUROC {alone:.3f}"
    return None


def separations(values: Sequence[ClinicalValue], event: NDArray[np.int64]) -> tuple[float, float]:
    """Return how well a column tells the event: by its values, and by being filled in.

    Both are AUROCs in the direction that separates better; 0.5 with too few cases to tell, and for
    text with many levels.
    """
    label = (event == 1).astype(np.int64)
    filled_in = np.array([value is not None for value in values], dtype=np.float64)
    known = filled_in > 0
    scores = _scores(values, label)
    return _separation(label[known], scores[known]), _separation(label, filled_in)


def _separation(label: NDArray[np.int64], score: NDArray[np.float64]) -> float:
    """Return the AUROC in the direction that separates better, 0.5 with too few cases to tell."""
    if min(label.sum(), len(label) - label.sum()) < MIN_IN_CLASS:
        return 0.5
    area = auroc(label, score)
    return max(area, 1 - area)


def _scores(values: Sequence[ClinicalValue], label: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return numbers as they are and categories as the share of events among their cases."""
    labels: dict[str, list[int]] = defaultdict(list)
    for value, one in zip(values, label, strict=True):
        if isinstance(value, str):
            labels[value].append(int(one))
    if len(labels) > MAX_LEVELS:
        return np.zeros(len(values))
    share = {level: float(np.mean(ones)) for level, ones in labels.items()}
    return np.array([share[v] if isinstance(v, str) else v or 0.0 for v in values])
