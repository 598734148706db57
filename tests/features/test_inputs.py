from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tumorcast.features import CropBlock, FeatureTable, ModelInputs


def _inputs(patient_ids: tuple[str, ...] = ()) -> ModelInputs:
    table = FeatureTable(pd.DataFrame({"a.x": [1.0, 2.0, 3.0]}, ["p0", "p1", "p2"]))
    voxels = np.arange(3, dtype=np.float16).reshape(3, 1, 1, 1, 1)
    voxels[1] = np.nan
    block = CropBlock.of(voxels, np.array([True, False, True]))
    return ModelInputs(table, {"ct": block}, patient_ids)


def test_table_crops_and_patients_are_taken_together() -> None:
    part = _inputs(("A", "A", "B")).rows(np.array([2, 1]))
    assert part.case_ids == ("p2", "p1")
    assert part.groups == ("B", "A")
    assert part.crops["ct"].present.tolist() == [True, False]
    assert part.crops["ct"].load(np.array([0, 1])).ravel().tolist() == [2, 0]


def test_rows_of_rows_point_at_the_same_voxels() -> None:
    twice = _inputs().rows(np.array([2, 1, 0])).rows(np.array([2, 0]))
    assert twice.crops["ct"].load(np.array([0, 1])).ravel().tolist() == [0, 2]
    assert np.shares_memory(twice.crops["ct"].array, twice.crops["ct"].array)


def test_an_absent_crop_is_never_read() -> None:
    crops = _inputs().crops["ct"].load(np.array([0, 1, 2]))
    assert crops.dtype == np.float32
    assert crops.ravel().tolist() == [0, 0, 2]


def test_without_patients_every_case_is_its_own() -> None:
    assert _inputs().groups == ("p0", "p1", "p2")


def test_parts_of_other_lengths_are_refused() -> None:
    inputs = _inputs()
    with pytest.raises(ValueError, match=r"crops 'ct': 3 rows, table: 2"):
        ModelInputs(inputs.table.rows(np.array([0, 1])), inputs.crops)
    with pytest.raises(ValueError, match="2 patients for 3 cases"):
        _inputs(("A", "B"))
