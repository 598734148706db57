"""Features of the habitats of a tumour."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tumorcast.cohort import Case, ImageSource
from tumorcast.imaging import Habitat, Mask, Tumor, Volume, read_mask, read_volume
from tumorcast.imaging.habitats import local_statistics
from tumorcast.radiomics import RadiomicsExtractor, Settings, extract_in_regions, voxel_maps

SHARE = "original_habitat_VolumeFraction"
PARAMS = {"setting": {"binWidth": 25}}
THIRDS = tuple(Habitat(number, 3) for number in (1, 2, 3))


def test_shares_add_up_and_means_rise(ball: tuple[Volume, Mask]) -> None:
    found = extract_in_regions(*ball, (Tumor(), *THIRDS), params=PARAMS)
    habitats = [found[region.name].values for region in THIRDS]
    assert SHARE not in found["tumor"].values
    assert sum(values[SHARE] for values in habitats) == pytest.approx(1.0)
    means = [values["original_firstorder_Mean"] for values in habitats]
    assert means == sorted(means)
    whole = found["tumor"].values["original_shape_VoxelVolume"]
    for values in habitats:
        assert values[SHARE] == pytest.approx(values["original_shape_VoxelVolume"] / whole)


def test_a_missing_habitat_has_named_missing_values_only(ball: tuple[Volume, Mask]) -> None:
    image, mask = ball
    constant = replace(image, array=np.full_like(image.array, 7))
    found = extract_in_regions(constant, mask, (Tumor(), *THIRDS), params=PARAMS)
    assert found["habitat_1_of_3"].values[SHARE] == 1.0
    for name in ("habitat_2_of_3", "habitat_3_of_3"):
        missing = found[name]
        assert all(math.isnan(value) for value in missing.values.values())
        assert set(missing.reasons) == set(missing.values)
        assert "has 0 of the tumour's" in missing.reasons[SHARE]
        assert set(missing.values) == set(found["habitat_1_of_3"].values)


def test_the_extractor_of_a_study_has_the_columns_of_habitats(ball: tuple[Volume, Mask]) -> None:
    case = Case("a", "a", images={"ct": ImageSource(ball[0], ball[1], "HU")})
    extractor = RadiomicsExtractor("ct", (Tumor(), *THIRDS), Settings.from_dict(PARAMS))
    values = extractor.extract(case)
    shares = {name: value for name, value in values.items() if name.endswith("VolumeFraction")}
    assert set(shares) == {f"ct.habitat_{n}_of_3.{SHARE}" for n in (1, 2, 3)}


def test_the_statistics_of_habitats_are_voxel_maps(ball: tuple[Volume, Mask]) -> None:
    image, mask = ball
    asked = {**PARAMS, "featureClass": {"firstorder": ["Mean", "Variance"]}}
    maps = voxel_maps(image, mask, params=asked)
    mean, deviation = local_statistics(image.array.astype(np.float64), mask.array, (1, 1, 1))
    np.testing.assert_allclose(mean, maps.numbers["original_firstorder_Mean"])
    np.testing.assert_allclose(deviation**2, maps.numbers["original_firstorder_Variance"])


@pytest.mark.real_data
def test_habitats_of_a_sarcoma_part_its_uptake(real_data: Path) -> None:
    stem = real_data / "sarcoma" / "images" / "STS_002" / "STS_002__PT"
    image, mask = read_volume(f"{stem}.nii.gz", unit="SUVbw"), read_mask(f"{stem}_mask.nii.gz")
    found = extract_in_regions(image, mask, (Tumor(), *THIRDS), preset="pet-original")
    whole = found["tumor"].values
    means = [found[region.name].values["original_firstorder_Mean"] for region in THIRDS]
    assert means[0] < whole["original_firstorder_Mean"] < means[2]
    spread = [found[region.name].values["original_firstorder_Variance"] for region in THIRDS]
    shares = [found[region.name].values[SHARE] for region in THIRDS]
    assert np.dot(spread, shares) < 0.5 * whole["original_firstorder_Variance"]
