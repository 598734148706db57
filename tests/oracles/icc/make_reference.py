"""Writes reference.json: intraclass correlations by pingouin, of data that stand in the file.

Needs an environment of its own: pip install pingouin==0.7.0
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin

SHROUT_FLEISS = [
    [9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7],
]  # fmt: skip
NAMES = {"ICC(1,1)": ("ICC1", "ICC(1,1)"), "ICC(3,1)": ("ICC3", "ICC(C,1)", "ICC(3,1)")}


def judged(data: np.ndarray) -> dict:
    case, repeat = np.indices(data.shape)
    frame = pd.DataFrame({"case": case.ravel(), "repeat": repeat.ravel(), "value": data.ravel()})
    found = pingouin.intraclass_corr(frame, targets="case", raters="repeat", ratings="value")
    result = {}
    for design, names in NAMES.items():
        row = found[found["Type"].isin(names)].iloc[0]
        interval = next(row[c] for c in ("CI95", "CI95%") if c in row)
        result[design] = [float(row["ICC"]), *map(float, interval)]
    return {"data": data.tolist(), **result}


random = np.random.default_rng(1)
sets = {"shrout_fleiss_1979": judged(np.array(SHROUT_FLEISS, dtype=float))}
for n, k, spread in [(12, 5, 3.0), (30, 2, 0.5), (8, 10, 0.0), (20, 4, 20.0)]:
    data = spread * random.normal(size=(n, 1)) + random.normal(size=(n, k)) + np.arange(k)
    sets[f"random_{n}_{k}"] = judged(np.round(data, 3))
Path(__file__).with_name("reference.json").write_text(json.dumps(sets, indent=1) + "\n")
