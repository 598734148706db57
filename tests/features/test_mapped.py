from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

from tumorcast.features import CropBlock, MappedArray


def test_a_mapped_array_reads_rows_of_its_file_and_travels_as_a_path(tmp_path: Path) -> None:
    path = tmp_path / "crops.npy"
    np.save(path, np.arange(30, dtype=np.float16).reshape(3, 1, 1, 2, 5))
    mapped = MappedArray(path)
    assert mapped.shape == (3, 1, 1, 2, 5)
    parcel = pickle.dumps(mapped)
    assert len(parcel) < 500
    block = CropBlock.of(pickle.loads(parcel), np.array([True, False, True]))
    assert block.load(np.array([2])).ravel().tolist() == list(range(20, 30))
    assert not block.load(np.array([1])).any()
