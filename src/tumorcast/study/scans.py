"""The scans of a study without its outcome: read, judged and cut into crops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tumorcast.cohort import CaseReport, Cohort, Extractor, ImageFacts, survey_cohort
from tumorcast.encoders import PlacedCrop
from tumorcast.errors import StudyRefusedError
from tumorcast.features import MappedArray
from tumorcast.study.crop_file import CropFile
from tumorcast.study.extraction import Job, Machinery, judge_images, run_jobs
from tumorcast.study.lesions import crop_of_lesions
from tumorcast.study.load import document_of, parsed
from tumorcast.study.networks import crop_extractor
from tumorcast.study.quality import Quality
from tumorcast.study.schema import ScansFile, StudyFile


@dataclass(frozen=True)
class Located:
    """A crop of a case: the file, and its row there."""

    case: str
    array: MappedArray
    row: int


@dataclass(frozen=True)
class Scans:
    """Cases whose images were read and judged.

    Parameters
    ----------
    file
        What there is to be seen.
    cohort
        The cases that can be used.
    images
        Facts about the images of each.
    quality
        Every finding.
    machinery
        With what stands for ids that are hashed.
    """

    file: ScansFile
    cohort: Cohort
    images: Mapping[str, tuple[ImageFacts, ...]]
    quality: Quality
    machinery: Machinery

    def crops(
        self, image: str, cohort: Cohort, folder: Path, places: int
    ) -> tuple[list[Located], Quality]:
        """Write the crops of an image into files in `folder`.

        Parameters
        ----------
        places
            Crops at random places of the body of a case on whose image nothing is drawn; any other
            case has the one around its tumour.

        Returns
        -------
        Where each crop lies, and what was found.
        """
        crop = self.file.crops[image]
        around = crop_extractor(image, crop)
        drawn, undrawn = _by_drawing(cohort, image, crop.grid_of or image)
        wanted: dict[str, tuple[Extractor[Any], Cohort]] = {
            image: (crop_of_lesions(self.file, image, around), drawn),
            **{f"{image} {n}": (PlacedCrop(around, n), undrawn) for n in range(places)},
        }
        located: list[Located] = []
        quality = self.quality
        for name, (extractor, cases) in wanted.items():
            if not len(cases):
                continue
            file = CropFile(folder, name, cases.case_ids, crop.size_voxels)
            job = Job(name, extractor, (image,), crop_of=name)
            found = run_jobs(f"crops {name}", [job], cases, self.machinery, {name: file})
            quality = quality.with_findings(found.findings, found.failed)
            mapped = file.close()
            located += [Located(case, mapped.array, row) for case, row in mapped.rows.items()]
        return located, quality


def _by_drawing(cohort: Cohort, image: str, grid_of: str) -> tuple[Cohort, Cohort]:
    """Return the cases with something drawn on an image or the one it goes by, and the others."""
    drawn = [
        case.case_id
        for case in cohort
        if any(name in case.images and case.images[name].mask for name in (image, grid_of))
    ]
    undrawn = [case_id for case_id in cohort.case_ids if case_id not in set(drawn)]
    return cohort.select(drawn), cohort.select(undrawn)


def load_scans(path: str | Path, overrides: Sequence[str] = ()) -> ScansFile:
    """Read of a study file what `ScansFile` holds; the rest may be absent and is not judged.

    Raises
    ------
    StudyRefusedError
        ``STU-01`` to ``STU-04`` and ``STU-06`` as `tumorcast.study.load`.
    """
    document = document_of(Path(path), overrides)
    not_asked = set(StudyFile.model_fields) - set(ScansFile.model_fields)
    return parsed(
        ScansFile,
        {key: value for key, value in document.items() if key not in not_asked},
        Path(path),
    )


def read_scans(file: ScansFile, base: Path, machinery: Machinery) -> Scans:
    """Read tables and images of every case and judge them; no outcome, no clinical column.

    Raises
    ------
    StudyRefusedError
        Whatever stops a study: tables that cannot be read, patients not told apart, a choice that
        the study has to make.
    """
    reading = survey_cohort(
        file.cohort, {}, None, base, on_progress=partial(machinery.progress, "headers")
    )
    machinery = replace(machinery, names=reading.names)
    judged = judge_images(reading.cohort, tuple(file.cohort.images), machinery)
    reports = {case: CaseReport.of_dict(one) for case, one in judged.by_job["check"].items()}
    quality = Quality(reading.case_ids, (*reading.findings, *judged.findings), judged.failed)
    quality = quality.with_findings(f for one in reports.values() for f in one.findings)
    if quality.stopping:
        raise StudyRefusedError(quality.stopping)
    images = {case: report.images for case, report in reports.items()}
    return Scans(file, reading.cohort.select(quality.usable), images, quality, machinery)
