"""What a run directory holds, read once; the only place of the report that opens files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.validation import Predictions

Document = Mapping[str, Any]


@dataclass(frozen=True)
class RunFiles:
    """The artefacts of a run. Only predictions and metrics must be there.

    Parameters
    ----------
    root
        The run directory.
    predictions
        Out-of-fold predictions.
    metrics, plan, quality, run, cohort, scepticism, checks
        The JSON documents of these names; empty if absent.
    features
        One row a case, indexed by case id; ``None`` if absent.
    ledger
        One row a fitted step; ``None`` if absent.
    importance
        One row a column that a fitted model uses; ``None`` if absent.
    stability
        One row a feature with its agreement over perturbations; ``None`` if absent.
    gallery, cases
        Example cases, and small pictures of all cases, in the order of their file names.
    """

    root: Path
    predictions: Predictions
    metrics: Document
    plan: Document = field(default_factory=dict)
    quality: Document = field(default_factory=dict)
    run: Document = field(default_factory=dict)
    cohort: Document = field(default_factory=dict)
    scepticism: Document = field(default_factory=dict)
    checks: Document = field(default_factory=dict)
    features: pd.DataFrame | None = None
    ledger: pd.DataFrame | None = None
    importance: pd.DataFrame | None = None
    stability: pd.DataFrame | None = None
    gallery: tuple[Path, ...] = ()
    cases: tuple[Path, ...] = ()

    @property
    def study(self) -> Document:
        """The study file as the plan resolved it."""
        study: Document = self.plan.get("study", {})
        return study

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the classes of the endpoint; empty where it is an event."""
        return self.predictions.levels

    @property
    def arms(self) -> Document:
        """The arms, the baselines included, by name."""
        arms: Document = self.plan.get("arms") or {}
        return arms

    @classmethod
    def read(cls, run_dir: Path) -> RunFiles:
        """Read a run directory.

        Raises
        ------
        StudyRefusedError
            ``RUN-01`` when the folder is no finished run, ``RUN-02`` when a file of it is damaged.
        """
        require_files(run_dir, ("predictions.parquet", "metrics.json"))
        return cls(
            root=run_dir,
            predictions=_predictions(run_dir / "predictions.parquet"),
            metrics=document_of(run_dir / "metrics.json"),
            plan=document_of(run_dir / "plan.json"),
            quality=document_of(run_dir / "quality.json"),
            run=document_of(run_dir / "run.json"),
            features=_table(run_dir / "features.parquet"),
            ledger=_table(run_dir / "ledger.parquet"),
            importance=_table(run_dir / "importance.parquet"),
            stability=_table(run_dir / "stability.parquet"),
            cohort=document_of(run_dir / "cohort.json"),
            scepticism=document_of(run_dir / "scepticism.json"),
            checks=document_of(run_dir / "checks.json"),
            cases=tuple(sorted((run_dir / "cases").glob("*.npz"))),
            gallery=tuple(sorted((run_dir / "gallery").glob("*.npz"))),
        )


def require_files(run_dir: Path, names: Sequence[str]) -> None:
    """Refuse a folder without these files, with ``RUN-01``: it is no finished run."""
    for name in names:
        if not (run_dir / name).is_file():
            raise refuse(
                "RUN-01",
                f"{run_dir} holds no {name}",
                expected="the directory of a finished run",
                fix="give the directory that `tumorcast run` wrote, or run again to resume",
                file=str(run_dir / name),
            )


def damaged(path: Path, error: Exception) -> StudyRefusedError:
    """Return the error for a file of the run that cannot be read."""
    return refuse(
        "RUN-02",
        f"{path.name} cannot be read ({type(error).__name__}: {error})",
        expected="the file as the run wrote it",
        fix="delete it and run again: what was computed is kept and only this file is rewritten",
        file=str(path),
    )


def _predictions(path: Path) -> Predictions:
    try:
        return Predictions.read(path)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def document_of(path: Path) -> Document:
    """Return a JSON document; empty when the file is absent.

    Raises
    ------
    StudyRefusedError
        ``RUN-02`` when it is damaged.
    """
    if not path.is_file():
        return {}
    try:
        document: Document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    return document


def _table(path: Path) -> pd.DataFrame | None:
    return table_of(path) if path.is_file() else None


def table_of(path: Path) -> pd.DataFrame:
    """Return a table of the run.

    Raises
    ------
    StudyRefusedError
        ``RUN-02`` when it is absent or damaged.
    """
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
