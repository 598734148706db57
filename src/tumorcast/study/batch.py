"""Radiomics of many images and masks without a study: PyRadiomics' batch file in and out."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tumorcast.engine import Task, run_tasks
from tumorcast.errors import BadInputError, Finding, StudyRefusedError, refuse
from tumorcast.radiomics import Settings, extract_with_reasons, settings_of
from tumorcast.study.progress import Progress, no_progress

Row = dict[str, Any]


@dataclass(frozen=True)
class BatchExtraction:
    """One row a region, in the order of the input, and what was found.

    Parameters
    ----------
    rows
        The input's columns, then ``diagnostics_*`` and features by PyRadiomics' names, then
        ``error``: why a row has no features.
    findings
        Exclusions, repairs and warnings, with the row's name as case.
    """

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether a row has no features."""
        return any(row["error"] for row in self.rows)

    def as_rows(self) -> list[Row]:
        """Return the rows as plain JSON: an undefined feature is ``None``."""
        return [{name: _json_value(value) for name, value in row.items()} for row in self.rows]

    def write(self, path: Path) -> None:
        """Write the wide CSV that PyRadiomics writes; the cell of an undefined feature is empty."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [*(n for n in names if n != "error"), "error"])
            writer.writeheader()
            writer.writerows(self.as_rows())


def extract(
    image: str | Path,
    mask: str | Path | None = None,
    *,
    preset: str | None = None,
    params: str | Path | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> BatchExtraction:
    """Extract features of one image and mask, or of every row of a CSV.

    Parameters
    ----------
    image
        An image, or a CSV with the columns ``Image``, ``Mask`` and optionally ``Label`` (in any
        case); relative paths in it start at its folder. Other columns are copied.
    mask
        The mask; ``None`` when `image` is a CSV.

    Raises
    ------
    StudyRefusedError
        ``EXT-01`` the CSV lacks a column, ``EXT-02`` a mask is missing, and whatever is wrong
        with the settings. A row that cannot be used does not stop the others.
    """
    settings = settings_of(preset, params)
    source = Path(image)
    if mask is not None:
        rows: list[Row] = [{"Image": str(image), "Mask": str(mask)}]
        folder = Path()
    elif source.suffix.lower() == ".csv":
        rows, folder = _rows_of(source), source.parent
    else:
        raise refuse(
            "EXT-02",
            f"no mask was given for {image}",
            expected="an image and a mask, or a CSV with Image and Mask",
            fix="give the mask as the second argument",
        )
    return _extracted(rows, folder, settings, workers, progress)


def _rows_of(path: Path) -> list[Row]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows: list[Row] = list(csv.DictReader(file))
    except OSError as error:
        raise refuse(
            "EXT-01",
            f"the file cannot be read ({error.strerror})",
            expected="a CSV with the columns Image and Mask",
            fix="check the path",
            file=str(path),
        ) from None
    found = {name.lower(): name for name in (rows[0] if rows else {})}
    if "image" not in found or "mask" not in found:
        raise refuse(
            "EXT-01",
            f"the columns are {', '.join(found.values()) or 'none'}",
            expected="Image and Mask, and one row a region",
            fix="name the columns Image and Mask",
            file=str(path),
        )
    return [{_canonical(name): value for name, value in row.items()} for row in rows]


def _canonical(name: str) -> str:
    return name.title() if name.lower() in {"image", "mask", "label"} else name


def _extracted(
    rows: Sequence[Row], folder: Path, settings: Settings, workers: int, progress: Progress
) -> BatchExtraction:
    tasks = [
        Task(str(number), _name(row), _extract_row, (row, folder, settings))
        for number, row in enumerate(rows)
    ]
    results = run_tasks(
        tasks,
        workers=min(workers, len(tasks)),
        on_progress=lambda done, total, _: progress("regions", done, total),
    )
    done: dict[int, Row] = {}
    findings: dict[int, list[Finding]] = {}
    for result in results:
        number = int(result.task.key)
        if isinstance(result.error, StudyRefusedError):
            raise result.error
        if result.value is None:
            done[number], findings[number] = _failed(rows[number], result.error)
        else:
            done[number], findings[number] = result.value
    order = range(len(rows))
    return BatchExtraction(
        tuple(done[i] for i in order), tuple(f for i in order for f in findings[i])
    )


def _extract_row(row: Row, folder: Path, settings: Settings) -> tuple[Row, list[Finding]]:
    label = row.get("Label")
    if label:
        settings = replace(settings, options=replace(settings.options, label=int(label)))
    found = extract_with_reasons(folder / row["Image"], folder / row["Mask"], params=settings)
    findings = [replace(finding, case=_name(row)) for finding in found.findings]
    return {**row, **found.diagnostics, **found.values, "error": ""}, findings


def _failed(row: Row, error: Exception | None) -> tuple[Row, list[Finding]]:
    if isinstance(error, BadInputError):
        finding = error.for_case(_name(row))
        return {**row, "error": f"{finding.code}: {finding.found}"}, [finding]
    finding = Finding(
        "INT-01",
        "excluded",
        f"the extraction failed: {error}",
        "",
        "this is a fault of the program or the machine, not of the input",
        case=_name(row),
    )
    return {**row, "error": finding.found}, [finding]


def _name(row: Mapping[str, Any]) -> str:
    label = f" label {row['Label']}" if row.get("Label") else ""
    return f"{row['Image']} {row['Mask']}{label}"


def _json_value(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
