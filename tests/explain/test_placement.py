"""Maps on the patient's grid, by region, and as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from tumorcast.explain.placement import on_image_grid, shares_of, sums_of, write_map
from tumorcast.imaging import Geometry, Mask, read_volume

ANGLE = np.deg2rad(20)
ROTATED = np.array(
    [[1, 0, 0], [0, np.cos(ANGLE), -np.sin(ANGLE)], [0, np.sin(ANGLE), np.cos(ANGLE)]]
)


def geometry(shape: tuple[int, int, int], spacing: float, origin: list[float]) -> Geometry:
    direction = ROTATED[:, ::-1]
    return Geometry.from_parts(shape, (spacing,) * 3, direction, np.array(origin))


def test_the_peak_lies_at_the_same_place_of_the_patient_in_the_file(tmp_path: Path) -> None:
    crop = geometry((8, 8, 8), 4.0, [10.0, -5.0, 30.0])
    image = geometry((40, 40, 40), 1.0, [6.0, -9.0, 26.0])
    values = np.zeros((8, 8, 8))
    values[5, 2, 3] = 2.0
    path = tmp_path / "maps" / "map.nii.gz"
    write_map(path, on_image_grid(values, crop, image), "FAILED SANITY TEST: grad_cam")
    found = read_volume(path)
    peak = np.unravel_index(np.asarray(found.array).argmax(), found.array.shape)
    place = found.geometry.index_to_lps(np.array(peak, dtype=float))
    assert np.linalg.norm(place - crop.index_to_lps(np.array([5.0, 2.0, 3.0]))) < 1.0
    assert found.array.max() == pytest.approx(2.0, rel=0.2)
    stored: Any = nib.load(path)
    assert stored.header["descrip"].item().decode() == "FAILED SANITY TEST: grad_cam"
    assert stored.shape == (40, 40, 40)


def test_shares_add_up_and_a_voxel_counts_once() -> None:
    grid = geometry((6, 6, 6), 2.0, [0.0, 0.0, 0.0])
    tumor, shell = np.zeros((2, 6, 6, 6), dtype=bool)
    tumor[:2], shell[:4] = True, True
    values = np.ones((6, 6, 6))
    values[0] = -3.0
    regions = {"tumor": Mask(tumor, grid), "shell_0_5mm": Mask(shell, grid)}
    shares = shares_of(values, grid, regions)
    assert shares == pytest.approx({"tumor": 4 / 8, "shell_0_5mm": 2 / 8, "elsewhere": 2 / 8})
    sums = sums_of(values, grid, regions)
    assert sums == pytest.approx({"tumor": (1 - 3) * 36, "shell_0_5mm": 72, "elsewhere": 72})
    nothing = shares_of(np.zeros((6, 6, 6)), grid, regions)
    assert set(nothing.values()) == {0.0}
