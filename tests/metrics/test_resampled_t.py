from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from tumorcast.metrics import corrected_resampled_t


def test_without_the_correction_it_is_students_test() -> None:
    differences = np.random.default_rng(0).normal(0.1, 1, 20)
    found = corrected_resampled_t(differences, 0.0)
    assert found.p_value == pytest.approx(scipy.stats.ttest_1samp(differences, 0).pvalue)


def test_common_training_cases_widen_the_interval() -> None:
    # Ten-fold, ten times: the variance is (1/100 + 1/9) s**2 and not s**2 / 100.
    differences = np.random.default_rng(1).normal(0.1, 1, 100)
    plain, corrected = (corrected_resampled_t(differences, share) for share in (0.0, 1 / 9))
    wider = (corrected.ci_high - corrected.ci_low) / (plain.ci_high - plain.ci_low)
    assert wider == pytest.approx(np.sqrt(1 + 100 / 9))
    assert corrected.difference == plain.difference


def test_equal_differences_have_no_spread() -> None:
    assert corrected_resampled_t([0.0, 0.0], 0.25).p_value == 1.0
    assert np.isnan(corrected_resampled_t([0.1, 0.1], 0.25).p_value)


@pytest.mark.parametrize("differences", [[0.1], [0.1, np.nan]])
def test_refusals(differences: list[float]) -> None:
    with pytest.raises(ValueError, match="two finite differences"):
        corrected_resampled_t(differences, 0.25)
