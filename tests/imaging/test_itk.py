"""SimpleITK's order of axes, and its import when it is needed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from tumorcast.imaging import Volume
from tumorcast.imaging.itk import geometry_of, image_of


def test_axes_are_counted_backwards(ct: Volume) -> None:
    image = image_of(ct.array, ct.geometry)
    assert image.GetSize() == ct.geometry.shape[::-1]
    assert image.GetPixel(3, 2, 1) == ct.array[1, 2, 3]
    point = image.TransformIndexToPhysicalPoint((3, 2, 1))
    np.testing.assert_allclose(ct.geometry.index_to_lps((1, 2, 3)), point, rtol=1e-12)
    assert geometry_of(image) == ct.geometry


def test_importing_does_not_import_readers() -> None:
    heavy = "{'SimpleITK', 'nibabel', 'scipy', 'pandas', 'torch', 'matplotlib', 'sklearn'}"
    command = f"import sys, tumorcast.imaging; print(sorted({heavy} & {{*sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", command], capture_output=True, check=True)
    assert loaded.stdout.split() == [b"[]"]
