"""External validation: a locked model on the patients of another hospital, without any refit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.cohort import Cohort, Outcome
from tumorcast.engine import Store
from tumorcast.errors import refuse
from tumorcast.fusion.calibration import Calibration, log_odds
from tumorcast.metrics import YOUDEN, ThresholdRule, net_benefits
from tumorcast.study.checked import write_json
from tumorcast.study.doctor import usable_part
from tumorcast.study.extraction import Machinery
from tumorcast.study.identity import versions
from tumorcast.study.locked.model import LockedModel, load_bundle
from tumorcast.study.locked.predicting import outside_findings
from tumorcast.study.locked.reference import no_reasons, reasons_for
from tumorcast.study.locked.site import read_new_cases
from tumorcast.study.locked.site_file import load_site
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.quality import Quality
from tumorcast.study.run import STORE_NAME
from tumorcast.study.schema_threshold import threshold_rule
from tumorcast.validation import Predictions, evaluate, feasible_horizons, scores_of
from tumorcast.validation.plain import horizon_name

THRESHOLDS = np.arange(1, 100) / 100
"""Probabilities at which the decision curve asks whether to treat."""


@dataclass(frozen=True)
class ValidationResult:
    """What an external validation leaves behind.

    Parameters
    ----------
    folder
        Holds ``validation.html`` and everything that it is built from.
    metrics
        ``metrics.json``, as of a run, of the model as it was locked.
    document
        ``validation.json``.
    quality
        Every finding about the new cases.
    """

    folder: Path
    page: Path
    metrics: Mapping[str, Any]
    document: Mapping[str, Any]
    quality: Quality


def validate(
    bundle: str | Path,
    study: str | Path,
    *,
    output: str | Path | None = None,
    digest: str | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> ValidationResult:
    """Judge a locked model on the patients of another site.

    Nothing is fitted to the new patients but a recalibration, which is kept apart: its figures on
    the patients that it was learned from are no validation.

    Parameters
    ----------
    bundle
        Folder that `bundle` wrote.
    study
        Study file of the site; `cohort`, `columns` and `endpoint` are read.
    output
        Folder for the results; by default ``runs/STUDY-validation`` in the current one.
    digest
        What the seal's digest must be.

    Raises
    ------
    StudyRefusedError
        As `load_bundle` and `read_new_cases`; ``BND-07`` when the site declares no endpoint or
        another kind of it, ``VAL-03`` when the follow-up is too short, ``VAL-04`` when the
        patients are all of one class.
    """
    model = load_bundle(bundle, digest=digest)
    site = load_site(study)
    if site.file.endpoint is None:
        raise refuse(
            "BND-07",
            "the site declares no endpoint",
            expected=f"endpoint: as in the study of the model "
            f"({model.plan.study.file.endpoint.name})",
            fix="declare where the outcome is, or use `tumorcast predict`",
            file=str(study),
        )
    folder = Path(output or Path("runs") / f"{site.file.study}-validation")
    folder.mkdir(parents=True, exist_ok=True)
    machinery = Machinery(workers, progress, Store(folder.resolve().parent / STORE_NAME))
    cases = read_new_cases(model, site, machinery, folder / "crops", endpoint=site.file.endpoint)
    cohort, outcome = usable_part(cases.examined.reading, cases.quality)
    horizons = _horizons(model, outcome)
    predictions = _predictions(model.predict(cases.inputs, model.arms), cohort, outcome, horizons)
    quality = cases.quality.with_findings(outside_findings(cases, strict=False))
    declared = model.plan.study.file.validation
    rule = threshold_rule(declared.threshold)
    metrics = evaluate(
        predictions,
        baselines=tuple(arm for arm in model.arms if arm != model.lead),
        seed=declared.seed,
        threshold=rule,
    )
    recalibrated, coefficients = recalibrate(predictions, outcome, rule)
    document = {
        "study": site.file.study,
        "endpoint": site.file.endpoint.name,
        "bundle": model.sealed.digest,
        "lead": model.lead,
        "arms": list(model.arms),
        "chosen": model.about["chosen"],
        "model_study": model.plan.study.file.study,
        "training": model.about["training"],
        "cross_validated": model.about["performance"],
        "left_out": model.envelope.left_out,
        "cases": len(cases.inputs),
        "events": int((outcome.event == 1).sum()),
        "outside": sum(bool(reasons) for reasons in cases.reasons.values()),
        "recalibration": coefficients,
        "no_reasons": no_reasons(model),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
    }
    reasons_for(model, cases.inputs).to_parquet(folder / "reasons.parquet", index=False)
    predictions.write(folder / "predictions.parquet")
    recalibrated.write(folder / "recalibrated.parquet")
    write_json(folder / "metrics.json", metrics)
    write_json(folder / "quality.json", quality.as_dict())
    write_json(folder / "validation.json", document)
    model.envelope.shift(cases.measures).to_csv(folder / "shift.csv")
    decision_curves(predictions).to_csv(folder / "decision_curve.csv", index=False)
    from tumorcast.report import build_validation_page  # noqa: PLC0415  (matplotlib is heavy)

    return ValidationResult(folder, build_validation_page(folder), metrics, document, quality)


def _horizons(model: LockedModel, outcome: Outcome) -> tuple[float, ...]:
    """Return the horizons of the models; one that is not reached here cannot be judged."""
    horizons, cut = feasible_horizons(outcome, model.horizons_days)
    kept = tuple(days for days in model.horizons_days if days in horizons)
    if not kept:
        found = cut[0].found if cut else "the outcome has no times"
        raise refuse(
            "VAL-03",
            found,
            expected="patients followed to a horizon of the model",
            fix="wait for longer follow-up",
        )
    for days in kept:
        target = outcome.binary_at(days)
        known = target.label[target.weight > 0]
        if len(np.unique(known)) < 2:
            raise refuse(
                "VAL-04",
                f"of {len(known)} patients with a known state at {horizon_name(days)} days "
                f"{int(known.sum())} have the event",
                expected="patients with the event and patients without it",
                fix="add patients, or use `tumorcast predict`, which needs no outcome",
            )
    return kept


def _predictions(
    found: pd.DataFrame, cohort: Cohort, outcome: Outcome, horizons: tuple[float, ...]
) -> Predictions:
    found = found[found["horizon_days"].isin(horizons)]
    times = np.full(len(outcome), np.nan) if outcome.time_days is None else outcome.time_days
    about = pd.DataFrame(
        {
            "case": list(outcome.case_ids),
            "patient": list(cohort.patient_ids),
            "centre": list(cohort.centres),
            "event": outcome.event,
            "time": times,
        }
    )
    whole = found.merge(about, on="case", how="left").assign(repeat=0, fold=0)
    return Predictions(whole.drop(columns="positive"))


def recalibrate(
    predictions: Predictions, outcome: Outcome, rule: ThresholdRule = YOUDEN
) -> tuple[Predictions, dict[str, dict[str, dict[str, float]]]]:
    """Return predictions recalibrated on these very patients, and how, by horizon and arm.

    Logistic recalibration: slope and intercept on the log-odds of the locked probability
    (Steyerberg et al., Stat Med 2004;23:2567). The ranking of the patients stays; `rule` chooses
    the threshold anew.
    """
    coefficients: dict[str, dict[str, dict[str, float]]] = {}
    parts = []
    for days in predictions.horizons_days:
        target = outcome.binary_at(days)
        row = {case_id: number for number, case_id in enumerate(outcome.case_ids)}
        for arm in predictions.arms:
            frame = predictions.of(arm, days)
            index = np.array([row[case_id] for case_id in frame["case"]])
            score = log_odds(frame["probability"].to_numpy())
            fitted = Calibration.fit(score, target.rows(index), rule)
            coefficients.setdefault(horizon_name(days), {})[arm] = {
                "slope": fitted.slope,
                "intercept": fitted.intercept,
            }
            parts.append(
                frame.assign(probability=fitted.probability(score), threshold=fitted.threshold)
            )
    return Predictions(pd.concat(parts, ignore_index=True)), coefficients


def decision_curves(predictions: Predictions) -> pd.DataFrame:
    """Return the net benefit of each arm, of treating all and of treating none.

    Columns ``horizon_days, arm, threshold, net_benefit``; patients of unknown state are stood in
    for by weights.
    """
    rows = []
    for days in predictions.horizons_days:
        for arm in predictions.arms:
            scores = scores_of(predictions, arm, days)
            curve = net_benefits(scores.label, scores.probability[0], THRESHOLDS, scores.weight)
            rows.append((days, arm, curve))
        everybody = np.ones(len(scores.label))
        rows.append((days, "all", net_benefits(scores.label, everybody, THRESHOLDS, scores.weight)))
        rows.append((days, "none", np.zeros(len(THRESHOLDS))))
    return pd.concat(
        pd.DataFrame(
            {
                "horizon_days": "all" if math.isinf(days) else days,
                "arm": arm,
                "threshold": THRESHOLDS,
                "net_benefit": curve,
            }
        )
        for days, arm, curve in rows
    )
