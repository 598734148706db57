"""Predictions of a locked model for new patients, each with what speaks against it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.engine import Store
from tumorcast.errors import Finding
from tumorcast.study.checked import write_json
from tumorcast.study.extraction import Machinery
from tumorcast.study.locked.model import LockedModel, load_bundle
from tumorcast.study.locked.reference import no_reasons, reasons_for
from tumorcast.study.locked.site import NewCases, read_new_cases, site_of
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.quality import Quality
from tumorcast.validation.plain import horizon_name

COLUMNS = ("case", "horizon_days", "probability", "risk", "positive", "outside", "why")


@dataclass(frozen=True)
class PredictionResult:
    """What a locked model says of new patients.

    Parameters
    ----------
    table
        Columns `COLUMNS`, one row a case and horizon: `outside` is whether the case lies outside
        the envelope of the training cases, and `why` in which respects.
    quality
        Every finding; an excluded case has no row.
    bundle
        Digest of the seal of the bundle.
    reasons
        What sets each case apart from a typical training patient; see `reasons_for`.
    no_reasons
        Why there are none; empty where there are.
    """

    table: pd.DataFrame
    quality: Quality
    bundle: str
    reasons: pd.DataFrame
    no_reasons: str

    def write(self, path: Path) -> None:
        """Write the table as CSV, replaced whole or not at all, and ``NAME.quality.json``.

        Where the predictions have reasons, ``NAME.reasons.csv`` has them.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path.with_suffix(".quality.json"), self.quality.as_dict())
        if not self.no_reasons:
            self.reasons.to_csv(path.with_suffix(".reasons.csv"), index=False)
        unfinished = path.with_name(f"{path.name}.part")
        self.table.to_csv(unfinished, index=False)
        unfinished.replace(path)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON."""
        rows = self.table.replace({np.nan: None}).to_dict(orient="records")
        return {
            "bundle": self.bundle,
            "predictions": rows,
            "reasons": self.reasons.to_dict(orient="records"),
            "no_reasons": self.no_reasons,
            "quality": self.quality.as_dict(),
        }


def predict(
    bundle: str | Path,
    source: str | Path,
    *,
    strict_ood: bool = False,
    digest: str | None = None,
    store: Path | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> PredictionResult:
    """Predict for new patients with the leading arm of a bundle.

    Parameters
    ----------
    bundle
        Folder that `bundle` wrote.
    source
        A study file, of which `cohort` and `columns` are read; or a table with the columns of the
        model's study.
    strict_ood
        Refuse a number for a case outside the envelope of the training cases; otherwise it is
        predicted and marked (``OOD-01``).
    digest
        What the seal's digest must be.
    store
        Folder in which what is measured is kept for the next time; ``None`` keeps nothing.

    Raises
    ------
    StudyRefusedError
        As `load_bundle`, `site_of` and `read_new_cases`.
    """
    model = load_bundle(bundle, digest=digest)
    site = site_of(model, Path(source))
    kept = None if store is None else Store(store)
    with TemporaryDirectory() as folder:
        cases = read_new_cases(model, site, Machinery(workers, progress, kept), Path(folder))
        table, reasons = _table(model, cases), reasons_for(model, cases.inputs)
    quality = cases.quality.with_findings(outside_findings(cases, strict=strict_ood))
    if strict_ood:
        table = table[~table["outside"]].reset_index(drop=True)
        reasons = reasons[reasons["case"].isin(table["case"])].reset_index(drop=True)
    return PredictionResult(table, quality, model.sealed.digest, reasons, no_reasons(model))


def _table(model: LockedModel, cases: NewCases) -> pd.DataFrame:
    if not len(cases.inputs):
        return pd.DataFrame(columns=list(COLUMNS))
    found = model.predict(cases.inputs, [model.lead])
    why = found["case"].map(lambda case: "; ".join(cases.reasons[case]))
    named = found["horizon_days"].map(horizon_name)
    marked = found.assign(horizon_days=named, why=why, outside=why != "")
    return marked[list(COLUMNS)].reset_index(drop=True)


def outside_findings(cases: NewCases, *, strict: bool) -> Iterator[Finding]:
    """Yield (``OOD-01``) for each case outside the envelope of the training cases."""
    for case_id, reasons in cases.reasons.items():
        if reasons:
            yield Finding(
                "OOD-01",
                "excluded" if strict else "warning",
                "; ".join(reasons),
                "a case like those that the model has learned from",
                "check the values first; if they are right, the model knows nothing about such a "
                "patient",
                case=case_id,
            )


def lines_of(result: PredictionResult) -> list[str]:
    """Return what the console shows: the findings and one line a prediction."""
    width = max([4, *(len(str(case)) for case in result.table["case"])])
    return [
        *result.quality.lines(),
        *(
            f"{row.case:{width}s}  {_until(str(row.horizon_days))} {row.probability:.3f}"
            + ("  OUTSIDE the training cases" if row.outside else "")
            for row in result.table.itertuples()
        ),
    ]


def _until(horizon: str) -> str:
    days = math.inf if horizon == "all" else float(horizon)
    return "at any time" if math.isinf(days) else f"by day {days:g}"
