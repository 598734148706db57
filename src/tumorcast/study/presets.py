"""Named sets of the choices that a study file may leave open."""

from __future__ import annotations

from collections.abc import Mapping

STUDY_PRESETS: Mapping[str, Mapping[str, object]] = {
    # Five folds keep 80% of a small cohort for training; five repeats show the spread that the
    # split alone makes. 0.9 and 36 are what the published head-and-neck system ends with.
    "standard": {
        "learner": "logistic",
        "selection": {"correlation": 0.9, "keep": 36},
        "validation": {"folds": 5, "repeats": 5, "seed": 2026, "threshold": "youden"},
    },
}
