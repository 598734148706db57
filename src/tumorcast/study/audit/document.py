"""``checks.json``: every check with its code, its answer and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tumorcast.study.audit import in_fold, of_claims, of_data
from tumorcast.study.audit.finished import FinishedRun
from tumorcast.study.audit.in_fold import Judge, fitted_inside
from tumorcast.study.checked import write_json

CHECKS_FILE = "checks.json"


@dataclass(frozen=True)
class Check:
    """A check and what it is about, as a statement that is true when it passes."""

    title: str
    judge: Judge


CHECKS: Mapping[str, Check] = {
    "CHK-01": Check(
        "Features are selected inside the folds",
        fitted_inside(
            "select", "correlation", "stable", "near_constant", absent="no arm selects features"
        ),
    ),
    "CHK-02": Check(
        "Columns are scaled inside the folds", fitted_inside("scale", absent="nothing is scaled")
    ),
    "CHK-03": Check(
        "Missing values are filled in inside the folds",
        fitted_inside("impute", "one_hot", absent="nothing is filled in"),
    ),
    "CHK-04": Check(
        "Centres are harmonised inside the folds",
        fitted_inside("harmonise", absent="no arm harmonises centres"),
    ),
    "CHK-05": Check("Classes are not balanced by copies of cases", in_fold.no_case_twice),
    "CHK-06": Check(
        "Threshold and calibration are learned inside the folds",
        fitted_inside("calibrate", absent="no arm chooses a threshold"),
    ),
    "CHK-07": Check("Patients stay on one side of every fold", in_fold.patients_apart),
    "CHK-08": Check("Nobody is there twice", of_data.nobody_twice),
    "CHK-09": Check("Columns are known at baseline", of_data.known_at_baseline),
    "CHK-10": Check("Weights have not seen the tested cases", of_data.not_pretrained_on),
    "CHK-11": Check(
        "Models and their hyperparameters are chosen inside the training rows", in_fold.tuned_inside
    ),
    "CHK-12": Check("One seed was tried", of_data.one_seed),
    "CHK-13": Check("Simple models stand beside the others", of_claims.baselines),
    "CHK-14": Check("Nothing is found in outcomes dealt out anew", of_claims.null_shows_nothing),
    "CHK-15": Check("There are events enough for what is learned", of_claims.events_enough),
    "CHK-16": Check("Comparisons are adjusted for their number", of_claims.comparisons_adjusted),
    "CHK-17": Check("Radiomics do better than negative controls", of_claims.better_than_controls),
    "CHK-18": Check("Images do not tell the centre", of_claims.centre_hidden),
    "CHK-19": Check("Censored cases are stood in for", in_fold.censoring_weighted),
    "CHK-20": Check("Calibration is reported", of_claims.calibrated),
}
"""Every check by its code; a code is never used for anything else."""


def write_checks(run_dir: Path, seeds: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    """Judge a finished run by all checks and write ``checks.json``.

    Parameters
    ----------
    run_dir
        With plan, quality, metrics, scepticism, ledger, features and predictions.
    seeds
        As for `FinishedRun`.
    """
    run = FinishedRun(run_dir, seeds)
    answers = {code: check.judge(run) for code, check in CHECKS.items()}
    document = [
        {"code": code, "check": CHECKS[code].title, **vars(answer)}
        for code, answer in answers.items()
    ]
    write_json(run_dir / CHECKS_FILE, {"checks": document})
    return document
