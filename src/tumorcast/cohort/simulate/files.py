"""A simulated cohort as the folder that a hospital would export."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tumorcast.cohort.case import Case, Cohort
from tumorcast.cohort.outcome import Outcome
from tumorcast.cohort.schema import (
    ClinicalColumn,
    CohortSource,
    EndpointSource,
    FlagSource,
    ImageTemplate,
    TableSource,
    ValueSource,
)
from tumorcast.cohort.simulate.causes import CAUSES
from tumorcast.cohort.simulate.spec import SimulationSpec
from tumorcast.cohort.simulate.truth import Truth
from tumorcast.imaging import write_mask, write_volume

MANIFEST, CLINICAL, DICTIONARY = "manifest.csv", "clinical.csv", "data_dictionary.csv"
TRUTH, ATTAINABLE = "truth.csv", "attainable.csv"


@dataclass(frozen=True)
class SimulatedFiles:
    """Where a simulated cohort was written, and how a study file declares it.

    Parameters
    ----------
    folder
        Holds the files that the properties name, and ``images/``.
    spec
        The population.
    """

    folder: Path
    spec: SimulationSpec

    @property
    def manifest(self) -> Path:
        """One row a case: id, centre and the paths of images and masks."""
        return self.folder / MANIFEST

    @property
    def clinical(self) -> Path:
        """One row a case: id, clinical and laboratory values, event and time_days."""
        return self.folder / CLINICAL

    @property
    def dictionary(self) -> Path:
        """One row a column of both tables."""
        return self.folder / DICTIONARY

    @property
    def truth(self) -> Path:
        """One row a case: latent causes and event probability. No study may read it."""
        return self.folder / TRUTH

    @property
    def attainable(self) -> Path:
        """One row a subset of causes: its attainable AUROC."""
        return self.folder / ATTAINABLE

    @property
    def cohort_source(self) -> CohortSource:
        """The ``cohort`` of a study file that lies in the folder."""
        units = {"ct": "HU", "pt": "SUVbw"}
        return CohortSource(
            table=TableSource(path=CLINICAL),
            manifest=TableSource(path=MANIFEST),
            centre=ValueSource(column="centre"),
            images={
                name: ImageTemplate.model_validate({"unit": units[name]})
                for name in self.spec.modalities
            },
        )

    @property
    def columns(self) -> dict[str, ClinicalColumn]:
        """The ``columns`` of a study file."""
        return {v.name: v.declaration for v in self.spec.variables.variables}

    @property
    def endpoint(self) -> EndpointSource:
        """The ``endpoint`` of a study file."""
        dies = math.isfinite(self.spec.times.death_days)
        ever = math.isinf(self.spec.horizon_days)
        return EndpointSource(
            name=self.spec.name,
            event=_event_is("1"),
            time="time_days",
            time_unit="days",
            competing=_event_is("2") if dies else None,
            horizons_days=("all",) if ever else (self.spec.horizon_days,),
        )


def write_cohort(
    folder: Path,
    spec: SimulationSpec,
    cohort: Cohort,
    outcome: Outcome,
    truth: Truth,
    on_case: Callable[[str], None] | None,
) -> SimulatedFiles:
    """Write every file; see `SimulatedCohort.write`."""
    files = SimulatedFiles(folder, spec)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for case in cohort:
        rows.append([case.case_id, case.centre, *_write_images(folder, case)])
        if on_case is not None:
            on_case(case.case_id)
    image_columns = [column for name in spec.modalities for column in (name, f"{name}_mask")]
    _write_csv(files.manifest, ["id", "centre", *image_columns], rows)
    _write_clinical(files, cohort, outcome)
    _write_csv(files.dictionary, _DICTIONARY_HEADER, _dictionary(spec))
    probability = truth.probability()
    _write_csv(
        files.truth,
        ["id", *CAUSES, "probability"],
        (
            [case_id, *causes.tolist(), float(p)]
            for case_id, causes, p in zip(truth.case_ids, truth.causes, probability, strict=True)
        ),
    )
    _write_csv(
        files.attainable,
        ["causes", "auroc"],
        ([" ".join(causes) or "none", value] for causes, value in truth.attainable().items()),
    )
    return files


def _write_images(folder: Path, case: Case) -> list[str]:
    """Write images and masks of one case; return their paths from the folder."""
    paths = []
    for name, source in case.images.items():
        image = f"images/{case.case_id}_{name}.nii.gz"
        mask = f"images/{case.case_id}_{name}_mask.nii.gz"
        write_volume(source.volume(), folder / image)
        write_mask(source.tumor(), folder / mask)
        paths += [image, mask]
    return paths


def _write_clinical(files: SimulatedFiles, cohort: Cohort, outcome: Outcome) -> None:
    variables = files.spec.variables.variables
    time_days = np.asarray(outcome.time_days)
    _write_csv(
        files.clinical,
        ["id", *(variable.name for variable in variables), "event", "time_days"],
        (
            [
                case.case_id,
                *(v.written_as(case.clinical[v.column]) for v in variables),
                int(event),
                int(days),
            ]
            for case, event, days in zip(cohort, outcome.event, time_days, strict=True)
        ),
    )


_DICTIONARY_HEADER = ["file", "column", "kind", "unit", "known", "levels", "missing", "meaning"]


def _dictionary(spec: SimulationSpec) -> Iterable[Sequence[object]]:
    yield MANIFEST, "id", "category", "", "baseline", "", 0, "Case, which is also the patient."
    centres = " | ".join(centre.name for centre in spec.centres)
    yield MANIFEST, "centre", "category", "", "baseline", centres, 0, "Sets the scanner only."
    for name in spec.modalities:
        unit = "HU" if name == "ct" else "SUVbw"
        yield MANIFEST, name, "path", unit, "baseline", "", 0, "Image around the tumour."
        yield MANIFEST, f"{name}_mask", "path", "", "baseline", "", 0, "Tumour, 1 inside."
    for variable in spec.variables.variables:
        column = variable.declaration
        levels = " | ".join(column.levels or column.ranks or ())
        yield (CLINICAL, variable.name, column.kind, column.unit, column.known, levels,
               variable.missing, variable.description)  # fmt: skip
    codes = "0 censored, 1 the event" + (
        ", 2 death before it" if math.isfinite(spec.times.death_days) else ""
    )
    yield CLINICAL, "event", "number", "", "later", "", 0, f"{spec.name}: {codes}."
    yield CLINICAL, "time_days", "number", "days", "later", "", 0, "To event or end of follow-up."


def _event_is(code: str) -> FlagSource:
    return FlagSource.model_validate({"column": "event", "is": [code]})


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
