"""The same patients as DICOM and as the NIfTI files that others made from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tumorcast.errors import Finding
from tumorcast.imaging import Mask, Volume, read_mask, read_volume
from tumorcast.imaging.raster import Raster

pytestmark = pytest.mark.real_data

PATIENTS = ("STS_003", "STS_010", "STS_012")


def on_crop(whole: Raster, crop: Raster) -> Raster:
    """Return the part of `whole` that `crop` holds; both on one grid."""
    whole, crop = whole.reoriented(), crop.reoriented()
    start = whole.geometry.lps_to_index(crop.geometry.origin_mm)
    offset = np.rint(start).astype(int)
    assert np.abs(start - offset).max() < 1e-4
    part = whole.crop(offset.tolist(), (offset + crop.geometry.shape).tolist())
    assert np.abs(part.geometry.corners_lps() - crop.geometry.corners_lps()).max() < 1e-4
    return part


@pytest.mark.parametrize("patient", PATIENTS)
def test_series_and_contours_equal_the_nifti_files(real_data: Path, patient: str) -> None:
    for dicom, nifti in (("CT", "CT"), ("PET", "PT")):
        folder = real_data / "sarcoma" / "dicom" / patient / dicom
        base = real_data / "sarcoma" / "images" / patient / f"{patient}__{nifti}"
        findings: list[Finding] = []
        volume = read_volume(folder / "image", findings=findings)
        truth = read_volume(f"{base}.nii.gz").reoriented()
        part = on_crop(volume, truth)
        tolerance = 0.5 if nifti == "CT" else 0.0
        np.testing.assert_allclose(part.array, truth.array, rtol=1e-4, atol=tolerance)
        assert isinstance(volume, Volume)
        assert volume.unit == {"CT": "HU", "PT": "SUVbw"}[nifti]
        assert findings == []
        mask = read_mask(folder / "mask" / "RS.dcm")
        drawn = read_mask(f"{base}_mask.nii.gz").reoriented()
        cropped = on_crop(mask, drawn)
        assert isinstance(cropped, Mask)
        overlap = 2 * (cropped.array & drawn.array).sum() / (mask.n_voxels + drawn.n_voxels)
        assert overlap >= 0.97


def test_raw_pet_becomes_the_suv_that_others_computed(real_data: Path) -> None:
    folder = real_data / "pet_raw" / "STS_001" / "FDG_PET"
    base = real_data / "sarcoma" / "images" / "STS_001" / "STS_001__PT"
    truth = read_volume(f"{base}.nii.gz").reoriented()
    part = on_crop(read_volume(folder / "image"), truth)
    step = truth.array.max() / 32767  # theirs went through a 16-bit file, cut to its steps
    apart = part.array.astype(np.float64) - truth.array
    assert apart.min() > -1e-6
    assert apart.max() < step * 1.001
    bright = truth.array > 2.5
    np.testing.assert_allclose(part.array[bright], truth.array[bright], rtol=1e-4)
    mask = read_mask(folder / "mask" / "1-1.dcm", "GTV_Mass")
    drawn = read_mask(f"{base}_mask.nii.gz").reoriented()
    assert np.array_equal(on_crop(mask, drawn).array, drawn.array)
