"""Whether a block tells the centre, before and after harmonisation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from tumorcast.cohort import Outcome
from tumorcast.study.doubt.blocks import blocks_of
from tumorcast.study.doubt.figures import mean_auroc
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.study.schema import Arm, Selection
from tumorcast.study.schema_harmonise import HarmoniseSpec

FEWEST = 10
"""Cases of a centre that is told from the others."""

MOST = 4
"""Centres that are told from the others, the largest."""


def of_centres(trials: Trials) -> dict[str, Any]:
    """Predict from each block, fold by fold, which centre a patient was treated in.

    One centre against all others; the AUROC is averaged over centres. Blocks of images are
    harmonised (ComBat, learned in the training rows) and looked at again.
    """
    if not trials.spec.centres:
        raise NotDoneError("switched off in the study file (scepticism.centres)")
    counts = Counter(centre for centre in trials.cohort.centres if centre)
    large = [centre for centre, n in counts.most_common(MOST) if n >= FEWEST]
    if len(counts) < 2 or not large:
        raise NotDoneError("the centres of the cases are not declared, are one, or are too small")
    told_apart = large[:1] if len(counts) == 2 else large  # of two centres each tells the other
    arms = _arms(trials)
    by_centre = {centre: _told(trials, arms, centre) for centre in sorted(told_apart)}
    return {
        "centres": {centre: counts[centre] for centre in by_centre},
        "blocks": [
            {
                "block": block,
                "harmonised": state == "harmonised",
                "auroc": float(np.mean([found[key] for found in by_centre.values()])),
                "by_centre": {centre: found[key] for centre, found in by_centre.items()},
            }
            for key in arms
            for block, _, state in [key.partition(" | ")]
        ],
    }


def _arms(trials: Trials) -> dict[str, Arm]:
    selection = Selection(correlation=0.9, keep=10, method="univariate")
    arms = {}
    for block in blocks_of(trials.plan, trials.inputs.table):
        select = selection if block.from_image else None
        before = Arm(blocks=block.patterns, learner="logistic", select=select)
        arms[block.name] = before
        if block.from_image:
            spec = HarmoniseSpec(
                blocks=block.patterns, unseen="as_is", min_rows=5, scale="measured"
            )
            after = before.model_copy(update={"harmonise": spec})
            arms[f"{block.name} | harmonised"] = after
    return arms


def _told(trials: Trials, arms: dict[str, Arm], centre: str) -> dict[str, float]:
    here = np.array([one == centre for one in trials.cohort.centres], dtype=np.int64)
    outcome = Outcome(trials.inputs.case_ids, here)
    found = trials.fit(arms, f"telling {centre}", outcome=outcome, drawn=True)
    return {name: mean_auroc(found.predictions, name) for name in arms}
