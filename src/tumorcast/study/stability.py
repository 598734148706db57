"""Which features another outline, grid or noise would change: agreement over many cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.cohort import Case, ImageSource
from tumorcast.engine import Store, Task, key_of, run_tasks
from tumorcast.errors import BadInputError, Finding, StudyRefusedError, refuse
from tumorcast.imaging import Unit, region_named
from tumorcast.radiomics import Params, RadiomicsExtractor, settings_of
from tumorcast.radiomics.perturb import Perturbations, PerturbedExtractor
from tumorcast.study.agreement import agreement_table, stacked
from tumorcast.study.case_list import ListedCase, read_case_list
from tumorcast.study.feature_files import writer_of, written_whole
from tumorcast.study.identity import program_version
from tumorcast.study.progress import Progress, no_progress

_IMAGE = "image"
_MIN_CASES = 3


@dataclass(frozen=True)
class Stability:
    """How well each feature agrees over the perturbations of the same case.

    Parameters
    ----------
    table
        One row a region and feature: ``region``, ``image_filter``, ``family``, ``name``,
        ``feature``, ``n_cases`` (those with the feature in every repeat), ``n_repeats``, ``icc``
        (ICC(1,1)) with ``ci_low`` and ``ci_high``; with crossed perturbations also
        ``icc_consistency`` (ICC(3,1)) with its interval.
    draws
        What was done to which case: one row a case and repeat.
    findings
        Cases that could not be used.
    """

    table: pd.DataFrame
    draws: pd.DataFrame
    findings: tuple[Finding, ...]

    def write(self, path: Path) -> None:
        """Write the table (``.csv`` or ``.parquet``) and beside it, as ``NAME.draws``, the draws.

        Raises
        ------
        StudyRefusedError
            ``EXT-05`` the file's name ends in neither.
        """
        writer_of(path)
        beside = path.with_name(f"{path.stem}.draws{path.suffix}")
        for frame, target in ((self.draws, beside), (self.table, path)):
            with written_whole(target) as partial:
                if path.suffix.lower() == ".csv":
                    frame.to_csv(partial, index=False)
                else:
                    frame.to_parquet(partial, index=False)

    def by_family(self, min_icc: float) -> pd.DataFrame:
        """Return of each family how many features there are and how many reach an ICC."""
        reached = self.table.assign(stable=self.table["icc"] >= min_icc)
        grouped = reached.groupby(["region", "family"], sort=False)
        return grouped.agg(
            features=("icc", "size"), stable=("stable", "sum"), median_icc=("icc", "median")
        ).reset_index()


def stability(
    cases: str | Path,
    perturbations: Perturbations,
    *,
    preset: str | None = None,
    params: Params | None = None,
    regions: Sequence[str] = ("tumor",),
    unit: Unit = "arbitrary",
    workers: int = 1,
    store: str | Path | None = None,
    progress: Progress = no_progress,
) -> Stability:
    """Measure every case on each of its perturbations and return the features' agreement.

    Parameters
    ----------
    cases
        A table as `read_case_list` takes it.
    perturbations
        What is done to each case, how often and from which seed.
    preset, params, regions, unit, workers, store
        As for `tumorcast.study.extract`.

    Raises
    ------
    StudyRefusedError
        ``STB-03`` fewer than three cases can be used; whatever is wrong with the table or the
        settings as a whole.
    """
    radiomics = RadiomicsExtractor(
        _IMAGE, tuple(region_named(name) for name in regions), settings_of(preset, params)
    )
    extractor = PerturbedExtractor(radiomics, perturbations)
    listed, findings = read_case_list(Path(cases))
    kept = None if store is None else Store(Path(store))
    found, lost = _measured(listed, extractor, unit, workers, kept, progress)
    if len(found) < _MIN_CASES:
        raise StudyRefusedError([*lost, _too_few(len(found))])
    columns, values = stacked(list(found.values()))
    table = agreement_table(columns, values, crossed=perturbations.crossed)
    return Stability(table, _draws(found), (*findings, *lost))


def _measured(
    listed: Sequence[ListedCase],
    extractor: PerturbedExtractor,
    unit: Unit,
    workers: int,
    store: Store | None,
    progress: Progress,
) -> tuple[dict[str, Mapping[str, NDArray[Any]]], list[Finding]]:
    tasks: dict[str, Task[Any]] = {}
    names: dict[str, str] = {}
    lost: list[Finding] = []
    for row in listed:
        try:
            task = _task(row, extractor, unit)
        except BadInputError as fault:
            lost.append(fault.for_case(row.name))
            continue
        if task.key in tasks:
            lost.append(_twin(row.name, names[task.key]))
        else:
            tasks[task.key], names[task.key] = task, row.name
    results = run_tasks(
        list(tasks.values()),
        workers=max(1, min(workers, len(tasks))),
        store=store,
        on_progress=lambda done, total, _: progress("cases", done, total),
    )
    found: dict[str, Mapping[str, NDArray[Any]]] = {}
    for result in results:
        if isinstance(result.error, BadInputError):
            lost.append(result.error.for_case(names[result.task.key]))
        else:
            found[names[result.task.key]] = result.get()
    return {name: found[name] for name in names.values() if name in found}, lost


def _task(row: ListedCase, extractor: PerturbedExtractor, unit: Unit) -> Task[Any]:
    if row.fault is not None:
        raise row.fault
    source = ImageSource(Path(str(row.image)), Path(str(row.mask)), unit, label=row.label)
    case = Case(row.name, row.name, images={_IMAGE: source})
    try:
        digest = extractor.input_digest(case)
    except OSError as error:
        raise BadInputError(
            "IMG-02",
            f"the file cannot be read ({error.strerror})",
            expected="an image and a mask",
            fix="check the path; relative paths start at the folder of the table",
            file=str(error.filename),
        ) from None
    version = f"{extractor.version} {program_version()}"
    key = key_of(extractor.name, version, extractor.parameters(), [digest])
    return Task(key, row.name, _extract, (extractor, case))


def _extract(extractor: PerturbedExtractor, case: Case) -> dict[str, NDArray[Any]]:
    return extractor.extract(case)


def _draws(found: Mapping[str, Mapping[str, NDArray[Any]]]) -> pd.DataFrame:
    frames = [
        pd.DataFrame(case["draws"], columns=case["drawn"].tolist()).assign(
            case=name, repeat=np.arange(len(case["draws"]))
        )
        for name, case in found.items()
    ]
    whole = pd.concat(frames, ignore_index=True)
    return whole[["case", "repeat", *(c for c in whole.columns if c not in {"case", "repeat"})]]


def _twin(name: str, earlier: str) -> Finding:
    return Finding(
        "EXT-04",
        "excluded",
        f"the same image, mask and label as {earlier}",
        "every case once: a copy agrees with itself",
        "delete one of them",
        case=name,
    )


def _too_few(count: int) -> Finding:
    return refuse(
        "STB-03",
        f"{count} cases that can be used",
        expected=f"at least {_MIN_CASES}; agreement is spread between cases against spread within",
        fix="list more cases, or mend those that are named above",
    ).findings[0]
