"""Where the voxels of the crops lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tumorcast.features import MappedArray
from tumorcast.fusion.voxels import fits, gathered, voxels_on

CPU = torch.device("cpu")


def test_an_array_and_a_mapped_file_are_looked_at_without_a_copy(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((5, 2, 3, 3, 3)).astype(np.float16)
    np.save(tmp_path / "crops.npy", array)
    mapped = MappedArray(tmp_path / "crops.npy")
    for source in (array, mapped):
        voxels = voxels_on(source, CPU)
        assert np.array_equal(voxels.numpy(), array)
        inside = source if isinstance(source, np.ndarray) else mapped.array
        assert voxels.data_ptr() == inside.ctypes.data


def test_what_is_written_to_a_mapped_array_never_reaches_its_file(tmp_path: Path) -> None:
    np.save(tmp_path / "crops.npy", np.zeros((2, 1, 2, 2, 2), np.float16))
    voxels_on(MappedArray(tmp_path / "crops.npy"), CPU).fill_(7)
    assert not np.load(tmp_path / "crops.npy").any()


def test_rows_are_gathered_in_their_order() -> None:
    voxels = torch.arange(4.0)[:, None].expand(4, 3).contiguous()
    assert gathered(voxels, np.array([2, 0, 2]), CPU)[:, 0].tolist() == [2, 0, 2]


def test_crops_may_take_a_quarter_of_the_free_memory() -> None:
    assert fits(250, 1000)
    assert not fits(251, 1000)
