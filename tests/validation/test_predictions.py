from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.validation.conftest import make_predictions

from tumorcast.validation import Predictions


def test_written_and_read_back_bit_for_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    predictions = make_predictions(rng.integers(0, 2, 20), {"a": rng.normal(size=(2, 20))})
    path = tmp_path / "predictions.parquet"
    predictions.write(path)
    pd.testing.assert_frame_equal(Predictions.read(path).frame, predictions.frame, check_exact=True)


def test_arms_and_horizons_keep_their_order() -> None:
    scores = np.zeros((1, 4))
    predictions = make_predictions(np.array([0, 1, 0, 1]), {"b": scores, "a": scores})
    assert predictions.arms == ("b", "a")
    assert predictions.horizons_days == (np.inf,)
    assert len(predictions.of("a", np.inf)) == 4


def test_refusals() -> None:
    frame = make_predictions(np.array([0, 1]), {"a": np.zeros((1, 2))}).frame
    with pytest.raises(ValueError, match="lack the columns"):
        Predictions(frame.drop(columns="risk"))
    with pytest.raises(ValueError, match="must be unique"):
        Predictions(pd.concat([frame, frame]))
