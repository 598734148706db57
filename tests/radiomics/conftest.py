"""Reference values of PyRadiomics, and small images made by hand."""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tumorcast.imaging import Geometry, Mask, Volume

ORACLES = Path(__file__).parents[1] / "oracles" / "pyradiomics"


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pyradiomics_cases", ORACLES / "cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CASES = _module()


def _values(name: str) -> dict[str, dict[str, float]]:
    with gzip.open(ORACLES / f"values_{name}.json.gz", "rt") as file:
        values: dict[str, dict[str, float]] = json.load(file)["values"]
    return values


@pytest.fixture(scope="session")
def judge() -> Callable[[str], dict[str, dict[str, float]]]:
    """Return PyRadiomics' values of a set, by case and feature."""
    return _values


@pytest.fixture(scope="session")
def oracle_case() -> Callable[[str, str], Any]:
    """Return one case of a set by name."""

    def find(name: str, case: str) -> Any:
        return next(item for item in CASES.SETS[name]() if item.name == case)

    return find


@pytest.fixture(scope="session")
def disagreements() -> Callable[[Mapping[str, float], Mapping[str, float]], dict[str, object]]:
    """Return the features that differ from the judge's by more than 1e-6 relative."""

    def compare(found: Mapping[str, float], expected: Mapping[str, float]) -> dict[str, object]:
        wrong: dict[str, object] = {}
        for name, want in expected.items():
            got = found.get(name, math.nan)
            if not math.isclose(got, want, rel_tol=1e-6, abs_tol=0) and not (
                math.isnan(want) and math.isnan(got)
            ):
                wrong[name] = (got, want)
        return wrong

    return compare


@pytest.fixture
def ball() -> tuple[Volume, Mask]:
    """Return a noisy 16-bit image and a ball of radius 6 voxels in it."""
    rng = np.random.default_rng(7)
    array = rng.normal(40, 60, (24, 26, 28)).astype(np.int16)
    z, y, x = np.indices(array.shape)
    inside = np.asarray((z - 12) ** 2 + (y - 13) ** 2 + (x - 14) ** 2 <= 36)
    geometry = Geometry.of_spacing(array.shape, (2.0, 1.0, 1.0))
    return Volume(array, geometry, "HU"), Mask(inside, geometry)
