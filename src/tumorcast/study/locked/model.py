"""A locked model: what `tumorcast bundle` wrote, checked and ready to predict."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.cohort import Case, Cohort
from tumorcast.errors import Finding, StudyRefusedError, refuse
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.study.extraction import Machinery, extract_all, model_inputs
from tumorcast.study.kept import plan_of
from tumorcast.study.load import Study
from tumorcast.study.locked.envelope import Envelope
from tumorcast.study.locked.reference import REFERENCE
from tumorcast.study.locked.seal import SealedFolder, open_sealed
from tumorcast.study.locked.state_files import read_state
from tumorcast.study.models import build_models
from tumorcast.study.plan import Plan
from tumorcast.study.progress import no_progress
from tumorcast.study.schema import Arm, StudyFile
from tumorcast.validation import LockableModel

ABOUT = "bundle.json"
RANGES = "envelope.parquet"

ModelKey = tuple[str, float]
"""Arm and horizon in days."""


@dataclass(frozen=True)
class LockedModel:
    """Models of some arms of a study, as they were on the day they were locked.

    Parameters
    ----------
    sealed
        The folder, every file of which was found as sealed.
    plan
        Of the study that the models come from, its files inside the folder.
    about
        ``bundle.json``.
    models
        Fitted models by arm and horizon.
    envelope
        What the training cases of the leading arm looked like.
    typical
        One row with the values of a typical training patient; ``None`` where the bundle has none.
    """

    sealed: SealedFolder
    plan: Plan
    about: Mapping[str, Any]
    models: Mapping[ModelKey, LockableModel]
    envelope: Envelope
    typical: pd.DataFrame | None = None

    @property
    def lead(self) -> str:
        """The arm that the bundle is about; the others are its yardsticks."""
        return str(self.about["lead"])

    @property
    def lead_and_members(self) -> tuple[Arm, ...]:
        """The leading arm as it was declared, with those that it averages."""
        lead = self.plan.arms[self.lead]
        return (lead, *(self.plan.arms[name] for name in lead.average or ()))

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms, the leading one first."""
        return tuple(dict.fromkeys(arm for arm, _ in self.models))

    @property
    def horizons_days(self) -> tuple[float, ...]:
        """Horizons in days, infinite for the whole follow-up, the primary one first."""
        return tuple(dict.fromkeys(days for _, days in self.models))

    @property
    def columns(self) -> Mapping[str, str]:
        """``number`` or ``category`` by the name of each column that some arm looks at."""
        columns: Mapping[str, str] = self.about["columns"]
        return columns

    @cached_property
    def images(self) -> frozenset[str]:
        """Names of the images that some arm looks at."""
        return frozenset(self.about["images"])

    def inputs(self, cohort: Cohort, plan: Plan, machinery: Machinery, folder: Path) -> NewInputs:
        """Extract from new cases what the models look at.

        Parameters
        ----------
        plan
            As `plan_at` gives it.
        folder
            Where crops are laid out.
        """
        extracted = extract_all(cohort, plan, machinery, folder)
        lost = {f.case for f in extracted.findings if f.consequence == "excluded"}
        kept = cohort.select([c for c in cohort.case_ids if c not in lost | extracted.failed])
        found = model_inputs(kept, plan, extracted, folder)
        frame = aligned(found.table.frame, self.columns)
        table = FeatureTable(frame, centres=found.table.centres)
        return NewInputs(replace(found, table=table), extracted.findings, extracted.failed)

    def plan_at(self, file: StudyFile, base: Path) -> Plan:
        """Return the plan by which new cases are read and measured as the training cases were.

        Parameters
        ----------
        file
            Where the new cases are; everything else of it comes from the bundle.
        base
            Folder that its relative paths start at.
        """
        own = self.plan.study.file
        inside = self.plan.study.base
        radiomics = {
            image: spec.model_copy(
                update={"stability": None}
                | ({"params": str(inside / spec.params)} if spec.params else {})
            )
            for image, spec in own.radiomics.items()
            if image in self.images
        }
        embeddings = {
            image: spec.model_copy(
                update={"weights": str(inside / spec.weights)} if spec.weights else {}
            )
            for image, spec in own.embeddings.items()
            if image in self.images
        }
        delta = {
            name: spec
            for name, spec in own.delta.items()
            if {spec.earlier, spec.later} <= self.images
        }
        # In the order of the study, because the volume is that of the first image with a mask.
        images = {n: file.cohort.images[n] for n in own.cohort.images if n in file.cohort.images}
        measured = own.model_copy(
            update={
                "cohort": file.cohort.model_copy(update={"images": images}),
                "columns": file.columns,
                "endpoint": file.endpoint,
                "radiomics": radiomics,
                "structures": {n: s for n, s in own.structures.items() if n in self.images},
                "embeddings": embeddings,
                "delta": delta,
                "allow_leaky": file.allow_leaky,
            }
        )
        arms = {name: self.plan.arms[name] for name in self.about["arms"]}
        return Plan(Study(measured, base, {}, {}), arms)

    def predict(self, inputs: ModelInputs, arms: Collection[str]) -> pd.DataFrame:
        """Return one row a case, horizon and one of these arms.

        Columns ``case, arm, horizon_days, probability, risk, threshold, positive``; the risk is
        higher for an earlier event and no probability.
        """
        rows = []
        for (arm, days), model in self.models.items():
            if arm not in arms:
                continue
            probability = model.predict_probability(inputs)
            rows.append(
                pd.DataFrame(
                    {
                        "case": list(inputs.case_ids),
                        "arm": arm,
                        "horizon_days": days,
                        "probability": probability,
                        "risk": model.predict_risk(inputs),
                        "threshold": model.threshold,
                        "positive": probability >= model.threshold,
                    }
                )
            )
        return pd.concat(rows, ignore_index=True)

    def predict_probability(self, case: Case, *, horizon_days: float | None = None) -> float:
        """Return the leading arm's probability of the event for one case.

        It does not say whether the case lies inside the envelope; `tumorcast.study.predict` does.

        Parameters
        ----------
        horizon_days
            One of `horizons_days`; by default the primary one.

        Raises
        ------
        StudyRefusedError
            When an image, its mask or a value of the case cannot be used.
        """
        days = self.horizons_days[0] if horizon_days is None else horizon_days
        if (self.lead, days) not in self.models:
            raise ValueError(f"no model at {days:g} days, only at {self.horizons_days}")
        own = self.plan.study
        with TemporaryDirectory() as folder:
            found = self.inputs(
                Cohort((case,)),
                self.plan_at(own.file, own.base),
                Machinery(1, no_progress),
                Path(folder),
            )
            if not len(found.inputs):
                raise StudyRefusedError(found.findings)
            return float(self.models[self.lead, days].predict_probability(found.inputs)[0])


