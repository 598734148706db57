"""A bundle of a small run, and the patients of another site."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tumorcast import study
from tumorcast.cohort.simulate import simulate
from tumorcast.study import BundleResult
from tumorcast.study.demo import write_study

N_NEW = 15


@pytest.fixture(scope="session")
def finished_run(simulated_folder: Path, runs: Path) -> Path:
    """Return a finished run directory; not to be changed."""
    overrides = [
        "validation.repeats=1",
        "selection.keep=5",
        "compare=[]",
        "arms={whole: {blocks: [clinical, pt, volume]}}",
    ]
    result = study.run(simulated_folder / "study.yaml", overrides, output=runs / "to-lock")
    return result.run_dir


@pytest.fixture(scope="session")
def made(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> BundleResult:
    """Return the bundle of the run; not to be changed."""
    return study.bundle(finished_run, tmp_path_factory.mktemp("locked") / "bundle")


@pytest.fixture
def bundle(made: BundleResult, tmp_path: Path) -> Path:
    """Return a copy of the bundle that a test may spoil."""
    return Path(shutil.copytree(made.folder, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def new_patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of other patients, with ``study.yaml``; not to be changed."""
    folder = tmp_path_factory.mktemp("site")
    simulate("net-pfs", n=N_NEW, seed=6).write(folder)
    write_study("net-pfs", folder)
    return folder


@pytest.fixture
def site(new_patients: Path, tmp_path: Path) -> Path:
    """Return a copy of the new patients that a test may spoil."""
    return Path(shutil.copytree(new_patients, tmp_path / "site"))
