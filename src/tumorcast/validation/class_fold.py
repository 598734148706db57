"""What a fitted model says of the test rows about each of several classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from tumorcast.features import ModelInputs
from tumorcast.validation.contract import ClassOutcomeModel

_SURE = 1e-9
"""No prediction is nearer to 0 or 1 on the scale of log-odds."""


def class_predictions(
    model: ClassOutcomeModel,
    training_rows: ModelInputs,
    tested: ModelInputs,
    levels: tuple[str, ...],
) -> dict[str, Any]:
    """Return an entry a case and class: ``case, class, risk, probability``.

    The risk is the log-odds of the class, counted from its mean over the training rows for the
    same reason as in `run_fold`.
    """
    probability = model.predict_class_probability(tested)
    risk = _log_odds(probability)
    risk -= _log_odds(model.predict_class_probability(training_rows)).mean(axis=0)
    return {
        "case": [case_id for case_id in tested.case_ids for _ in levels],
        "class": [level for _ in tested.case_ids for level in levels],
        "risk": risk.ravel(),
        "probability": probability.ravel(),
    }


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logit(np.clip(probability, _SURE, 1 - _SURE)))
