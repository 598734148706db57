"""Discrimination in groups of patients, and the test between them."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.metrics import auroc
from tumorcast.validation import ArmScores
from tumorcast.validation.subgroups import subgroups


def scores(n: int, strength: np.ndarray, seed: int = 0) -> ArmScores:
    rng = np.random.default_rng(seed)
    label = (np.arange(n) % 3 == 0).astype(np.int64)
    risk = strength * label + rng.normal(size=n)
    names = tuple(f"P{i:03d}" for i in range(n))
    ones = np.ones(n)
    return ArmScores(
        names, names, (0,), label, ones * np.nan, label, ones,
        risk[None], risk[None], ones[None] * 0.5, np.zeros((1, n), dtype=np.int64),
    )  # fmt: skip


def test_figures_are_those_of_the_group_alone_and_a_difference_is_found() -> None:
    n = 240
    sex = ["female" if i % 2 else "male" for i in range(n)]
    women = np.array([one == "female" for one in sex])
    judged = scores(n, np.where(women, 3.0, 0.0))
    female, male = subgroups(judged, {"sex": sex}, n_resamples=400)
    risk = judged.risk[0]
    assert female.auroc == pytest.approx(auroc(judged.label[women], risk[women]))
    assert male.auroc == pytest.approx(auroc(judged.label[~women], risk[~women]))
    assert female.difference == pytest.approx(female.auroc - male.auroc)
    assert female.ci_low < female.auroc < female.ci_high
    assert female.p_holm < 0.05
    assert np.isnan(male.p_value), "two groups make one test"


def test_without_a_difference_none_is_called() -> None:
    stage = [f"T{i % 4}" for i in range(240)]
    found = subgroups(scores(240, np.full(240, 1.0)), {"stage": stage}, n_resamples=400)
    assert len(found) == 4
    assert all(group.p_holm > 0.05 for group in found)
    assert sum(group.n for group in found) == 240


def test_a_group_with_too_few_events_has_a_reason_and_no_figure() -> None:
    site: list[str | None] = ["larynx" if i < 9 else "oropharynx" for i in range(90)]
    site[50] = None
    small, large = subgroups(scores(90, np.full(90, 1.0)), {"site": site}, n_resamples=200)
    assert (small.level, small.n, small.n_events) == ("larynx", 9, 3)
    assert "fewer than 5" in small.reason
    assert np.isnan(small.auroc)
    assert not large.reason
    assert np.isnan(large.p_value), "nothing to compare it with"
    assert large.n == 80
