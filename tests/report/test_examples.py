from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tumorcast.errors import StudyRefusedError
from tumorcast.report.examples import read_example


@pytest.fixture(scope="module")
def stored(make_run: Callable[..., Path]) -> Path:
    return min((make_run(n=60, repeats=1) / "gallery").glob("*.npz"))


def test_each_image_has_three_planes_with_words(stored: Path) -> None:
    example = read_example(stored)
    assert [[p.label for p in row] for row in example.rows] == [
        ["CT, axial", "CT, coronal", "CT, sagittal"],
        ["PT over CT, axial", "PT over CT, coronal", "PT over CT, sagittal"],
    ]
    assert example.windows == ("CT \N{MINUS SIGN}160 to 240 HU", "PT 0 to 10 SUV")
    assert [name for name, _ in example.regions] == ["tumour", "shell 0 to 5 mm"]
    assert example.volume == "57.9 mL"
    assert "axial CT with the contours of tumour, shell 0 to 5 mm" in example.rows[0][0].alt


def test_pictures_are_jpegs_and_pet_has_colour(stored: Path) -> None:
    def pixels(uri: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
        kind, _, data = uri.partition(",")
        assert kind == "data:image/jpeg;base64"
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), dtype=np.int16)

    example = read_example(stored)
    ct, fused = (pixels(row[0].uri) for row in example.rows)
    assert ct.shape == fused.shape == (450, 450, 3)
    middle = (slice(200, 250), slice(200, 250))
    assert np.ptp(ct[middle], axis=-1).max() < 40
    assert np.ptp(fused[middle], axis=-1).min() > 60


def test_a_damaged_picture_is_refused(tmp_path: Path, stored: Path) -> None:
    path = tmp_path / "0.npz"
    path.write_bytes(stored.read_bytes()[:2000])
    with pytest.raises(StudyRefusedError, match=r"RUN-02.*0\.npz cannot be read.*run again"):
        read_example(path)


def test_a_pickled_object_is_refused_and_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "0.npz"
    np.savez(path, case=np.array([{"no": "object"}], dtype=object))
    with pytest.raises(StudyRefusedError, match="RUN-02"):
        read_example(path)
