"""The one file of an image's crops."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.study.crop_file import CropFile

IDS = ("a", "b", "c")


def crop_of(number: float) -> NDArray[np.float16]:
    return np.full((2, 4, 4, 4), number, np.float16)


def test_crops_come_in_any_order_and_are_asked_for_in_another(tmp_path: Path) -> None:
    file = CropFile(tmp_path / "crops", "ct", IDS, 4)
    file.put("c", "key of c", crop_of(3))
    file.put("a", "key of a", crop_of(1))
    block = file.close().block(["b", "c", "a"])
    assert block.present.tolist() == [False, True, True]
    assert block.load(np.arange(3))[:, 0, 0, 0, 0].tolist() == [0, 3, 1]
    assert len(pickle.dumps(block)) < 1000


def test_nothing_lies_under_the_name_before_all_is_written(tmp_path: Path) -> None:
    file = CropFile(tmp_path, "ct", IDS, 4)
    file.put("a", "key of a", crop_of(1))
    assert not list(tmp_path.glob("*.npy"))
    file.close()
    assert len(list(tmp_path.iterdir())) == 1


def test_the_name_stands_for_the_content_and_older_files_go(tmp_path: Path) -> None:
    def written(image: str, key: str) -> str:
        file = CropFile(tmp_path, image, IDS, 4)
        file.put("a", key, crop_of(1))
        return file.close().array.path.name

    first, joined = written("ct", "one"), written("ct-late", "one")
    assert written("ct", "one") == first
    assert written("ct", "two") != first
    assert {path.name for path in tmp_path.iterdir()} == {written("ct", "two"), joined}


def test_an_image_that_no_case_has_is_absent_everywhere(tmp_path: Path) -> None:
    block = CropFile(tmp_path, "pt", IDS, 4).close().block(IDS)
    assert not block.present.any()
    assert not block.load(np.arange(3)).any()


def test_a_crop_of_another_size_is_not_taken(tmp_path: Path) -> None:
    file = CropFile(tmp_path, "ct", IDS, 4)
    with pytest.raises(ValueError, match="broadcast"):
        file.put("a", "key", np.zeros((2, 5, 5, 5), np.float16))
