"""Writes reference.json: single survival trees of scikit-survival, grown on all rows and columns.

scikit-survival is under the GPL and only judges here. In an environment of its own:

    pip install scikit-survival
    python make_reference.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import sksurv
from sksurv.tree import SurvivalTree
from sksurv.util import Surv

ROWS = 120


def cohort(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(ROWS, 4)).round(6)
    hazard = np.exp(matrix[:, 0] - 0.7 * matrix[:, 1])
    event_days, lost = random.exponential(300, ROWS) / hazard, random.exponential(500, ROWS)
    step = 30 if ties else 1
    days = np.ceil(np.minimum(event_days, lost) / step) * step
    return matrix, (event_days <= lost).astype(int), days


def main() -> None:
    cases = []
    for seed, ties, min_rows in [(1, False, 5), (2, True, 5), (3, True, 15)]:
        matrix, event, days = cohort(seed, ties)
        tree = SurvivalTree(
            min_samples_leaf=min_rows, min_samples_split=2 * min_rows, random_state=0
        ).fit(matrix, Surv.from_arrays(event.astype(bool), days))
        functions = tree.predict_cumulative_hazard_function(matrix)
        asked = np.quantile(days[event == 1], [0.1, 0.3, 0.5, 0.7, 0.9])
        cases.append(
            {
                "min_rows": min_rows,
                "matrix": matrix.tolist(),
                "event": event.tolist(),
                "days": days.tolist(),
                "asked_days": asked.tolist(),
                "cumulative_hazard": [[float(f(day)) for day in asked] for f in functions],
            }
        )
    document = {"scikit-survival": sksurv.__version__, "trees": cases}
    Path(__file__).with_name("reference.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
