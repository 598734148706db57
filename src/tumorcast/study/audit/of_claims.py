"""Checks on what a reader would conclude."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tumorcast.study.audit.finished import Answer, FinishedRun, failed, not_applicable, passed
from tumorcast.study.parsimony import FEW_EVENTS
from tumorcast.study.plan import BASELINES

TELLS_THE_CENTRE = 0.8
"""AUROC from which a block is said to tell the centre."""


def baselines(run: FinishedRun) -> Answer:
    """Judge whether the simple models stand beside the others."""
    there = [name for name in BASELINES if name in run.metrics["arms"]]
    if not there:
        return failed("neither a volume nor a clinical variable is declared to compare with")
    return passed(f"validated on the same folds: {', '.join(there)}")


def null_shows_nothing(run: FinishedRun) -> Answer:
    """Judge whether the pipeline finds something in outcomes dealt out anew."""
    null = run.doubts.get("null")
    if null is None:
        return not_applicable("no null run was made (scepticism.permutations)")
    told = f"mean AUROC {null['mean']:.2f} in {len(null['aurocs'])} null runs of {null['arm']}"
    return failed(f"{told}: something leaks") if null["excess"] > 3 else passed(told)


def events_enough(run: FinishedRun) -> Answer:
    """Judge whether the arms learn more columns than the events can carry."""
    arms = (run.doubts.get("events") or {}).get("arms", ())
    known = {row["arm"]: row["per_used"] for row in arms if row["per_used"] is not None}
    few = {name: ratio for name, ratio in known.items() if ratio < FEW_EVENTS}
    if not known:
        return not_applicable("no arm names the columns that it uses")
    if few:
        told = ", ".join(f"{name} {ratio:.1f}" for name, ratio in few.items())
        return failed(f"fewer than {FEW_EVENTS:g} events a column that is used: {told}")
    return passed(f"{min(known.values()):.1f} events or more a column that is used, in every arm")


def comparisons_adjusted(run: FinishedRun) -> Answer:
    """Judge whether p-values are adjusted for their number."""
    tests = run.metrics.get("comparisons") or ()
    if not tests:
        return not_applicable("no two arms are compared")
    if any(test["p_value"] is not None and test["p_holm"] is None for test in tests):
        return failed("a comparison has no adjusted p-value")
    return passed(f"{len(tests)} comparisons, adjusted by Holm's method")


def better_than_controls(run: FinishedRun) -> Answer:
    """Judge whether radiomics do better than those of shuffled voxels and of another region."""
    images = (run.doubts.get("controls") or {}).get("images", ())
    tests = [(image["image"], test) for image in images for test in image["comparisons"]]
    if not tests:
        return not_applicable("no negative control was measured (scepticism.controls)")
    equal = [f"{image}: {test['reference']}" for image, test in tests if not _above(test["ci_low"])]
    if equal:
        return failed(f"the tumour is not shown to do better than its control ({'; '.join(equal)})")
    return passed(f"the tumour does better than {len(tests)} controls")


def _above(low: float | None) -> bool:
    return low is not None and low > 0


def centre_hidden(run: FinishedRun) -> Answer:
    """Judge whether a block of an image tells where a patient was treated."""
    centres = run.doubts.get("centres")
    if centres is None:
        return not_applicable("the centre was not predicted")
    if run.study["validation"].get("centres") is not None:
        return passed("tested in other centres than learned in")
    images = [row for row in centres["blocks"] if " of " in row["block"] and not row["harmonised"]]
    telling = [row for row in images if row["auroc"] >= TELLS_THE_CENTRE]
    if telling:
        told = ", ".join(f"{row['block']} {row['auroc']:.2f}" for row in telling)
        return failed(f"the centre can be told (AUROC {told}) and training and test share centres")
    highest = max((row["auroc"] for row in centres["blocks"]), default=0.5)
    return passed(
        f"no block of an image tells the centre; highest AUROC of any block {highest:.2f}"
    )


def calibrated(run: FinishedRun) -> Answer:
    """Judge whether every arm has calibration figures."""
    arms = run.metrics["arms"]
    lacking = [
        name for name, found in arms.items() if _value(found, "calibration_intercept") is None
    ]
    if lacking:
        return failed(f"no calibration intercept: {', '.join(lacking)}")
    flat = [name for name, found in arms.items() if _value(found, "calibration_slope") is None]
    told = f"; no slope of {', '.join(flat)}, which tell patients apart too little" if flat else ""
    return passed(f"intercept and slope of {len(arms)} arms{told}")


def _value(found: Mapping[str, Any], metric: str) -> float | None:
    value: float | None = (found.get(metric) or {}).get("value")
    return value
