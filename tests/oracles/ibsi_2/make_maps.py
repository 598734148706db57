"""Pack IBSI-2 reference response maps small enough to keep: ``make_maps.py CLONE``.

CLONE is a clone of github.com/theibsi/ibsi_2_reference_data (CC0 1.0). Kept are the maps of the
Riesz transforms, as whole numbers of 1/32767 of the largest magnitude: an error of 2e-5 of the
range, where the tolerance is 1e-2. Of the two that are not sparse, every second voxel along each
axis. ``reference_values.csv`` is a copy of the clone's ``reference_feature_values``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import SimpleITK

STRIDES = {"9_a": 1, "9_b_1": 2, "10_b_1": 2}
HERE = Path(__file__).parent


def main(clone: Path) -> None:
    for name, stride in STRIDES.items():
        path = clone / "reference_response_maps" / f"{name}-ValidCRM.nii"
        response = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).astype(np.float64)
        scale = np.abs(response).max() / 32767
        part = response[::stride, ::stride, ::stride]
        np.savez_compressed(
            HERE / f"{name}.npz",
            steps=np.rint(part / scale).astype(np.int16),
            scale=scale,
            stride=stride,
            range=np.ptp(response),
        )
    shutil.copy(clone / "reference_feature_values" / "reference_values.csv", HERE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
