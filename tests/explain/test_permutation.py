"""Permutation importance on held-out rows."""

from __future__ import annotations

import numpy as np

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.explain.looked_at import LookedAt, block_players
from tumorcast.explain.permutation import N_SHUFFLES, auroc_drop, shuffled_risks
from tumorcast.features import Ledger, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.metrics import auroc

Made = tuple[ModelInputs, Outcome]


def test_the_block_that_decides_falls_and_the_others_do_not(cohort: Made) -> None:
    inputs, outcome = cohort
    model = TabularModel(("ct",), select=None)
    train, test = np.arange(50), np.arange(50, 90)
    model.fit(inputs.rows(train), outcome.rows(train), horizon_days=np.inf, seed=1, ledger=Ledger())
    looked_at = LookedAt.by(model)
    seen = looked_at.within(inputs)
    players = block_players(seen, looked_at)
    risks = shuffled_risks(model, seen, players, test, seed=3)
    assert risks.shape == (2, N_SHUFFLES, 40)
    target = outcome.rows(test).binary_at(np.inf)
    risk, patients = model.predict_risk(inputs.rows(test)), inputs.rows(test).groups
    drops = [auroc_drop(target, risk, one, patients, seed=0) for one in risks]
    tumor, rim = (drop for drop in drops if drop is not None)
    assert players.names == ("ct.tumor", "ct.rim")
    assert rim.low < 0 < rim.high < tumor.low
    whole = auroc(target.label, risk)
    by_hand = whole - np.mean([auroc(target.label, one) for one in risks[0]])
    assert abs(tumor.mean - by_hand) < 1e-12


def test_one_class_has_no_auroc_to_fall() -> None:
    target = BinaryTarget(np.zeros(4, dtype=np.int64), np.ones(4))
    assert auroc_drop(target, np.arange(4.0), np.ones((2, 4)), list("abcd"), seed=0) is None
