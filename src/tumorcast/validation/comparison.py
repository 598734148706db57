"""Paired tests between arms that were judged on the same cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import (
    PairedTest,
    PatientBootstrap,
    aurocs,
    bootstrap_p_value,
    delong_test,
    holm,
    percentile_interval,
)
from tumorcast.validation.further_tests import further_tests
from tumorcast.validation.plain import plain_number
from tumorcast.validation.scores import ArmScores

Floats = NDArray[np.float64]


def compare(
    scores: Mapping[str, ArmScores],
    baselines: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    bootstraps: Mapping[tuple[str, ...], PatientBootstrap],
) -> list[dict[str, Any]]:
    """Return the difference in AUROC of every arm to every baseline, and of the declared pairs.

    The score of a case is its risk averaged over the repeats that both arms have; the difference
    is that of these averages and so not exactly the difference of two mean AUROCs. The test is
    DeLong's where every case counts once and is a patient of its own; with
    inverse-probability-of-censoring weights, several cases a patient or fewer than two cases of a
    class it is the patient bootstrap. ``p_holm`` is adjusted for all comparisons given here; the
    `further_tests` stand beside it, each adjusted for itself. Intervals are over the tested
    patients; ``spread`` says by how much other training patients would widen them.

    Parameters
    ----------
    scores
        By arm, at one horizon.
    baselines
        References of every arm that is not one of them; those without scores are left out.
    pairs
        Further comparisons, (arm, reference).
    bootstraps
        Resamples by the patients of the cases.
    """
    wanted = [
        (arm, reference)
        for arm in scores
        if arm not in baselines
        for reference in baselines
        if reference in scores
    ]
    wanted += [pair for pair in pairs if pair not in wanted]
    tests = [
        _test(arm, reference, scores[arm], scores[reference], bootstraps)
        for arm, reference in wanted
    ]
    adjusted = holm([test.p_value for _, test, _ in tests])
    further = _adjusted([beside for _, _, beside in tests])
    return [
        {
            "arm": arm,
            "reference": reference,
            "metric": "auroc",
            **_plain(test, p_holm),
            "test": name,
            "spread": scores[arm].spread,
            "further_tests": beside,
        }
        for (arm, reference), (name, test, _), p_holm, beside in zip(
            wanted, tests, adjusted, further, strict=True
        )
    ]


def _plain(test: PairedTest, p_holm: float) -> dict[str, float | None]:
    return {
        "difference": plain_number(test.difference),
        "ci_low": plain_number(test.ci_low),
        "ci_high": plain_number(test.ci_high),
        "p_value": plain_number(test.p_value),
        "p_holm": plain_number(p_holm),
    }


def _adjusted(tests: Sequence[Mapping[str, PairedTest]]) -> list[list[dict[str, Any]]]:
    """Return the further tests of each comparison, adjusted for the tests of the same name."""
    rows: list[list[dict[str, Any]]] = [[] for _ in tests]
    for name in dict.fromkeys(name for beside in tests for name in beside):
        made = [number for number, beside in enumerate(tests) if name in beside]
        adjusted = holm([tests[number][name].p_value for number in made])
        for number, p_holm in zip(made, adjusted, strict=True):
            rows[number].append({"test": name, **_plain(tests[number][name], p_holm)})
    return rows


def _test(
    arm: str,
    reference: str,
    first: ArmScores,
    second: ArmScores,
    bootstraps: Mapping[tuple[str, ...], PatientBootstrap],
) -> tuple[str, PairedTest, dict[str, PairedTest]]:
    if first.cases != second.cases:
        raise ValueError(f"'{arm}' and '{reference}' were not judged on the same cases")
    common = sorted(set(first.repeats) & set(second.repeats))
    if not common:
        raise ValueError(f"'{arm}' and '{reference}' have no repeat in common")
    ours, theirs = first.mean_risk(common), second.mean_risk(common)
    beside = further_tests(first, second, common)
    if allows_delong(first):
        return "delong", delong_test(first.label, ours, theirs), beside
    test = _bootstrap_test(first, ours, theirs, bootstraps[first.patients])
    return "patient bootstrap", test, beside


def allows_delong(scores: ArmScores) -> bool:
    """Return whether DeLong's variance holds: every case counts once and is its own patient."""
    counts_once = bool(np.all(scores.weight == 1))
    one_case_a_patient = len(set(scores.patients)) == len(scores.patients)
    n_events = int(scores.label.sum())
    two_of_each = min(n_events, len(scores.label) - n_events) >= 2
    return counts_once and one_case_a_patient and two_of_each


def _bootstrap_test(
    scores: ArmScores, ours: Floats, theirs: Floats, bootstrap: PatientBootstrap
) -> PairedTest:
    def difference(weights: Floats) -> Floats:
        return aurocs(scores.label, ours, weights) - aurocs(scores.label, theirs, weights)

    resampled = bootstrap.values(difference, scores.weight)
    low, high = percentile_interval(resampled)
    observed = float(difference(scores.weight[None])[0])
    return PairedTest(observed, low, high, bootstrap_p_value(resampled))
