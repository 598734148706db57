"""Maps against the features of whole regions, and what they refuse or say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.imaging import Geometry, Mask, Volume
from tumorcast.radiomics import extract, extract_with_reasons, voxel_maps

CLASSES = dict.fromkeys(["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"])


def params(voxel: dict[str, Any] | None = None, **setting: Any) -> dict[str, Any]:
    return {
        "setting": {"binWidth": 20, **setting},
        "voxelSetting": voxel or {},
        "featureClass": CLASSES,
    }


def cube(size: int) -> tuple[Volume, Mask]:
    rng = np.random.default_rng(3)
    array = rng.normal(0, 50, (9, 9, 9)).astype(np.int16)
    inside = np.zeros(array.shape, np.bool_)
    inside[2 : 2 + size, 2 : 2 + size, 2 : 2 + size] = True
    geometry = Geometry.of_spacing(array.shape, (2.0, 1.0, 1.5))
    return Volume(array, geometry, "HU"), Mask(inside, geometry)


@pytest.mark.parametrize(
    ("radius", "setting"),
    [
        (1, {}),
        (2, {}),
        (2, {"distances": [1, 3], "symmetricalGLCM": False, "gldm_a": 2, "voxelArrayShift": 9}),
        (1, {"weightingNorm": "manhattan", "binCount": 6}),
    ],
)
def test_a_kernel_that_is_the_whole_region_has_the_features_of_the_region(
    radius: int, setting: dict[str, Any]
) -> None:
    volume, mask = cube(2 * radius + 1)
    maps = voxel_maps(volume, mask, params=params({"kernelRadius": radius}, **setting))
    whole = extract(volume, mask, params=params(**setting))
    centre = {name: numbers[numbers.size // 2] for name, numbers in maps.numbers.items()}
    assert set(centre) == set(whole)
    for name, value in whole.items():
        assert centre[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_the_mean_of_first_order_is_the_mean_of_the_kernel_by_hand() -> None:
    volume, mask = cube(3)
    maps = voxel_maps(volume, mask, params=params())
    mean = maps["original_firstorder_Mean"]
    # The box of the region and its kernels begins at voxel 1; the region's corner is voxel 2.
    assert mean.array.shape == (5, 5, 5)
    assert mean.geometry == volume.geometry.crop((1, 1, 1), (6, 6, 6))
    assert mean.array[1, 1, 1] == pytest.approx(volume.array[2:4, 2:4, 2:4].mean())
    unmasked = voxel_maps(volume, mask, params=params({"maskedKernel": False}))
    corner = unmasked["original_firstorder_Mean"].array[1, 1, 1]
    assert corner == pytest.approx(volume.array[1:4, 1:4, 1:4].mean())


def test_outside_the_region_a_map_holds_init_value() -> None:
    volume, mask = cube(3)
    for given, held in ((7, 7.0), ("nan", np.nan)):
        maps = voxel_maps(volume, mask, params=params({"initValue": given}))
        outside = maps["original_glcm_Contrast"].array[~maps.region.array]
        np.testing.assert_array_equal(outside, held)


def test_the_number_of_workers_changes_no_bit() -> None:
    volume, _ = cube(3)
    mask = Mask(np.ones(volume.array.shape, np.bool_), volume.geometry)
    one, two = (voxel_maps(volume, mask, params=params(), workers=n) for n in (1, 2))
    for name, numbers in one.numbers.items():
        np.testing.assert_array_equal(numbers, two.numbers[name])


def test_only_the_features_asked_for_have_a_map() -> None:
    volume, mask = cube(3)
    asked = {"featureClass": {"glcm": ["Contrast"], "firstorder": ["Mean"]}}
    assert list(voxel_maps(volume, mask, params=asked)) == [
        "original_glcm_Contrast",
        "original_firstorder_Mean",
    ]


def test_a_voxel_without_neighbours_is_nan_and_counted() -> None:
    volume, mask = cube(3)
    array = mask.array.copy()
    array[8, 8, 8] = True
    maps = voxel_maps(volume, Mask(array, mask.geometry), params=params())
    assert maps.undefined["original_glcm_Contrast"] == 1
    assert maps.undefined["original_glrlm_RunEntropy"] == 1
    assert "original_gldm_DependenceEntropy" not in maps.undefined
    said = [f.found for f in maps.findings if f.code == "RAD-25"]
    assert said
    assert all("1 of 28 voxels" in line for line in said)


def test_settings_without_effect_are_said_by_name() -> None:
    volume, mask = cube(3)
    given = params({"voxelBatch": 100}, resegmentRange=[-500, 500], resegmentShape=True)
    given["setting"]["distances"] = [1, 4]
    given["featureClass"] = {"shape": None, "glcm": ["Contrast", "Homogeneity1"]}
    maps = voxel_maps(volume, mask, params=given)
    said = " ".join(f.found for f in maps.findings if f.code == "RAD-23")
    for name in ("voxelBatch", "resegmentShape", "distances [4]", "shape", "Homogeneity1"):
        assert name in said
    assert list(maps) == ["original_glcm_Contrast"]


def test_settings_of_maps_are_said_to_be_idle_when_a_region_is_measured() -> None:
    volume, mask = cube(5)
    result = extract_with_reasons(volume, mask, params=params({"kernelRadius": 1}))
    (finding,) = [f for f in result.findings if f.code == "RAD-26"]
    assert "kernelRadius" in finding.found
    without = extract_with_reasons(volume, mask, params=params())
    assert "RAD-26" not in {f.code for f in without.findings}


def test_shape_alone_has_no_map() -> None:
    with pytest.raises(StudyRefusedError, match=r"RAD-20.*shape"):
        voxel_maps(*cube(3), params={"featureClass": {"shape": None}})


def test_ibsi_has_no_maps() -> None:
    with pytest.raises(StudyRefusedError, match="RAD-27"):
        voxel_maps(*cube(3), preset="ibsi-2-a")


def test_two_radii_in_one_run_are_refused() -> None:
    given = {**params(), "imageType": {"Original": {"kernelRadius": 2}}}
    with pytest.raises(StudyRefusedError, match=r"RAD-21.*kernelRadius 2"):
        voxel_maps(*cube(3), params=given)


def test_lbp3d_beyond_the_region_is_refused() -> None:
    given = {**params({"maskedKernel": False}), "imageType": {"LBP3D": {}}}
    with pytest.raises(StudyRefusedError, match=r"RAD-22.*LBP3D"):
        voxel_maps(*cube(3), params=given)


def test_a_region_on_one_slice_needs_force_2d() -> None:
    volume, mask = cube(5)
    array = mask.array.copy()
    array[3:] = False
    flat = Mask(array, mask.geometry)
    with pytest.raises(BadInputError, match=r"RAD-24.*one slice"):
        voxel_maps(volume, flat, params=params())
    assert len(voxel_maps(volume, flat, params=params(force2D=True)).geometry.shape) == 3


def test_an_image_without_values_gives_nan_and_says_so() -> None:
    volume, mask = cube(3)
    constant = replace(volume, array=np.zeros_like(volume.array))
    given = {**params(), "imageType": {"LBP3D": {}}, "featureClass": {"firstorder": ["Mean"]}}
    maps = voxel_maps(constant, mask, params=given)
    assert np.isnan(maps.numbers["lbp-3D-k_firstorder_Mean"]).all()
    assert any("lbp-3D-k" in f.found for f in maps.findings if f.code == "RAD-25")
