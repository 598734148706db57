"""What `tumorcast explain` left in a run directory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.report.run_files import document_of, table_of

FOLDER = "explanations"


@dataclass(frozen=True)
class Explanation:
    """Why the models of one arm predicted what they did.

    Parameters
    ----------
    folder
        ``explanations/ARM``.
    summary
        ``summary.json``.
    cases, blocks, columns, importance
        The tables of these names.
    """

    folder: Path
    summary: Mapping[str, Any]
    cases: pd.DataFrame
    blocks: pd.DataFrame
    columns: pd.DataFrame
    importance: pd.DataFrame

    @property
    def arm(self) -> str:
        """Whose models."""
        return str(self.summary["arm"])

    @property
    def horizon_days(self) -> float:
        """Infinite for the whole follow-up."""
        days = self.summary["horizon_days"]
        return math.inf if days is None else float(days)

    @property
    def pages(self) -> tuple[str, ...]:
        """Paths of the patients' pages, from the run directory."""
        found = sorted((self.folder / "patients").glob("*.html"))
        return tuple(f"{FOLDER}/{self.folder.name}/patients/{page.name}" for page in found)

    @classmethod
    def read(cls, folder: Path) -> Explanation:
        """Read the explanation of one arm.

        Raises
        ------
        StudyRefusedError
            ``RUN-02`` when a file is damaged.
        """
        return cls(
            folder,
            document_of(folder / "summary.json"),
            *(
                table_of(folder / f"{name}.parquet")
                for name in ("cases", "blocks", "columns", "importance")
            ),
        )


def read_explanations(run_dir: Path, lead: str) -> tuple[Explanation, ...]:
    """Return the explained arms of a run, the leading one first, the others by name."""
    found = [
        Explanation.read(path.parent) for path in sorted((run_dir / FOLDER).glob("*/summary.json"))
    ]
    return tuple(sorted(found, key=lambda one: (one.arm != lead, one.arm)))
