"""Maps on disk."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from tumorcast.imaging import Mask, Volume, read_volume
from tumorcast.radiomics import voxel_maps, write_voxel_maps

PARAMS = {
    "setting": {"binWidth": 50},
    "imageType": {"Original": {}, "Square": {"binWidth": 50}},
    "featureClass": {"glcm": ["Contrast"], "firstorder": ["Mean"]},
}


def test_each_map_is_one_file_with_the_values_in_memory(
    ball: tuple[Volume, Mask], tmp_path: Path
) -> None:
    image, mask = ball
    written = write_voxel_maps(image, mask, tmp_path / "maps", params=PARAMS)
    maps = voxel_maps(image, mask, params=PARAMS)
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == sorted(
        f"{name}.nii.gz" for name in maps
    )
    for each in written.files:
        read = read_volume(each.file)
        np.testing.assert_array_equal(read.array, maps[each.feature].array)
        assert read.geometry.coincides_with(maps.geometry)
        assert each.voxels == mask.n_voxels
        assert each.mean == maps.numbers[each.feature].mean()


def test_the_table_has_one_row_a_map(ball: tuple[Volume, Mask], tmp_path: Path) -> None:
    written = write_voxel_maps(*ball, tmp_path, params=PARAMS)
    written.write(tmp_path / "maps.csv")
    rows = list(csv.DictReader((tmp_path / "maps.csv").read_text().splitlines()))
    assert [row["feature"] for row in rows] == [each.feature for each in written.files]
    assert {row["undefined"] for row in rows} == {"0"}
