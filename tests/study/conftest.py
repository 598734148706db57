"""A small simulated cohort on disk, with its study file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tumorcast.cohort.simulate import simulate
from tumorcast.study.demo import write_study

N_CASES = 24


@pytest.fixture(scope="session")
def simulated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of a cohort and ``study.yaml``; not to be changed."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate("net-pfs", n=N_CASES, seed=5).write(folder)
    shorten(write_study("net-pfs", folder))
    return folder


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for run directories, whose store all tests share: what one has measured of a
    file, the next one finds.
    """
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def cohort_folder(simulated_folder: Path, tmp_path: Path) -> Path:
    """Return a copy of the simulated folder that a test may spoil."""
    folder = tmp_path / "cohort"
    shutil.copytree(simulated_folder, folder)
    return folder


def shorten(study: Path) -> None:
    """Keep of a study what two folds need."""
    document = yaml.safe_load(study.read_text(encoding="utf-8"))
    document["arms"] = {"radiomics_pt": {"blocks": ["pt"]}}
    document["compare"] = []
    document["radiomics"] = {"pt": document["radiomics"]["pt"]}
    document["validation"] = {"folds": 2, "repeats": 2, "seed": 1}
    document["crops"] = {}
    document["compare"] = []
    del document["selection"]
    document["scepticism"] = False
    study.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
