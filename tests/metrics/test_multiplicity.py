from __future__ import annotations

import numpy as np
import pytest

from tumorcast.metrics import holm


def test_by_hand() -> None:
    # Ordered 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04, never falling.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_is_never_above_one_and_leaves_out_missing_tests() -> None:
    adjusted = holm([0.9, np.nan, 0.02])
    assert adjusted[[0, 2]] == pytest.approx([0.9, 0.04])
    assert np.isnan(adjusted[1])
    assert holm([0.7, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).shape == (0,)
