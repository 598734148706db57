"""Ask PyRadiomics for feature maps; run it with PyRadiomics' interpreter.

    python make_values.py RESEARCH_DATA

The judge is pyradiomics-bhklab 3.1.4. It is asked for one voxel at a time (``voxelBatch: 1``): in
larger batches it loses GLCM JointAverage and MCC wherever a direction has no pair at some voxel of
the batch. ``values.npz`` holds for each case ``CASE`` the maps at the chosen voxels, shape
(maps, voxels), ``CASE.names``, and ``CASE.grid``: shape, spacing and origin of the maps along
(x, y, z).
"""

from __future__ import annotations

import logging
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from cases import CASES, MapCase

sitk: Any = import_module("SimpleITK")
judge: Any = import_module("radiomics.featureextractor")
HERE = Path(__file__).parent


def maps_of(case: MapCase, data: Path) -> dict[str, Any]:
    """Return the maps that PyRadiomics makes of one case, as SimpleITK images."""
    params = {**case.params, "voxelSetting": {**case.params["voxelSetting"], "voxelBatch": 1}}
    extractor = judge.RadiomicsFeatureExtractor(params, additionalInfo=False)
    found: dict[str, Any] = extractor.execute(
        str(data / case.image), str(data / case.mask), voxelBased=True
    )
    return found


def where_measured(case: MapCase, data: Path) -> Any:
    """Return the voxels at which maps hold a value: those of a map whose outside is -1e9."""
    voxel = {**case.params["voxelSetting"], "initValue": -1e9}
    params = {**case.params, "voxelSetting": voxel, "featureClass": {"firstorder": ["Mean"]}}
    extractor = judge.RadiomicsFeatureExtractor(params, additionalInfo=False)
    found = extractor.execute(str(data / case.image), str(data / case.mask), voxelBased=True)
    return sitk.GetArrayFromImage(next(iter(found.values()))) != -1e9


def main() -> None:
    """Write ``values.npz``."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    data = Path(sys.argv[1])
    kept = {}
    for name, case in CASES.items():
        maps = maps_of(case, data)
        inside = where_measured(case, data)
        arrays = [sitk.GetArrayFromImage(image)[inside][:: case.every] for image in maps.values()]
        grid = next(iter(maps.values()))
        kept[name] = np.array(arrays)
        kept[f"{name}.names"] = np.array(list(maps))
        kept[f"{name}.grid"] = np.array([grid.GetSize(), grid.GetSpacing(), grid.GetOrigin()])
        print(name, kept[name].shape, flush=True)
    np.savez_compressed(HERE / "values.npz", **kept)


if __name__ == "__main__":
    main()
