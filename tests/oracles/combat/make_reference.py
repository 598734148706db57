"""Writes reference.json: tables harmonised by neuroCombat, with the tables.

Needs an environment of its own: pip install neuroCombat==0.2.12

neuroCombat stops its iteration at a relative change of 1e-4; here it goes on to 1e-12, so that the
answer is the fixed point and not where one happened to stop.
"""

import functools
import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

module = importlib.import_module("neuroCombat.neuroCombat")
module.it_sol = functools.partial(module.it_sol, conv=1e-12)


def judged(seed: int, rows: list[int], n_columns: int, covariates: bool) -> dict:
    random = np.random.default_rng(seed)
    centre = np.repeat(np.arange(len(rows)), rows)
    n = len(centre)
    age = random.integers(40, 80, n)
    sex = random.choice(["F", "M"], n)
    shift, factor = random.normal(size=(len(rows), n_columns)), random.uniform(0.5, 2, len(rows))
    scale = 10.0 ** random.integers(-2, 4, n_columns)
    values = random.normal(size=(n, n_columns)) + 0.03 * age[:, np.newaxis] + (sex == "M")[:, None]
    values = np.round((values * factor[centre, np.newaxis] + shift[centre]) * scale, 6)
    frame = pd.DataFrame({"centre": [f"c{number}" for number in centre], "age": age, "sex": sex})
    given = {"categorical_cols": ["sex"], "continuous_cols": ["age"]} if covariates else {}
    found = module.neuroCombat(dat=values.T, covars=frame, batch_col="centre", **given)
    return {
        "values": values.tolist(),
        "centre": frame["centre"].tolist(),
        "age": age.tolist() if covariates else None,
        "sex": sex.tolist() if covariates else None,
        "harmonised": found["data"].T.tolist(),
    }


tables = {
    "two centres": judged(1, [12, 20], 5, covariates=False),
    "four unequal centres": judged(2, [6, 30, 9, 14], 8, covariates=False),
    "three centres and covariates": judged(3, [15, 18, 11], 6, covariates=True),
}
Path(__file__).with_name("reference.json").write_text(json.dumps(tables) + "\n")
