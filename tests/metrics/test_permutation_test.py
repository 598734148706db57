from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata

from tumorcast.metrics import auroc, permutation_p_value
from tumorcast.metrics.permutation_test import exchangeable_parts

LABEL = np.array([1, 0, 1, 0, 0, 1, 0, 1])
SCORE = np.array([0.9, 0.2, 0.7, 0.2, 0.5, 0.6, 0.1, 0.3])
REFERENCE = np.array([3.0, 4.0, 1.0, 2.0, 4.0, 6.0, 5.0, 1.0])
WEIGHT = np.array([1.0, 2.0, 0.5, 1.0, 1.5, 1.0, 3.0, 0.0])


def differences(weight: Any) -> Any:
    """Return the difference after every one of the 256 exchanges, by exchanging."""
    ours, theirs = rankdata(SCORE), rankdata(REFERENCE)
    found = []
    for exchanged in product([False, True], repeat=8):
        first = np.where(exchanged, theirs, ours)
        second = np.where(exchanged, ours, theirs)
        found.append(auroc(LABEL, first, weight) - auroc(LABEL, second, weight))
    return np.array(found)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_parts_with_signs_are_the_exchanges(weight: Any) -> None:
    part = exchangeable_parts(LABEL, SCORE, REFERENCE, weight)
    signs = 1 - 2 * np.array(list(product([0, 1], repeat=8)))
    assert signs @ part == pytest.approx(differences(weight), abs=1e-12)


def test_p_is_the_share_of_all_exchanges() -> None:
    every = differences(None)
    exact = np.mean(np.abs(every) >= np.abs(every[0]) - 1e-12)
    p_value = permutation_p_value(LABEL, SCORE, REFERENCE, [str(i) for i in range(8)])
    assert p_value == pytest.approx(exact, abs=0.02)


def test_cases_of_a_patient_are_exchanged_together() -> None:
    # Of two patients there are four exchanges: as observed, all the other way, and two mixed.
    part = exchangeable_parts(LABEL, SCORE, REFERENCE)
    halves = part[:4].sum(), part[4:].sum()
    exact = np.mean([abs(a * halves[0] + b * halves[1]) >= abs(sum(halves)) - 1e-12
                     for a in (1, -1) for b in (1, -1)])  # fmt: skip
    p_value = permutation_p_value(LABEL, SCORE, REFERENCE, ["a"] * 4 + ["b"] * 4)
    assert p_value == pytest.approx(exact, abs=0.02)


def test_the_same_order_differs_in_nothing() -> None:
    patients = [str(i) for i in range(8)]
    assert permutation_p_value(LABEL, SCORE, np.exp(SCORE), patients, n_permutations=99) == 1.0


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="both classes"):
        permutation_p_value([1, 1], [0.1, 0.2], [0.2, 0.1], ["a", "b"])
