"""The null: the same outcomes, dealt out anew among the patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tumorcast.cohort import Outcome


def permuted(outcome: Outcome, seed: int, patients: Sequence[str] | None = None) -> Outcome:
    """Return the outcomes dealt out anew among patients; every arm must then show about 0.5.

    Event and time stay together. A patient with several cases gets all those of one other patient
    with as many cases, so that the null has the same patients that resemble themselves.

    Parameters
    ----------
    outcome
        Of the cohort.
    seed
        Of the deal.
    patients
        Patient of each case; by default every case is a patient of its own.
    """
    names = np.array(outcome.case_ids if patients is None else patients, dtype=np.str_)
    _, patient, n_cases = np.unique(names, return_inverse=True, return_counts=True)
    rows_of = np.split(np.argsort(patient, kind="stable"), np.cumsum(n_cases)[:-1])
    rng = np.random.default_rng(seed)
    source = np.empty(len(outcome), dtype=np.int64)
    for size in np.unique(n_cases):
        takers = np.flatnonzero(n_cases == size)
        for taker, giver in zip(takers, rng.permutation(takers), strict=True):
            source[rows_of[taker]] = rows_of[giver]
    dealt = outcome.rows(source)
    return replace(dealt, case_ids=outcome.case_ids)
