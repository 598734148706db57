"""CTs that hold something else than Hounsfield units, and those that only look odd."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tumorcast.errors import Finding
from tumorcast.imaging import Geometry, Mask, Volume, read_mask, read_volume
from tumorcast.imaging.hounsfield import judge_hounsfield

GRID = Geometry.of_spacing((10, 20, 20), (3.0, 1.0, 1.0))


@pytest.fixture
def patient() -> tuple[Volume, Mask]:
    """A tumour of 40 HU in muscle and fat, with room air around."""
    rng = np.random.default_rng(0)
    hu = rng.normal(50, 10, GRID.shape)
    hu[:, :, :6] = rng.normal(-100, 10, (10, 20, 6))
    hu[:, :5] = rng.normal(-1000, 5, (10, 5, 20))
    inside = np.zeros(GRID.shape, dtype=bool)
    inside[3:7, 9:15, 9:15] = True
    return Volume(np.round(hu).astype(np.int16), GRID, "HU"), Mask(inside, GRID)


def judged(volume: Volume, mask: Mask) -> list[Finding]:
    return list(judge_hounsfield(volume, mask))


def changed(volume: Volume, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Volume:
    return replace(volume, array=values)


def test_a_patient_in_hounsfield_units_is_silent(patient: tuple[Volume, Mask]) -> None:
    assert judged(*patient) == []


def test_a_crop_of_soft_tissue_alone_is_silent() -> None:
    tissue = np.random.default_rng(1).normal(40, 10, GRID.shape)
    assert judged(Volume(tissue, GRID, "HU"), Mask(tissue > 30, GRID)) == []


def test_stored_values_are_excluded(patient: tuple[Volume, Mask]) -> None:
    volume, mask = patient
    (finding,) = judged(changed(volume, np.maximum(volume.array + 1024.0, 0)), mask)
    assert (finding.code, finding.consequence) == ("IMG-08", "excluded")
    assert "a median of 107" in finding.found
    assert "Rescale Slope and Intercept" in finding.fix


def test_an_inverted_image_is_noticed(patient: tuple[Volume, Mask]) -> None:
    volume, mask = patient
    (finding,) = judged(changed(volume, -volume.array.astype(float)), mask)
    assert (finding.code, finding.consequence) == ("IMG-08", "warning")
    assert finding.found == "25% of the CT lies near +1000 HU and 0% near -1000"


def test_a_doubled_rescaling_is_noticed(patient: tuple[Volume, Mask]) -> None:
    volume, mask = patient
    (finding,) = judged(changed(volume, volume.array - 1024.0), mask)
    assert (finding.code, finding.consequence) == ("IMG-08", "warning")
    assert "0.0% of the CT lies within 200 HU" in finding.found


def test_metal_is_told_when_it_fills_more_than_a_hundredth(patient: tuple[Volume, Mask]) -> None:
    volume, mask = patient
    values = volume.array.astype(float)
    where = np.argwhere(mask.array)
    values[tuple(where[0])] = 1e5
    assert judged(changed(volume, values), mask) == []
    values[tuple(where[:2].T)] = 1e5
    (finding,) = judged(changed(volume, values), mask)
    assert (finding.code, finding.consequence) == ("IMG-09", "warning")
    assert finding.found == "1.4% of the tumour above 3071 HU, up to 100000"


def test_other_units_are_not_judged(patient: tuple[Volume, Mask]) -> None:
    volume, mask = patient
    stored = replace(volume, array=volume.array + 2000, unit="SUVbw")
    assert judged(stored, mask) == []


@pytest.mark.real_data
@pytest.mark.parametrize("patient_id", ["STS_001", "STS_013"])
def test_real_patients_are_silent(real_data: Path, patient_id: str) -> None:
    stem = real_data / "sarcoma" / "images" / patient_id / f"{patient_id}__CT"
    volume = read_volume(f"{stem}.nii.gz", "HU")
    assert judged(volume, read_mask(f"{stem}_mask.nii.gz")) == []
