"""Radiomics of one image and mask, or of many, without a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumorcast.engine import Store, Task, TaskResult, key_of, run_tasks
from tumorcast.errors import BadInputError, Finding, StudyRefusedError
from tumorcast.imaging import Region, Unit, region_named
from tumorcast.radiomics import Extraction, Params, Settings, extract_in_regions, settings_of
from tumorcast.study.case_list import ListedCase, listed_cases
from tumorcast.study.feature_files import BatchExtraction, MeasuredRegion
from tumorcast.study.identity import program_version
from tumorcast.study.progress import Progress, no_progress

if TYPE_CHECKING:
    from tumorcast.radiomics.inputs import ImageLike, MaskLike


@dataclass(frozen=True)
class Measurement:
    """What is measured of every case."""

    settings: Settings
    regions: tuple[Region, ...]
    unit: Unit | None = None

    def of_case(self, case: ListedCase) -> Measurement:
        """Return the measurement with the label and the channel that the case names."""
        options = self.settings.options
        options = options if case.label is None else replace(options, label=case.label)
        options = options if case.channel is None else replace(options, label_channel=case.channel)
        return replace(self, settings=replace(self.settings, options=options))

    def key(self, inputs: Sequence[str]) -> str:
        """Return the key of its result on inputs with these digests."""
        parameters = {
            "settings": self.settings.as_dict(),
            "regions": [repr(region) for region in self.regions],
            "unit": self.unit,
        }
        return key_of("extract", program_version(), parameters, inputs)


def extract(
    image: ImageLike,
    mask: MaskLike | None = None,
    *,
    preset: str | None = None,
    params: Params | None = None,
    regions: Sequence[str] = ("tumor",),
    unit: Unit | None = None,
    workers: int = 1,
    store: str | Path | None = None,
    progress: Progress = no_progress,
) -> BatchExtraction:
    """Extract features of one image and mask, or of every row of a table.

    Parameters
    ----------
    image
        An image (a path, a `Volume` or a SimpleITK image), or the path of a table as
        `read_case_list` takes it.
    mask
        The mask (a path, a `Mask` or a SimpleITK image); ``None`` when `image` is a table.
    preset, params
        Name of a preset, or PyRadiomics parameters. Exactly one.
    regions
        Names such as ``tumor``, ``shell_0_5mm``, ``dilation_3mm``; each has the values that it
        has alone, and regions of the same box share their resampled and filtered images.
    unit
        What the voxels of files that do not say so measure; in HU, shells leave out air.
    workers
        Processes. The number changes no bit of the result.
    store
        Folder in which finished cases are kept: an interrupted call continues there, and a
        repeated one is instant. ``None`` keeps nothing.

    Raises
    ------
    StudyRefusedError
        ``EXT-02`` a mask is missing, ``REG-02`` a region is unknown, and whatever is wrong with
        the table as a whole or with the settings. A case that cannot be used does not stop the
        others.
    """
    measurement = Measurement(
        settings_of(preset, params), tuple(region_named(name) for name in regions), unit
    )
    cases, findings = listed_cases(image, mask)
    kept = None if store is None else Store(Path(store))
    found, more = _measured(cases, measurement, workers, kept, progress)
    return BatchExtraction(tuple(found), (*findings, *more), len(measurement.regions) > 1)


def _measured(
    cases: Sequence[ListedCase],
    measurement: Measurement,
    workers: int,
    store: Store | None,
    progress: Progress,
) -> tuple[list[MeasuredRegion], list[Finding]]:
    tasks = [_task(case, measurement) for case in cases]
    wanted = {task.key: task for task in reversed(tasks) if isinstance(task, Task)}
    answers = {
        result.task.key: result
        for result in run_tasks(
            list(reversed(wanted.values())),
            workers=max(1, min(workers, len(wanted))),
            store=store,
            on_progress=lambda done, total, _: progress("cases", done, total),
        )
    }
    first: dict[str, str] = {}
    found: list[MeasuredRegion] = []
    findings: list[Finding] = []
    for case, task in zip(cases, tasks, strict=True):
        if isinstance(task, BadInputError):
            rows, more = _failed(case, task)
        else:
            rows, more = _answered(case, answers[task.key])
            earlier = first.setdefault(task.key, case.name)
            more += [_twin(case, earlier)] if earlier != case.name else []
        found += rows
        findings += more
    return found, findings


def _task(case: ListedCase, measurement: Measurement) -> Task[Any] | BadInputError:
    """Return the task of a case, or why there is none."""
    measurement = measurement.of_case(case)
    try:
        inputs = case.digests()
    except BadInputError as fault:
        return fault
    return Task(measurement.key(inputs), case.name, _measure, (case, measurement))


def _measure(case: ListedCase, measurement: Measurement) -> list[dict[str, Any]]:
    found = extract_in_regions(
        case.image,
        case.mask,
        measurement.regions,
        params=measurement.settings,
        unit=measurement.unit,
    )
    return [_plain(name, extraction) for name, extraction in found.items()]


def _plain(region: str, extraction: Extraction) -> dict[str, Any]:
    """Return an extraction as the store keeps it; diagnostics read as PyRadiomics writes them."""
    facts = extraction.diagnostics.items()
    return {
        "region": region,
        "values": dict(extraction.values),
        "reasons": dict(extraction.reasons),
        "diagnostics": {k: v if isinstance(v, str | int | float) else str(v) for k, v in facts},
        "findings": [asdict(finding) for finding in extraction.findings],
    }


def _answered(
    case: ListedCase, result: TaskResult[list[dict[str, Any]]]
) -> tuple[list[MeasuredRegion], list[Finding]]:
    if isinstance(result.error, StudyRefusedError):
        raise result.error
    if result.value is None:
        return _failed(case, result.error)
    rows = [
        MeasuredRegion(
            case.carried,
            region["region"],
            region["values"],
            region["reasons"],
            region["diagnostics"],
        )
        for region in result.value
    ]
    told = [Finding(**found) for region in result.value for found in region["findings"]]
    return rows, [replace(finding, case=case.name) for finding in dict.fromkeys(told)]


def _failed(
    case: ListedCase, error: Exception | None
) -> tuple[list[MeasuredRegion], list[Finding]]:
    finding = case.why_lost(error)
    return [MeasuredRegion(case.carried, error=f"{finding.code}: {finding.found}")], [finding]


def _twin(case: ListedCase, earlier: str) -> Finding:
    return Finding(
        "EXT-04",
        "warning",
        f"the same image, mask and label as {earlier}",
        "one row a region",
        "delete one of them, unless both are meant",
        case=case.name,
    )
