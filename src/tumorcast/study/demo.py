"""The whole line on a simulated cohort, for a first look and for planning."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from tumorcast.cohort.simulate import SimulatedFiles, simulate
from tumorcast.errors import refuse
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.run import RunResult, run

DEMO_CASES: Mapping[str, int] = {"hnscc-dm": 150, "net-pfs": 116}
"""Simulated patients of each recipe, so that two cores are done in a few minutes."""
SEED = 1


def demo(
    name: str,
    output: str | Path,
    *,
    cases: int | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> RunResult:
    """Simulate a cohort into ``OUTPUT/cohort``, write its study file and run it.

    Parameters
    ----------
    name
        ``"hnscc-dm"`` or ``"net-pfs"``.
    output
        Run directory.
    cases
        Number of patients; by default few enough for a few minutes.

    Raises
    ------
    StudyRefusedError
        ``DEM-01`` when there is no such demo.
    """
    if name not in DEMO_CASES:
        raise refuse(
            "DEM-01",
            f"there is no demo '{name}'",
            expected=f"one of {', '.join(DEMO_CASES)}",
            fix="choose one of them",
        )
    simulated = simulate(name, n=cases or DEMO_CASES[name], seed=SEED)
    done: list[str] = []

    def count(case_id: str) -> None:
        done.append(case_id)
        progress("simulation", len(done), len(simulated.cohort))

    files = simulated.write(Path(output) / "cohort", on_case=count)
    study = write_study(name, files)
    return run(study, output=output, workers=workers, progress=progress)


def write_study(name: str, files: SimulatedFiles) -> Path:
    """Write the recipe `name` as a study file beside a simulated cohort."""
    recipe = resources.files("tumorcast.study") / "recipes" / f"{name}.yaml"
    document: dict[str, Any] = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    document["cohort"] = _plain(files.cohort_source)
    document["columns"] = {key: _plain(column) for key, column in files.columns.items()}
    document["endpoint"] = _plain(files.endpoint)
    path = files.folder / "study.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def _plain(declared: Any) -> dict[str, Any]:
    plain: dict[str, Any] = declared.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return plain
