"""Which seeds the same outcomes were validated with in one folder."""

from __future__ import annotations

import json
from pathlib import Path

from tumorcast.cohort import Outcome
from tumorcast.study.identity import outcome_digest

HISTORY = "validations.jsonl"
"""In the store beside the run directories: one line a validation."""


def remember(store: Path, outcome: Outcome, seed: int) -> tuple[int, ...]:
    """Write down that these outcomes are validated with a seed; return all seeds so far, ascending.

    Parameters
    ----------
    store
        Folder of the store; without it nothing is remembered.
    """
    path = store / HISTORY
    which = outcome_digest(outcome)
    known = [json.loads(line) for line in _lines(path)]
    seeds = {int(entry["seed"]) for entry in known if entry["outcome"] == which}
    if seed not in seeds:
        store.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"outcome": which, "seed": seed}) + "\n")
    return tuple(sorted({*seeds, seed}))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
