"""Made-up cohorts with a CT, a PET and clinical values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from tumorcast.cohort import Outcome
from tumorcast.features import FeatureTable, ModelInputs

Made = tuple[ModelInputs, Outcome]


@pytest.fixture(scope="session")
def cohort() -> Made:
    """Return 90 cases; the tumour's first CT column and age decide, and a fifth lacks the PET."""
    random = np.random.default_rng(3)
    n = 90
    ids = [f"case {number:02d}" for number in range(n)]
    names = [f"{block}.f{j}" for block in ("ct.tumor", "ct.rim", "pt.tumor") for j in range(3)]
    frame = pd.DataFrame(random.normal(size=(n, len(names))), ids, names)
    frame["clinical.age"] = 60 + 10 * random.normal(size=n)
    frame["clinical.sex"] = random.choice(np.array(["F", "M"], dtype=object), n)
    frame.loc[np.arange(n) % 5 == 0, [name for name in names if name.startswith("pt")]] = np.nan
    odds = 2 * frame["ct.tumor.f0"] + (frame["clinical.age"] - 60) / 10 - 0.5
    event = (random.random(n) < expit(odds.to_numpy())).astype(np.int64)
    return ModelInputs(FeatureTable(frame)), Outcome(tuple(ids), event)
