"""A signal that was planted in one region of simulated scans is attributed to that region."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import Outcome
from tumorcast.cohort.simulate import simulate
from tumorcast.explain.attribution import Explainer
from tumorcast.features import FeatureTable, Ledger, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.imaging import Shell, Tumor
from tumorcast.radiomics import RadiomicsExtractor, Settings

N_CASES = 36
SETTINGS = Settings.load(
    {
        "setting": {"binWidth": 25, "resampledPixelSpacing": [2, 2, 2]},
        "featureClass": {"firstorder": ["Mean", "Variance", "90Percentile", "Median"]},
    }
)


@pytest.mark.slow
def test_texture_belongs_to_the_tumour_and_the_rim_to_the_shell() -> None:
    made = simulate("hnscc-dm", n=N_CASES, seed=11)
    extractor = RadiomicsExtractor("ct", (Tumor(), Shell(0, 5)), SETTINGS)
    ids = made.cohort.case_ids
    frame = pd.DataFrame([extractor.extract(case) for case in made.cohort], index=list(ids))
    inputs = ModelInputs(FeatureTable(frame.astype(float)))
    train, held_out = np.arange(0, N_CASES, 2), np.arange(1, N_CASES, 2)
    share = {}
    for cause in ("texture", "rim"):
        known = made.truth.cause(cause)
        label = (known > np.median(known[train])).astype(np.int64)
        outcome = Outcome(tuple(ids), label)
        model = TabularModel(("ct",), select=None)
        model.fit(
            inputs.rows(train), outcome.rows(train), horizon_days=np.inf, seed=1, ledger=Ledger()
        )
        explainer = Explainer(model, inputs, train, seed=1)
        size = np.mean([np.abs(explainer.blocks(int(case)).values) for case in held_out], axis=0)
        share[cause] = dict(zip(explainer.block_names, size / size.sum(), strict=True))
    assert share["texture"]["ct.tumor"] > 0.6
    assert share["rim"]["ct.shell_0_5mm"] > 0.6
