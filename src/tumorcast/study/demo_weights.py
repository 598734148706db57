"""The weights that a recipe starts from, pretrained on simulated scans without outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from tumorcast.cohort.simulate import PRESETS, simulate
from tumorcast.cohort.simulate.files import MANIFEST
from tumorcast.study.pretrain import pretrain
from tumorcast.study.progress import Progress
from tumorcast.study.schema import StudyFile

SEED = 2
_UNITS = {"ct": "HU", "pt": "SUVbw"}


@dataclass(frozen=True)
class Scans:
    """Other patients of a population, of whom only the scans are known.

    Parameters
    ----------
    population
        Whom the simulator draws.
    n
        Number of scans.
    epochs
        How often each is seen.
    """

    population: str
    n: int
    epochs: int


def make_weights(
    file: StudyFile, folder: Path, scans: Scans, *, workers: int, progress: Progress
) -> None:
    """Simulate scans into ``FOLDER/unlabelled`` and pretrain whatever weights a study names.

    Parameters
    ----------
    file
        The study; its crops are those of the scans.
    folder
        Where the paths of the study start.
    """
    for image, encoder, path in sorted(set(_named(file))):
        unlabelled = folder / "unlabelled" / image
        _write_scans(scans, image, unlabelled, progress)
        crop = file.crops[image].model_dump(exclude_unset=True)
        document = {
            "study": "unlabelled",
            "cohort": {"manifest": MANIFEST, "images": {image: {"unit": _UNITS[image]}}},
            "crops": {image: {**crop, "window": list(crop["window"])}},
        }
        study = unlabelled / "scans.yaml"
        study.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        pretrain(
            study, output=folder / path, encoder=encoder, epochs=scans.epochs, seed=SEED,
            licence="CC0-1.0", workers=workers, progress=progress,
        )  # fmt: skip


def _named(file: StudyFile) -> Iterator[tuple[str, str, str]]:
    for arm in file.arms.values():
        if arm.network is not None:
            for image, path in arm.network.weights.items():
                yield image, arm.network.encoder, path


def _write_scans(scans: Scans, image: str, folder: Path, progress: Progress) -> None:
    spec = PRESETS[scans.population]
    seen = tuple(name for name in spec.modalities if name == image)
    # What is not seen can carry no risk; nobody asks for the outcome of these patients.
    weights = spec.weights if "pt" in seen else replace(spec.weights, uptake=0.0)
    others = replace(spec, name="SCAN without outcome", modalities=seen, weights=weights)
    simulated = simulate(others, n=scans.n, seed=SEED)
    done: list[str] = []

    def count(case_id: str) -> None:
        done.append(case_id)
        progress("scans without outcomes", len(done), scans.n)

    simulated.write(folder, on_case=count)
