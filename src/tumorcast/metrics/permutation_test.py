"""Paired permutation test of two AUROCs: what if it did not matter whose score was whose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from tumorcast.metrics.arrays import Floats, binary_label, case_weights, finite_values

_AT_ONCE = 2_000_000
"""Random signs held in memory together."""


def permutation_p_value(
    label: ArrayLike,
    score: ArrayLike,
    reference: ArrayLike,
    patients: Sequence[str],
    weight: ArrayLike | None = None,
    *,
    n_permutations: int = 10_000,
    seed: int = 0,
) -> float:
    """Return the two-sided p-value of "the two scores rank these cases equally well".

    Estimator: Bandos et al. (Stat Med 2005;24:2873). The two scores, as ranks among the cases, are
    exchanged in random patients; p is the share of exchanges, the observed one among them, with an
    AUROC difference at least as large. Tie rule: equal ranks count one half. The cases of a
    patient are exchanged together.

    Not accepted: NaN, labels other than 0 and 1, one class only.

    Parameters
    ----------
    label
        1 with the event, 0 without; shape (n,).
    score, reference
        Shape (n,) each.
    patients
        Patient of each case; length n.
    weight
        How much each case counts; shape (n,).
    n_permutations, seed
        How many exchanges are drawn, and of what.
    """
    part = exchangeable_parts(label, score, reference, weight)
    _, patient = np.unique(np.asarray(patients, dtype=np.str_), return_inverse=True)
    of_patient = np.bincount(patient, part)
    observed = abs(float(of_patient.sum()))
    rng = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // len(of_patient))
    extreme = 0
    for start in range(0, n_permutations, at_once):
        size = (min(at_once, n_permutations - start), len(of_patient))
        signs = 1.0 - 2.0 * rng.integers(0, 2, size, dtype=np.int8)
        extreme += int(np.sum(np.abs(signs @ of_patient) >= observed - 1e-12))
    return (extreme + 1) / (n_permutations + 1)


def exchangeable_parts(
    label: ArrayLike, score: ArrayLike, reference: ArrayLike, weight: ArrayLike | None = None
) -> Floats:
    """Return the part of each case in the difference of two AUROCs of ranks; shape (n,).

    The parts add up to the difference, and exchanging the two ranks of a case turns the sign of
    its part and leaves the others alone: in each pair of cases, exchanged alike or not, half the
    difference moves with either. So a permutation is a sum of parts with signs.

    Not accepted: as for `permutation_p_value`.
    """
    positive = binary_label(label)
    n = len(positive)
    weights = case_weights(weight, n)
    ours, theirs = (rankdata(finite_values("score", one, n)) for one in (score, reference))
    total = float(weights[positive].sum() * weights[~positive].sum())
    if total <= 0:
        raise ValueError("the permutation test needs cases of both classes")
    same = _credit(ours, ours, positive) - _credit(theirs, theirs, positive)
    crossed = _credit(ours, theirs, positive) - _credit(theirs, ours, positive)
    part = np.empty(n)
    part[positive] = weights[positive] * ((same + crossed) @ weights[~positive])
    part[~positive] = weights[~positive] * (weights[positive] @ (same - crossed))
    return part / (2 * total)


def _credit(of_events: Floats, of_others: Floats, positive: NDArray[np.bool_]) -> Floats:
    """Return 1 where an event ranks above another case, 0.5 where equal; shape (e, n - e)."""
    with_event, without = of_events[positive][:, None], of_others[~positive][None, :]
    return np.asarray((with_event > without) + 0.5 * (with_event == without))
