"""Repeated measurements of a study's features, for the selection of stable ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.cohort import Cohort
from tumorcast.errors import Finding
from tumorcast.features import FeatureTable, MappedArray, PerturbedBlock
from tumorcast.radiomics import RadiomicsExtractor
from tumorcast.radiomics.perturb import Perturbations, PerturbedExtractor
from tumorcast.study.agreement import agreement_table, lacking_finding, stacked
from tumorcast.study.schema import Arm, StabilitySpec, StudyFile


def perturbed_extractor(
    spec: StabilitySpec, radiomics: RadiomicsExtractor, seed: int
) -> PerturbedExtractor:
    """Return the extractor of an image's repeated features.

    Raises
    ------
    StudyRefusedError
        ``STB-02`` as `PerturbedExtractor`.
    """
    chosen = seed if spec.seed is None else spec.seed
    return PerturbedExtractor(radiomics, Perturbations(spec.perturbations, spec.repeats, chosen))


def perturbed_block(
    cohort: Cohort, by_case: Mapping[str, Mapping[str, NDArray[Any]]], path: Path
) -> PerturbedBlock:
    """Return the repeats of all cases, laid out in a file; NaN where a case has none."""
    present = [case_id for case_id in cohort.case_ids if case_id in by_case]
    columns, values = stacked([by_case[case_id] for case_id in present])
    whole = np.full((len(cohort), *values.shape[1:]), np.nan)
    whole[[case_id in by_case for case_id in cohort.case_ids]] = values
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, whole)
    return PerturbedBlock.of(MappedArray(path), columns)


def lacking_findings(by_job: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield a warning for every case that lacks features of an image in some repeats (``STB-04``).

    Parameters
    ----------
    by_job
        Results by extractor and case; those of ``perturbed IMAGE`` are looked at.
    """
    for label, by_case in by_job.items():
        if label.startswith("perturbed "):
            found = (
                lacking_finding(name, case["lacking"].tolist()) for name, case in by_case.items()
            )
            yield from filter(None, found)


def whole_agreement(table: FeatureTable) -> pd.DataFrame | None:
    """Return the agreement over all cases: to be read, never to be selected by.

    Returns
    -------
    As `tumorcast.study.stability.Stability.table`; ``None`` when nothing was perturbed.
    """
    frames = [
        agreement_table(block.columns, block.load(block.columns), crossed=False)
        for block in table.perturbed
    ]
    return pd.concat(frames, ignore_index=True) if frames else None


def stability_findings(file: StudyFile, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    """Refuse arms that ask for stable features where none is measured again (``PLN-06``)."""
    asking = [name for name, arm in arms.items() if arm.select and arm.select.stable]
    if asking and not any(spec.stability for spec in file.radiomics.values()):
        yield Finding(
            "PLN-06",
            "refused",
            f"stable features are selected in {', '.join(asking)}, but nothing is perturbed",
            "stability: under radiomics of an image",
            "declare radiomics.IMAGE.stability: {perturbations: [contour, volume], repeats: 10}, "
            "or leave out stable",
        )
