"""The whole line on a simulated cohort: a first look, and the published systems as recipes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from tumorcast.cohort.simulate import simulate
from tumorcast.errors import refuse
from tumorcast.study.attainable import write_attainable
from tumorcast.study.demo_weights import Scans, make_weights
from tumorcast.study.load import load
from tumorcast.study.plan import resolve
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.run import RunResult, run

SEED = 1
STUDY, RECIPE = "study.yaml", "recipe.yaml"


@dataclass(frozen=True)
class Recipe:
    """A shipped study file, and the size at which two cores are done with it in minutes.

    Parameters
    ----------
    population
        Whom the simulator draws.
    cases
        Patients.
    crop_voxels, max_epochs
        Of every crop and every network; ``None`` as the study file says.
    scans, full_scans
        What the weights that the study file names are pretrained on, small and full.
    """

    population: str
    cases: int
    crop_voxels: int | None = None
    max_epochs: int | None = None
    scans: Scans | None = None
    full_scans: Scans | None = None


RECIPES: Mapping[str, Recipe] = {
    "quick": Recipe("hnscc-dm", 150),
    "hnscc-dm": Recipe("hnscc-dm", 120, crop_voxels=16, max_epochs=2),
    "net-pfs": Recipe(
        "net-pfs",
        116,
        crop_voxels=32,
        max_epochs=6,
        scans=Scans("net-pfs", n=116, epochs=10),
        full_scans=Scans("net-pfs", n=600, epochs=100),
    ),
}
"""What `demo` knows, by the name of its study file."""


@dataclass(frozen=True)
class Size:
    """How much of a recipe is run; what is ``None`` is small.

    Parameters
    ----------
    cases
        Number of patients.
    crop_voxels
        Voxels along each side of every crop, over the same width of tissue.
    max_epochs
        Length of every network's training.
    full
        What is not given is that of the population and of the study file: meant for a GPU.
    without
        Arms that are left out, and the averages that need them.
    """

    cases: int | None = None
    crop_voxels: int | None = None
    max_epochs: int | None = None
    full: bool = False
    without: tuple[str, ...] = ()

    def of(self, recipe: Recipe) -> tuple[int | None, int | None, int | None]:
        """Return cases, voxels and epochs; ``None`` as population and study file say."""
        small = Recipe(recipe.population, 0) if self.full else recipe
        return (
            self.cases or small.cases or None,
            self.crop_voxels or small.crop_voxels,
            self.max_epochs or small.max_epochs,
        )


def demo(
    name: str,
    output: str | Path,
    *,
    size: Size | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> RunResult:
    """Simulate a cohort into ``OUTPUT/cohort``, write its study file and run it.

    ``OUTPUT/attainable.json`` says which AUROC each arm could reach at most.

    Parameters
    ----------
    name
        One of `RECIPES`.
    output
        Run directory.
    size
        By default few enough patients and voxels for some minutes.

    Raises
    ------
    StudyRefusedError
        ``DEM-01`` when there is no such demo, ``DEM-02`` when it lacks an arm that is to be left
        out; ``ENC-01`` when an arm cannot take crops of this size.
    """
    if name not in RECIPES:
        raise refuse(
            "DEM-01",
            f"there is no demo '{name}'",
            expected=f"one of {', '.join(RECIPES)}",
            fix="choose one of them",
        )
    recipe = RECIPES[name]
    size = size or Size()
    cases, crop_voxels, max_epochs = size.of(recipe)
    folder = Path(output) / "cohort"
    study = write_study(
        name, folder, crop_voxels=crop_voxels, max_epochs=max_epochs, without=size.without
    )
    scans = recipe.full_scans if size.full else recipe.scans
    if scans is not None:
        make_weights(load(study).file, folder, scans, workers=workers, progress=progress)
    plan = resolve(load(study))
    simulated = simulate(recipe.population, n=cases, seed=SEED)
    done: list[str] = []

    def count(case_id: str) -> None:
        done.append(case_id)
        progress("simulation", len(done), len(simulated.cohort))

    simulated.write(folder, on_case=count)
    write_attainable(Path(output), plan, simulated)
    return run(study, output=output, workers=workers, progress=progress)


def write_study(
    name: str,
    folder: Path,
    *,
    crop_voxels: int | None = None,
    max_epochs: int | None = None,
    without: Collection[str] = (),
) -> Path:
    """Write a recipe into a folder: as it is shipped, and beside it the study of this size."""
    shipped = resources.files("tumorcast.study") / "recipes" / f"{name}.yaml"
    text = shipped.read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECIPE).write_text(text, encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    for crop in document.get("crops", {}).values() if crop_voxels else ():
        width_mm = crop["size_voxels"] * crop["spacing_mm"]
        crop.update(size_voxels=crop_voxels, spacing_mm=width_mm / crop_voxels)
    for network in _networks(document) if max_epochs else ():
        network["max_epochs"] = max_epochs
    if without:
        _leave_out(document, without)
    path = folder / STUDY
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def _leave_out(document: dict[str, Any], without: Collection[str]) -> None:
    unknown = sorted({*without} - {*document["arms"]})
    if unknown:
        raise refuse(
            "DEM-02",
            f"the recipe has no arm {', '.join(map(repr, unknown))} to leave out",
            expected=f"some of {', '.join(document['arms'])}",
            fix="correct the name",
        )
    lost = {
        name
        for name, arm in document["arms"].items()
        if name in without or {*without} & {*arm.get("average", ())}
    }
    document["arms"] = {name: arm for name, arm in document["arms"].items() if name not in lost}
    pairs = document.get("compare", [])
    document["compare"] = [pair for pair in pairs if not lost & {*pair}]


def _networks(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for arm in document["arms"].values():
        if "network" in arm:
            yield arm["network"]
