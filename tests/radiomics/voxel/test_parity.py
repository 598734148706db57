"""Maps against PyRadiomics: tests/oracles/voxel_maps has values and the script that made them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tumorcast.radiomics import voxel_maps

ORACLES = Path(__file__).parents[2] / "oracles" / "voxel_maps"


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("voxel_map_cases", ORACLES / "cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CASES = _module().CASES


@pytest.mark.real_data
@pytest.mark.parametrize("name", list(CASES))
def test_maps_are_those_of_pyradiomics(name: str, real_data: Path) -> None:
    case = CASES[name]
    maps = voxel_maps(real_data / case.image, real_data / case.mask, params=case.params)
    with np.load(ORACLES / "values.npz") as judged:
        expected = dict(zip(judged[f"{name}.names"].tolist(), judged[name], strict=True))
        size, spacing_mm, origin_mm = judged[f"{name}.grid"]
    assert set(maps) == set(expected)
    assert maps.geometry.shape == tuple(size[::-1])
    np.testing.assert_allclose(maps.geometry.spacing_mm, spacing_mm[::-1], rtol=1e-9)
    np.testing.assert_allclose(maps.geometry.origin_mm, origin_mm, rtol=0, atol=1e-6)
    for feature, values in expected.items():
        found = maps.numbers[feature][:: case.every]
        # Third moments that cancel are left with the rounding of their terms.
        rounding = 1e-13 if feature.endswith("ClusterShade") else 0
        np.testing.assert_allclose(found, values, rtol=1e-6, atol=rounding, err_msg=feature)