@dataclass(frozen=True)
class NewInputs:
    """What the models look at of new cases, and which were lost on the way."""

    inputs: ModelInputs
    findings: tuple[Finding, ...]
    failed: frozenset[str]


def load_bundle(path: str | Path, *, digest: str | None = None) -> LockedModel:
    """Open a bundle: compare every file with its seal and restore its models.

    Nothing in a bundle is ever executed: it holds numbers (safetensors, Parquet) and text (JSON).

    Parameters
    ----------
    path
        The folder.
    digest
        What the seal's digest must be, as its makers tell it; the first 8 digits or more.

    Raises
    ------
    StudyRefusedError
        ``BND-01`` to ``BND-03`` as `open_sealed`; ``BND-03`` also when a model was written by a
        version whose models this one does not know.
    """
    sealed = open_sealed(Path(path), digest)
    try:
        return _restored(sealed)
    except (KeyError, ValueError, TypeError, IndexError, RuntimeError) as error:
        raise refuse(
            "BND-03",
            f"the bundle cannot be opened by this version of tumorcast ({error})",
            expected=f"a bundle of tumorcast {_program_of(sealed)}",
            fix="install that version, or make the bundle again from its run",
            file=str(sealed.root),
        ) from error


def _restored(sealed: SealedFolder) -> LockedModel:
    about = sealed.document(ABOUT)
    plan = plan_of(about["study"], sealed.root)
    unfitted = build_models(plan)
    models = {}
    for entry in about["models"]:
        name = entry["file"]
        state = read_state(sealed.read(f"{name}.safetensors"), sealed.read(f"{name}.json"))
        days = np.inf if entry["horizon_days"] is None else float(entry["horizon_days"])
        models[entry["arm"], days] = unfitted[entry["arm"]].restore(state)
    ranges = pd.read_parquet(BytesIO(sealed.read(RANGES)))
    envelope = Envelope.of(ranges, about["envelope"])
    return LockedModel(sealed, plan, about, models, envelope, _typical(sealed, about["columns"]))


def _typical(sealed: SealedFolder, columns: Mapping[str, str]) -> pd.DataFrame | None:
    if REFERENCE not in sealed.files:
        return None
    frame = pd.read_parquet(BytesIO(sealed.read(REFERENCE)))[list(columns)]
    kinds = {name: np.float64 if kind == "number" else object for name, kind in columns.items()}
    return frame.astype(kinds)


def _program_of(sealed: SealedFolder) -> str:
    try:
        return str(sealed.document(ABOUT)["program"])
    except (KeyError, ValueError, TypeError):
        return "its own version"


def aligned(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return exactly these columns; one that is not there is missing in every case."""
    whole = {
        name: _column(frame, name, np.float64 if kind == "number" else object)
        for name, kind in columns.items()
    }
    return pd.DataFrame(whole, index=frame.index)


def _column(frame: pd.DataFrame, name: str, dtype: type) -> pd.Series[Any]:
    if name in frame:
        return frame[name]
    nothing: Sequence[float | None] = [np.nan if dtype is np.float64 else None] * len(frame)
    return pd.Series(nothing, index=frame.index, dtype=dtype)
