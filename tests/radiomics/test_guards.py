"""Inputs that make numbers meaningless are refused, repaired or said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import extract, extract_with_reasons

PARAMS = {"setting": {"binWidth": 25}}


def with_voxel(volume: Volume, index: tuple[int, int, int], value: float) -> Volume:
    array = volume.array.astype(np.float32)
    array[index] = value
    return replace(volume, array=array)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_voxel_without_a_number_in_the_region_is_refused(
    ball: tuple[Volume, Mask], value: float
) -> None:
    volume, mask = ball
    for params in (PARAMS, {"setting": {"resampledPixelSpacing": [1, 1, 1]}}):
        with pytest.raises(BadInputError, match="IMG-06"):
            extract(with_voxel(volume, (12, 13, 14), value), mask, params=params)


def test_far_from_the_region_it_is_repaired(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    result = extract_with_reasons(with_voxel(volume, (0, 0, 0), math.nan), mask, params=PARAMS)
    assert [finding.code for finding in result.findings] == ["IMG-06"]
    assert all(math.isfinite(value) for value in result.values.values())


def test_metal_is_clipped_to_the_declared_range_and_counted(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    metal = with_voxel(volume, (12, 13, 14), 1e5)
    params = {"setting": {"binWidth": 25, "intensityRange": [-1024, 3071]}}
    result = extract_with_reasons(metal, mask, params=params)
    assert result.values["original_firstorder_Maximum"] == 3071
    (finding,) = (found for found in result.findings if found.code == "RAD-10")
    assert "1 voxels" in finding.found
    assert finding.consequence == "repaired"


def test_many_clipped_voxels_are_a_warning(ball: tuple[Volume, Mask]) -> None:
    params = {"setting": {"intensityRange": [0, 50]}}
    result = extract_with_reasons(*ball, params=params)
    assert [f.consequence for f in result.findings if f.code == "RAD-10"] == ["warning"]


def test_a_voxel_that_makes_the_bins_endless_is_refused_until_a_range_is_declared(
    ball: tuple[Volume, Mask],
) -> None:
    volume, mask = ball
    absurd = with_voxel(volume, (12, 13, 14), 1e30)
    with pytest.raises(BadInputError, match=r"RAD-28.*intensityRange"):
        extract(absurd, mask, params=PARAMS)
    declared = {"setting": {"binWidth": 25, "intensityRange": [-1024, 3071]}}
    assert math.isfinite(extract(absurd, mask, params=declared)["original_glcm_Contrast"])


@pytest.mark.parametrize(("width", "word"), [(500, "coarse"), (0.5, "fine")])
def test_a_bin_width_that_does_not_fit_is_said(
    ball: tuple[Volume, Mask], width: float, word: str
) -> None:
    result = extract_with_reasons(*ball, params={"setting": {"binWidth": width}})
    (finding,) = result.findings
    assert finding.code == "RAD-13"
    assert word in finding.found


def test_a_constant_region_says_which_features_are_not_defined(
    ball: tuple[Volume, Mask],
) -> None:
    volume, mask = ball
    flat = replace(volume, array=np.full_like(volume.array, 40))
    result = extract_with_reasons(flat, mask, params=PARAMS)
    undefined = {name for name, value in result.values.items() if math.isnan(value)}
    assert undefined == set(result.reasons)
    assert undefined == {
        "original_firstorder_Skewness",
        "original_firstorder_Kurtosis",
        "original_glcm_Correlation",
        "original_glcm_Imc1",
        "original_glcm_Imc2",
        "original_glcm_MCC",
        "original_ngtdm_Busyness",
        "original_ngtdm_Coarseness",
        "original_ngtdm_Contrast",
        "original_ngtdm_Strength",
    }
    assert all("constant" in reason for reason in result.reasons.values())


def region_of(mask: Mask, index: tuple[slice, slice, slice]) -> Mask:
    array = np.zeros_like(mask.array)
    array[index] = True
    return replace(mask, array=array)


@pytest.mark.parametrize(
    ("index", "word"),
    [
        ((slice(5, 7), slice(5, 7), slice(5, 7)), "8 voxels"),
        ((slice(5, 6), slice(5, 12), slice(5, 12)), "one slice across axis z"),
        ((slice(5, 9), slice(5, 12), slice(5, 6)), "one slice across axis x"),
    ],
)
def test_tiny_and_flat_regions_have_their_shape_and_a_reason_for_the_rest(
    ball: tuple[Volume, Mask], index: tuple[slice, slice, slice], word: str
) -> None:
    volume, mask = ball
    result = extract_with_reasons(volume, region_of(mask, index), params=PARAMS)
    shape = {name for name in result.values if "_shape_" in name}
    assert len(shape) == 14
    assert all(math.isfinite(result.values[name]) for name in shape)
    assert set(result.reasons) == set(result.values) - shape
    assert all(word in reason for reason in result.reasons.values())


def test_a_single_voxel_has_no_axes(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    one = region_of(mask, (slice(5, 6), slice(5, 6), slice(5, 6)))
    result = extract_with_reasons(volume, one, params=PARAMS)
    assert result.values["original_shape_VoxelVolume"] == 2.0
    assert "no extent" in result.reasons["original_shape_Elongation"]


def test_minimum_size_and_dimensions_are_enforced_when_asked_for(
    ball: tuple[Volume, Mask],
) -> None:
    volume, mask = ball
    with pytest.raises(BadInputError, match="RAD-11"):
        extract(volume, mask, params={"setting": {"minimumROISize": 10_000}})
    flat = region_of(mask, (slice(5, 6), slice(5, 12), slice(5, 12)))
    with pytest.raises(BadInputError, match="RAD-11"):
        extract(volume, flat, params={"setting": {"minimumROIDimensions": 3}})


def test_resegmentation_that_leaves_nothing_is_refused(ball: tuple[Volume, Mask]) -> None:
    with pytest.raises(BadInputError, match="RAD-14"):
        extract(*ball, params={"setting": {"resegmentRange": [5000]}})


def test_shape_cut_by_resegmentation_is_said(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    array = np.where(np.indices(volume.array.shape)[2] < 15, 10, 400).astype(np.int16)
    params = {"setting": {"resegmentRange": [0, 100]}}
    result = extract_with_reasons(replace(volume, array=array), mask, params=params)
    assert "RAD-15" in {finding.code for finding in result.findings}
