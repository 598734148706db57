"""Reference values of Nogueira's stability measure from its authors' own program.

Needs their module ``stability`` (github.com/nogueirs/JMLR2018, python/stability) on the path:
PYTHONPATH=.../JMLR2018/python python make.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from stability import confidenceIntervals

CASES = {"five of twenty": (5, 20, 0.25), "ten of fifty": (10, 50, 0.1), "two": (2, 8, 0.5)}


def selections(m: int, d: int, share: float) -> np.ndarray:
    """Return choices of which half the features are favoured, by a rule without chance."""
    grid = np.arange(m * d).reshape(m, d)
    return ((grid * 7919 % 101) / 101 < share * np.where(np.arange(d) < d / 2, 1.6, 0.4)).astype(
        int
    )


found = {
    name: {"chosen": (z := selections(*case)).tolist(), **confidenceIntervals(z)}
    for name, case in CASES.items()
}
Path(__file__).with_name("values.json").write_text(
    json.dumps(found, indent=1, default=float) + "\n"
)
