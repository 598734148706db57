"""The features of many regions, as PyRadiomics' wide table and as a tidy one."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tumorcast.errors import Finding, refuse
from tumorcast.features import ColumnName

Row = dict[str, Any]

_TOLD = 2
"""A preset that bins coarsely says so on every image of every case."""


@dataclass(frozen=True)
class MeasuredRegion:
    """What was measured in one region of one case, or why nothing was.

    Parameters
    ----------
    carried
        The columns of the input.
    region
        Such as ``tumor``; empty when the whole case failed.
    values, reasons, diagnostics
        As in `tumorcast.radiomics.Extraction`.
    error
        Why there are no features, else empty.
    """

    carried: Mapping[str, str]
    region: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    diagnostics: Mapping[str, object] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class BatchExtraction:
    """One row a region, in the order of the input, and what was found.

    Parameters
    ----------
    measured
        The regions of the first case, then those of the second, and so on.
    findings
        Exclusions, repairs and warnings, with the row's name as case.
    several
        Whether several regions were asked for; a column ``Region`` then tells them apart.
    """

    measured: tuple[MeasuredRegion, ...]
    findings: tuple[Finding, ...]
    several: bool = False

    @property
    def failed(self) -> bool:
        """Whether a case has no features."""
        return any(found.error for found in self.measured)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The wide table.

        The input's columns, ``Region`` where there are several, then ``diagnostics_*`` and
        features by PyRadiomics' names, then ``error``: why a row has no features.
        """
        return tuple(
            {
                **found.carried,
                **({"Region": found.region} if self.several else {}),
                **found.diagnostics,
                **found.values,
                "error": found.error,
            }
            for found in self.measured
        )

    def as_rows(self) -> list[Row]:
        """Return the wide table as plain JSON: an undefined feature is ``None``."""
        return [{name: _json_value(value) for name, value in row.items()} for row in self.rows]

    def tidy(self) -> Iterator[Row]:
        """Yield one row a feature, the parts of its name in columns of their own.

        A case without features has one row, with the reason in ``error``. A column of the input
        that is named like one of these is called ``input_NAME``.
        """
        for found in self.measured:
            if found.error:
                yield _tidy_row(found, "", math.nan)
            for feature, value in found.values.items():
                yield _tidy_row(found, feature, value)

    def told(self) -> Iterator[str]:
        """Yield a line for every case without features, and for a few findings of every kind."""
        seen: Counter[str] = Counter()
        for finding in self.findings:
            seen[finding.code] += 1
            if finding.consequence == "excluded" or seen[finding.code] <= _TOLD:
                yield finding.line()
        for code, count in seen.items():
            silent = sum(f.code == code and f.consequence != "excluded" for f in self.findings)
            if silent > _TOLD:
                yield f"{code}: {count} of them; all are in the file of findings beside the output"

    def write(self, path: Path) -> None:
        """Write the wide table (``.csv``) or the tidy one (``.parquet``), whole or not at all.

        In the CSV, the cell of an undefined feature is empty. The findings stand beside it, in
        ``NAME.findings.json``.

        Raises
        ------
        StudyRefusedError
            ``EXT-05`` the file's name ends in neither.
        """
        write = writer_of(path)
        with written_whole(path) as partial:
            write(self, partial)
        findings = [finding.as_dict() for finding in self.findings]
        path.with_name(f"{path.stem}.findings.json").write_text(
            json.dumps(findings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to, which becomes `path` when all is written."""
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _tidy_row(found: MeasuredRegion, feature: str, value: float) -> Row:
    name = ColumnName.parse(f"image.region.{feature}")
    ours = {
        "region": found.region,
        "image_filter": name.image_filter,
        "family": name.family,
        "name": name.feature,
        "feature": feature,
        "value": value,
        "reason": found.reasons.get(feature, ""),
        "error": found.error,
    }
    return {f"input_{k}" if k in ours else k: cell for k, cell in found.carried.items()} | ours


def _write_csv(extraction: BatchExtraction, path: Path) -> None:
    names = list(dict.fromkeys(name for row in extraction.rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*(n for n in names if n != "error"), "error"])
        writer.writeheader()
        writer.writerows(extraction.as_rows())


def _write_parquet(extraction: BatchExtraction, path: Path) -> None:
    import pandas as pd  # noqa: PLC0415

    pd.DataFrame(list(extraction.tidy())).to_parquet(path, index=False)


_WRITERS: Mapping[str, Callable[[BatchExtraction, Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}


def writer_of(path: Path) -> Callable[[BatchExtraction, Path], None]:
    """Return what writes files with this ending; raises as `BatchExtraction.write`."""
    if path.suffix.lower() not in _WRITERS:
        raise refuse(
            "EXT-05",
            f"features cannot be written to a file ending in '{path.suffix}'",
            expected="a name ending in .csv (wide) or .parquet (tidy)",
            fix="rename the output",
            file=str(path),
        )
    return _WRITERS[path.suffix.lower()]


def _json_value(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
