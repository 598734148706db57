"""Scans of patients: positions, masks, shells, and the same scan in several files."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumorcast.imaging import (
    Shell,
    Unit,
    Volume,
    judge_pair,
    match_to_image,
    read_mask,
    read_volume,
    write_volume,
)
from tumorcast.imaging.itk import simpleitk

pytestmark = pytest.mark.real_data

MODALITIES: tuple[tuple[str, Unit], ...] = (("CT", "HU"), ("PT", "SUVbw"))


@pytest.fixture(scope="module")
def patient(real_data: Path) -> Path:
    return real_data / "sarcoma" / "images" / "STS_001" / "STS_001"


def test_a_patient_from_every_source_is_one_volume(patient: Path, tmp_path: Path) -> None:
    file = Path(f"{patient}__CT.nii.gz")
    from_nifti = read_volume(file, "HU")
    from_memory = Volume.from_sitk(simpleitk().ReadImage(str(file)), "HU")
    nibabel: Any = import_module("nibabel")
    from_array = Volume(np.asarray(nibabel.load(file).dataobj).T, from_nifti.geometry, "HU")
    assert from_nifti == from_memory == from_array
    for suffix in ("nii.gz", "nrrd", "mha", "mhd"):
        write_volume(from_nifti, tmp_path / f"ct.{suffix}")
        back = read_volume(tmp_path / f"ct.{suffix}", "HU")
        assert back.geometry.coincides_with(from_nifti.geometry), suffix
        assert np.array_equal(back.array, from_nifti.array), suffix


def test_an_oblique_view_of_a_patient_reads_as_nibabel_says(patient: Path) -> None:
    nibabel: Any = import_module("nibabel")
    for name in ("CT", "PT"):
        file = Path(f"{patient}__{name}.nii.gz")
        volume, image = read_volume(file), nibabel.load(file)
        x, y, z, _ = image.affine @ [3, 2, 1, 1]
        np.testing.assert_allclose(volume.geometry.index_to_lps((1, 2, 3)), [-x, -y, z], rtol=1e-6)


def test_masks_of_one_patient_agree_across_modalities(patient: Path) -> None:
    on_ct, on_pet = (read_mask(f"{patient}__{name}_mask.nii.gz") for name in ("CT", "PT"))
    moved, finding = match_to_image(on_pet, on_ct.geometry)
    assert finding is not None
    overlap = 2 * (moved.array & on_ct.array).sum() / (moved.n_voxels + on_ct.n_voxels)
    assert overlap > 0.9


@pytest.mark.slow
def test_every_patient_is_usable(real_data: Path) -> None:
    folders = sorted((real_data / "sarcoma" / "images").glob("STS_*"))
    assert len(folders) == 51
    shells = (Shell(0, 5), Shell(5, 10))
    for folder in folders:
        for name, unit in MODALITIES:
            volume = read_volume(folder / f"{folder.name}__{name}.nii.gz", unit)
            mask = read_mask(folder / f"{folder.name}__{name}_mask.nii.gz")
            found = {finding.code for finding in judge_pair(volume, mask, regions=shells)}
            assert found <= {"MSK-11", "MSK-13"}, (folder.name, name)
            near, far = (shell.build(mask, volume) for shell in shells)
            assert not (near.mask.array & (far.mask.array | mask.array)).any()
            if unit == "HU":
                air = volume.array[near.mask.array] < -500
                assert air.mean() < 0.02, (folder.name, "a shell holds air")


@pytest.mark.parametrize("name", ["brain1", "brain2", "breast1"])
def test_nrrd_cases(name: str, real_data: Path) -> None:
    folder = real_data / "pyradiomics_cases"
    volume = read_volume(folder / f"{name}_image.nrrd")
    mask = read_mask(folder / f"{name}_label.nrrd", label=1)
    assert volume.array.dtype == np.int16
    matched, finding = match_to_image(mask, volume.geometry)
    assert finding is None
    assert matched.array.sum() == mask.n_voxels
    assert Volume.from_sitk(simpleitk().ReadImage(str(folder / f"{name}_image.nrrd"))) == volume


@pytest.mark.parametrize("phantom", ["ibsi_1_digital_phantom", "ibsi_1_ct_radiomics_phantom"])
def test_ibsi_phantoms(phantom: str, real_data: Path) -> None:
    folder = real_data / "ibsi" / phantom / "nifti"
    volume = read_volume(folder / "image" / "phantom.nii.gz")
    mask = read_mask(folder / "mask" / "mask.nii.gz")
    matched, finding = match_to_image(mask, volume.geometry)
    assert finding is None
    expected = {"ibsi_1_digital_phantom": 74, "ibsi_1_ct_radiomics_phantom": 125256}
    assert matched.n_voxels == expected[phantom]
