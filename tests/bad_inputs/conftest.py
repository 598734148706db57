"""A hospital's export of six cases, sound until a test spoils one of them.

Every test spoils one thing and then looks at the whole: the finding with its code, case, file,
measured value and fix, and that every other case is still usable.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from tests.imaging.dicom.conftest import Edit, image, pet_values, save

from tumorcast import study
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.imaging import Geometry, Mask, Volume, read_volume, write_mask, write_volume
from tumorcast.study import Quality

CASES = tuple(f"C{number:02d}" for number in range(1, 7))
SPOILED = "C02"
SHAPE = (10, 24, 24)
SPACING_MM = (3.0, 0.8, 0.6)


@dataclass(frozen=True)
class Export:
    """Files of a cohort that may be spoiled, and what tumorcast says of them."""

    root: Path

    @property
    def study(self) -> Path:
        """The study file."""
        return self.root / "study.yaml"

    def image(self, case: str = SPOILED) -> Path:
        """Return the image of a case: a file, or a folder of slices."""
        file = self.root / "images" / f"{case}.nii.gz"
        return file if file.exists() else file.with_name(case)

    def mask(self, case: str = SPOILED) -> Path:
        """Return the mask of a case."""
        return self.root / "masks" / f"{case}.nii.gz"

    def slices(self, case: str = SPOILED) -> list[Path]:
        """Return the slices of a case from the lowest to the highest."""
        return sorted(self.image(case).glob("*.dcm"))

    def edit(self, change: Callable[[Dataset, int], None]) -> None:
        """Change every slice of the spoiled case."""
        for number, path in enumerate(self.slices()):
            with Edit(path) as data:
                change(data, number)

    def revoxel(self, change: Callable[[NDArray[Any]], NDArray[Any]], case: str = SPOILED) -> None:
        """Change the voxels of an image file."""
        volume = read_volume(self.image(case))
        write_volume(Volume(change(volume.array.copy()), volume.geometry), self.image(case))

    def declare(self, **parts: Any) -> None:
        """Change the study file; mappings are merged one level deep."""
        document = yaml.safe_load(self.study.read_text(encoding="utf-8"))
        for key, value in parts.items():
            below = document.get(key)
            merged = {**below, **value} if isinstance(below, dict) else value
            document[key] = merged
        self.study.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the table."""
        with (self.root / "clinical.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def write_rows(self, rows: list[dict[str, Any]]) -> None:
        """Write the table anew."""
        with (self.root / "clinical.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def check(self) -> Quality:
        """Judge everything; the cases must add up."""
        quality = study.examine(self.study).quality
        counts = dict(quality.flow)
        total = counts.pop("in")
        assert total == sum(counts.values())
        assert quality.lines()[-1].startswith(f"in {total} = ok {counts['ok']} + repaired ")
        return quality

    def refused(self) -> list[Finding]:
        """Return why the study cannot be run at all."""
        with pytest.raises(StudyRefusedError) as caught:
            study.check(self.study)
        return list(caught.value.findings)


def the(
    quality: Quality,
    code: str,
    consequence: str,
    *,
    case: str = SPOILED,
    found: str,
    fix: str,
    file: str = "",
) -> Finding:
    """Return the one finding with this code, after a look at it and at all other cases."""
    (finding,) = [one for one in quality.findings if one.code == code]
    assert finding.consequence == consequence
    assert finding.case == case
    assert found in finding.found, finding.found
    assert fix in finding.fix, finding.fix
    assert file in finding.file, finding.file
    assert bool(file) == bool(finding.file)
    lost = {case} if consequence in {"excluded", "ask"} else set()
    assert quality.excluded == lost
    assert set(quality.usable) == {*quality.case_ids} - lost
    assert finding.line() in quality.lines()
    return finding


def ct_voxels(seed: int) -> NDArray[np.int16]:
    """Return a body of fat and muscle in air, in HU."""
    rng = np.random.default_rng(seed)
    hu = rng.normal(40, 10, SHAPE)
    hu[:, :4] = rng.normal(-1000, 3, (SHAPE[0], 4, SHAPE[2]))
    hu[:, 4:7] = rng.normal(-100, 10, (SHAPE[0], 3, SHAPE[2]))
    return np.round(hu).astype(np.int16)


def tumor_voxels(seed: int) -> NDArray[np.bool_]:
    """Return a blob of about 500 voxels, never the same twice."""
    rng = np.random.default_rng(seed + 100)
    z, y, x = np.indices(SHAPE)
    radius = 1 + 0.05 * rng.random(SHAPE)
    return np.asarray(((z - 5) / 3) ** 2 + ((y - 15) / 6) ** 2 + ((x - 12) / 7) ** 2 < radius)


def write_study(root: Path, image_path: str, unit: str) -> None:
    rows = ["id,age,relapse,days"]
    rows += [f"{case},{50 + i},{i % 2},{400 + 37 * i}" for i, case in enumerate(CASES)]
    (root / "clinical.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    document = {
        "study": "export",
        "preset": "standard",
        "cohort": {
            "table": "clinical.csv",
            "id": "id",
            "images": {
                "scan": {"path": image_path, "mask": "masks/{id}.nii.gz", "unit": unit},
            },
        },
        "endpoint": {"name": "relapse", "event": "relapse"},
        "validation": {"folds": 2, "repeats": 1, "seed": 1},
    }
    (root / "study.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")


def write_series(folder: Path, seed: int, modality: str) -> None:
    folder.mkdir(parents=True)
    stored = ct_voxels(seed) + 1024
    if modality == "PT":
        stored = np.where(ct_voxels(seed) < -500, 50, 3000 + 10 * ct_voxels(seed)).astype(np.int16)
    for i, plane in enumerate(np.maximum(stored, 0).astype(np.int16)):
        series = f"1.2.3.{seed}"
        data = image(plane, i, modality, (-20.0, 30.0, 10.0 + SPACING_MM[0] * i), series)
        data.PatientID, data.StudyInstanceUID = f"P{seed}", f"1.2.3.{seed}.0"
        data.FrameOfReferenceUID = f"1.2.9.{seed}"
        if modality == "PT":
            pet_values(data)
            data.PixelData = plane.tobytes()
        save(data, folder / f"{i:02d}.dcm")


def write_export(root: Path, kind: str) -> None:
    (root / "images").mkdir(parents=True)
    for seed, case in enumerate(CASES):
        if kind == "nifti":
            grid = Geometry.of_spacing(SHAPE, SPACING_MM, (-20.0, 30.0, 10.0 + seed))
            volume = Volume(ct_voxels(seed), grid, "HU")
            write_volume(volume, root / "images" / f"{case}.nii.gz")
        else:
            folder = root / "images" / case
            write_series(folder, seed, "CT" if kind == "ct" else "PT")
            grid = read_volume(folder).geometry
        write_mask(Mask(tumor_voxels(seed), grid), root / "masks" / f"{case}.nii.gz")
    ending = ".nii.gz" if kind == "nifti" else ""
    write_study(root, "images/{id}" + ending, "SUVbw" if kind == "pet" else "HU")


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a sound export of a kind, made once."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("pristine") / kind
            write_export(made[kind], kind)
        return made[kind]

    return make


@pytest.fixture
def make_export(pristine: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Export]:
    """Return a maker of exports that may be spoiled: ``nifti``, ``ct`` or ``pet``."""

    def make(kind: str) -> Export:
        shutil.copytree(pristine(kind), tmp_path / kind)
        return Export(tmp_path / kind)

    return make


@pytest.fixture
def nifti(make_export: Callable[[str], Export]) -> Export:
    """Return an export of CTs as NIfTI files."""
    return make_export("nifti")


@pytest.fixture
def ct(make_export: Callable[[str], Export]) -> Export:
    """Return an export of CTs as DICOM folders."""
    return make_export("ct")


@pytest.fixture
def pet(make_export: Callable[[str], Export]) -> Export:
    """Return an export of raw PETs as DICOM folders."""
    return make_export("pet")
