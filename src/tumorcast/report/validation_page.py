"""From the folder of an external validation to ``validation.html``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.report.calibration import calibration_plot
from tumorcast.report.decision_curve import decision_plot
from tumorcast.report.discrimination import roc_plot
from tumorcast.report.figures import write_figures
from tumorcast.report.forest import forest_plot
from tumorcast.report.page import write_page
from tumorcast.report.results import Estimate, HorizonResults, read_results
from tumorcast.report.roles import Roles
from tumorcast.report.run_files import RunFiles, document_of
from tumorcast.report.style import Plot
from tumorcast.report.trust import finding_groups
from tumorcast.report.words import arm_name, interval, number, title_words
from tumorcast.validation import scores_of
from tumorcast.validation.plain import horizon_name

_PREDICTED = "By the locked model, one prediction a patient."
_MOST_SHIFTED = 15


@dataclass(frozen=True)
class Judged:
    """Everything that is shown about one horizon.

    Parameters
    ----------
    results
        Figures of all arms.
    before
        AUROC of the leading arm in the cross-validation of its study.
    events, training_events
        (with the event, with a known state) at the horizon, here and in the cross-validation.
    sentence, tone
        The result in words, and its colour.
    slope, intercept
        Of the logistic recalibration of the leading arm.
    """

    results: HorizonResults
    before: Estimate
    events: tuple[int, int]
    training_events: tuple[int, int]
    sentence: str
    tone: str
    forest: Plot
    curves: tuple[Plot, ...]
    slope: float
    intercept: float


@dataclass(frozen=True)
class Shifted:
    """How one measure differs from the training cases, in training standard deviations."""

    measure: str
    training: str
    here: str
    difference: float


def build_validation_page(folder: Path) -> Path:
    """Write ``validation.html`` into the folder of an external validation and return its path.

    The page is one file without scripts or outside resources.

    Parameters
    ----------
    folder
        What `tumorcast validate` wrote.

    Raises
    ------
    StudyRefusedError
        ``RUN-01`` when the folder is no finished validation, ``RUN-02`` when a file is damaged.
    """
    files = RunFiles.read(folder)
    document = document_of(folder / "validation.json")
    curves = pd.read_csv(folder / "decision_curve.csv", dtype={"horizon_days": str})
    shift = pd.read_csv(folder / "shift.csv")
    content = _content(files, document, curves, shift)
    write_figures(folder, content)
    return write_page(folder / "validation.html", "validation.html", content)


def _content(
    files: RunFiles, document: Mapping[str, Any], curves: pd.DataFrame, shift: pd.DataFrame
) -> dict[str, Any]:
    horizons = read_results(files.metrics)
    primary = horizons[0]
    baselines = sorted(document["arms"][1:], key=lambda arm: -_plain(primary.auroc(arm).value))
    roles = Roles(document["lead"], 1, tuple(baselines), ())
    findings = files.quality["findings"]
    return {
        "study": title_words(document["study"]),
        "endpoint": document["endpoint"].replace("_", " "),
        "document": document,
        "flow": files.quality["flow"],
        "roles": roles,
        "horizons": [_judged(files, document, curves, results, roles) for results in horizons],
        "shifted": _most_shifted(shift),
        "n_shifted": int((shift["difference"].abs() > 0.5).sum()),
        "n_measures": len(shift),
        "findings": finding_groups(findings),
        "n_findings": len(findings),
    }


def _judged(
    files: RunFiles,
    document: Mapping[str, Any],
    curves: pd.DataFrame,
    results: HorizonResults,
    roles: Roles,
) -> Judged:
    arms = {arm: scores_of(files.predictions, arm, results.horizon_days) for arm in roles.in_curves}
    lead, name = arms[roles.lead], horizon_name(results.horizon_days)
    before = document["cross_validated"][name][roles.lead]["auroc"]
    now = files.metrics["horizons"][name]["arms"][roles.lead]["auroc"]
    earlier = Estimate.of(before)
    at_horizon = curves[curves["horizon_days"].map(_horizon) == results.horizon_days]
    fitted = document["recalibration"][name][roles.lead]
    sentence, tone = _verdict(results, roles, earlier)
    return Judged(
        results=results,
        before=earlier,
        events=(now["n_events"], now["n"]),
        training_events=(before["n_events"], before["n"]),
        sentence=sentence,
        tone=tone,
        forest=forest_plot(results, roles),
        curves=(
            roc_plot(results, roles, arms, predicted=_PREDICTED),
            calibration_plot(results, roles.lead, lead, predicted=_PREDICTED),
            decision_plot(results, roles, at_horizon),
        ),
        slope=fitted["slope"],
        intercept=fitted["intercept"],
    )


def _verdict(results: HorizonResults, roles: Roles, earlier: Estimate) -> tuple[str, str]:
    here = results.auroc(roles.lead)
    name = arm_name(roles.lead)
    text = f"{name} has an AUROC of {number(here.value)} ({interval(here.ci_low, here.ci_high)})"
    if not math.isnan(earlier.value):
        text += f" on these patients, {number(earlier.value)} in its own cross-validation"
    if not here.ci_low > 0.5:
        return f"{text}: not shown to do better than chance", "not shown"
    tests = [test for arm in roles.baselines if (test := results.comparison(roles.lead, arm))]
    if not tests:
        return text, "other"
    strongest = min(tests, key=lambda test: test.difference)
    rival = arm_name(strongest.reference)
    if strongest.is_higher:
        return f"{text}: better than {rival}, the strongest baseline", "better"
    if strongest.is_lower:
        return f"{text}: worse than {rival}, a baseline", "worse"
    return f"{text}: not shown to beat {rival}, the strongest baseline", "not shown"


def _most_shifted(shift: pd.DataFrame) -> tuple[Shifted, ...]:
    order = shift["difference"].abs().sort_values(ascending=False, kind="stable").index
    rows = shift.loc[order].dropna(subset=["difference"]).head(_MOST_SHIFTED)
    return tuple(
        Shifted(str(measure), f"{training:.4g}", f"{here:.4g}", float(difference))
        for measure, training, here, difference in rows.to_numpy().tolist()
    )


def _horizon(text: str) -> float:
    return math.inf if text == "all" else float(text)


def _plain(value: float) -> float:
    return -1.0 if math.isnan(value) else value
