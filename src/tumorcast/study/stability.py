"""Which features another outline, grid or noise would change: agreement over many cases."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.engine import Store, Task, key_of, run_tasks
from tumorcast.errors import BadInputError, Finding, StudyRefusedError, refuse
from tumorcast.imaging import Unit, region_named
from tumorcast.radiomics import Params, RadiomicsExtractor, settings_of
from tumorcast.radiomics.perturb import Perturbations, PerturbedExtractor
from tumorcast.study.agreement import LIMITS, agreement_table, lacking_finding, stacked
from tumorcast.study.batch import Measurement
from tumorcast.study.case_list import ListedCase, listed_cases
from tumorcast.study.feature_files import writer_of, written_whole
from tumorcast.study.identity import program_version
from tumorcast.study.progress import Progress, no_progress

if TYPE_CHECKING:
    from tumorcast.radiomics.inputs import ImageLike, MaskLike

_IMAGE = "image"
_MIN_CASES = 3

Repeats = Mapping[str, NDArray[Any]]
"""What `PerturbedExtractor.measure` returns."""


@dataclass(frozen=True)
class Stability:
    """How well each feature agrees over the perturbations of the same case.

    Parameters
    ----------
    table
        One row a region and feature: ``region``, ``image_filter``, ``family``, ``name``,
        ``feature``, ``n_cases`` (those with the feature in every repeat), ``n_repeats``, ``icc``
        (ICC(1,1)) with ``ci_low`` and ``ci_high``; ``mean`` and ``within_sd``, the standard
        deviation of one case's repeats, both in the feature's unit; with crossed perturbations
        also ``icc_consistency`` (ICC(3,1)) with its interval. Of one case alone the agreement is
        NaN: it needs the spread between cases.
    draws
        What was done to which case: one row a case and repeat, ``lacking`` with the reason why a
        repeat lacks features.
    findings
        Cases that could not be used, and those that lack features in some repeats.
    """

    table: pd.DataFrame
    draws: pd.DataFrame
    findings: tuple[Finding, ...]

    @property
    def lost(self) -> bool:
        """Whether a case could not be used."""
        return any(finding.consequence == "excluded" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return agreement and findings as plain JSON: what is not defined is ``None``."""
        rows = json.loads(self.table.to_json(orient="records", double_precision=15))
        return {"agreement": rows, "findings": [finding.as_dict() for finding in self.findings]}

    def write(self, path: Path) -> None:
        """Write the table (``.csv`` or ``.parquet``).

        Beside it stand the draws, ``NAME.draws`` of the same kind, and ``NAME.findings.json``.

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
        findings = self.as_dict()["findings"]
        path.with_name(f"{path.stem}.findings.json").write_text(
            json.dumps(findings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def by_family(self) -> pd.DataFrame:
        """Return of each family how many features there are and how many reach which ICC."""
        reached = {f"icc>={limit}": self.table["icc"] >= limit for limit in LIMITS}
        grouped = self.table.assign(**reached).groupby(["region", "family"], sort=False)
        counts = grouped[list(reached)].sum()
        counts.insert(0, "features", grouped.size())
        return counts.assign(median_icc=grouped["icc"].median()).reset_index()


def stability(
    image: ImageLike,
    mask: MaskLike | None = None,
    *,
    perturbations: Perturbations,
    preset: str | None = None,
    params: Params | None = None,
    regions: Sequence[str] = ("tumor",),
    unit: Unit | None = None,
    workers: int = 1,
    store: str | Path | None = None,
    progress: Progress = no_progress,
) -> Stability:
    """Measure every case on each of its perturbations and return the features' agreement.

    Parameters
    ----------
    perturbations
        What is done to each case, how often and from which seed.
    image, mask, preset, params, regions, unit, workers, store
        As for `tumorcast.study.extract`.

    Raises
    ------
    StudyRefusedError
        ``STB-03`` fewer than three cases of a table can be used; whatever is wrong with the
        table or the settings as a whole. A case that cannot be used does not stop the others.
    """
    measurement = Measurement(
        settings_of(preset, params), tuple(region_named(name) for name in regions), unit
    )
    asked = _Asked(measurement, perturbations)
    listed, findings = listed_cases(image, mask)
    kept = None if store is None else Store(Path(store))
    found, lost = _measured(listed, asked, workers, kept, progress)
    needed = _MIN_CASES if mask is None else 1
    if len(found) < needed:
        raise StudyRefusedError([*lost, _too_few(len(found), needed)])
    columns, values = stacked(list(found.values()))
    table = agreement_table(columns, values, crossed=perturbations.crossed)
    lacking = [lacking_finding(name, case["lacking"].tolist()) for name, case in found.items()]
    return Stability(table, _draws(found), (*findings, *lost, *filter(None, lacking)))


@dataclass(frozen=True)
class _Asked:
    """What is measured of every case, and on which perturbations."""

    measurement: Measurement
    perturbations: Perturbations

    def __post_init__(self) -> None:
        self.extractor(self.measurement)  # settings that cannot be perturbed are refused here

    def extractor(self, measurement: Measurement) -> PerturbedExtractor:
        radiomics = RadiomicsExtractor(_IMAGE, measurement.regions, measurement.settings)
        return PerturbedExtractor(radiomics, self.perturbations)

    def task(self, case: ListedCase) -> Task[Any]:
        """Return the task of a case; raises as `ListedCase.digests`."""
        measurement = self.measurement.of_case(case)
        extractor = self.extractor(measurement)
        digest = measurement.key(case.digests())
        version = f"{extractor.version} {program_version()}"
        key = key_of(extractor.name, version, extractor.parameters(), [digest])
        return Task(key, case.name, _extract, (case, measurement, extractor, digest))


def _extract(
    case: ListedCase, measurement: Measurement, extractor: PerturbedExtractor, digest: str
) -> Repeats:
    from tumorcast.radiomics.inputs import scan_of  # noqa: PLC0415  (SimpleITK is heavy)

    scan = scan_of(case.image, case.mask, measurement.settings.options, [])
    if measurement.unit is not None:
        scan = replace(scan, volume=replace(scan.volume, unit=measurement.unit))
    return extractor.measure(scan, digest)


def _measured(
    listed: Sequence[ListedCase],
    asked: _Asked,
    workers: int,
    store: Store | None,
    progress: Progress,
) -> tuple[dict[str, Repeats], list[Finding]]:
    tasks: dict[str, Task[Any]] = {}
    cases: dict[str, ListedCase] = {}
    lost: list[Finding] = []
    for case in listed:
        try:
            task = asked.task(case)
        except BadInputError as fault:
            lost.append(case.why_lost(fault))
            continue
        if task.key in tasks:
            lost.append(_twin(case.name, cases[task.key].name))
        else:
            tasks[task.key], cases[task.key] = task, case
    results = run_tasks(
        list(tasks.values()),
        workers=max(1, min(workers, len(tasks))),
        store=store,
        on_progress=lambda done, total, _: progress("cases", done, total),
    )
    found: dict[str, Repeats] = {}
    for result in results:
        if isinstance(result.error, StudyRefusedError):
            raise result.error
        if result.value is None:
            lost.append(cases[result.task.key].why_lost(result.error))
        else:
            found[cases[result.task.key].name] = result.value
    return {case.name: found[case.name] for case in cases.values() if case.name in found}, lost


def _draws(found: Mapping[str, Repeats]) -> pd.DataFrame:
    frames = [
        pd.DataFrame(case["draws"], columns=case["drawn"].tolist()).assign(
            case=name, repeat=np.arange(len(case["draws"])), lacking=case["lacking"].astype(object)
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


def _too_few(count: int, needed: int) -> Finding:
    return refuse(
        "STB-03",
        f"{count} cases that can be used",
        expected=f"at least {needed}; agreement is spread between cases against spread within",
        fix="list more cases, or mend those that are named above",
    ).findings[0]
