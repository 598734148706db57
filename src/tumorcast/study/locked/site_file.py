"""The part of a study file that says where new cases are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource
from tumorcast.study.load import document_of, parsed
from tumorcast.study.schema import Frozen, StudyFile


class SiteFile(Frozen):
    """The part of a study file that says where new cases are.

    Parameters
    ----------
    study
        Name.
    cohort
        Where the patients are read from.
    columns
        Clinical columns; by default those of the study that the model comes from.
    endpoint
        Where the outcome is read from; not needed to predict.
    allow_leaky
        As in `StudyFile`.
    """

    study: str = "new cases"
    cohort: CohortSource
    columns: dict[str, ClinicalColumn] | None = None
    endpoint: EndpointSource | None = None
    allow_leaky: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """Where new cases are, and the folder that relative paths start at."""

    file: SiteFile
    base: Path


def load_site(path: str | Path) -> Site:
    """Read where new cases are from a study file; what it says of models is not looked at.

    Raises
    ------
    StudyRefusedError
        As `load`, but for ``STU-05``: no preset is asked for.
    """
    path = Path(path)
    others = {*StudyFile.model_fields} - {*SiteFile.model_fields}
    document = {key: value for key, value in document_of(path, ()).items() if key not in others}
    return Site(parsed(SiteFile, document, path), path.parent.resolve())
