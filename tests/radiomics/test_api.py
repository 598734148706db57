"""`extract` on what users hand it, and what it refuses."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.imaging import Geometry, Mask, Volume, write_mask, write_volume
from tumorcast.radiomics import extract, extract_with_reasons
from tumorcast.radiomics.itk import sitk

PARAMS = {"setting": {"binWidth": 25}}


def test_paths_simpleitk_and_volumes_give_the_same_values(
    ball: tuple[Volume, Mask], tmp_path: Path
) -> None:
    volume, mask = ball
    write_volume(volume, tmp_path / "image.nrrd")
    write_mask(mask, tmp_path / "mask.nrrd")
    in_memory = extract(volume, mask, params=PARAMS)
    assert len(in_memory) == 107
    assert extract(volume.to_sitk(), mask.to_sitk(), params=PARAMS) == in_memory
    from_files = extract(str(tmp_path / "image.nrrd"), tmp_path / "mask.nrrd", params=PARAMS)
    assert from_files == in_memory


def test_a_channel_of_a_segmentation_is_chosen(ball: tuple[Volume, Mask], tmp_path: Path) -> None:
    volume, mask = ball
    both = sitk.Compose(mask.to_sitk() * 0, mask.to_sitk())
    sitk.WriteImage(both, str(tmp_path / "both.nrrd"))
    chosen = {"setting": {"label_channel": 1}}
    expected = extract(volume, mask, params=PARAMS)
    assert extract(volume, both, params=chosen) == expected
    assert extract(volume, tmp_path / "both.nrrd", params=chosen) == expected
    with pytest.raises(BadInputError, match="RAD-05"):
        extract(volume, both, params={"setting": {"label_channel": 2}})


def test_the_only_label_is_taken_and_a_missing_one_refused(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    label255 = mask.to_sitk() * 255
    result = extract_with_reasons(volume, label255, params=PARAMS)
    assert dict(result.values) == extract(volume, mask, params=PARAMS)
    assert any("255" in finding.found for finding in result.findings)
    with pytest.raises(BadInputError, match="label 3"):
        extract(volume, label255, params={"setting": {"label": 3}})


@pytest.mark.parametrize("arguments", [{}, {"preset": "ct-1218", "params": PARAMS}])
def test_neither_or_both_of_preset_and_parameters_are_refused(
    ball: tuple[Volume, Mask], arguments: dict[str, object]
) -> None:
    with pytest.raises(StudyRefusedError, match="RAD-16"):
        extract(*ball, **arguments)  # type: ignore[arg-type]


def test_an_unknown_preset_is_refused(ball: tuple[Volume, Mask]) -> None:
    with pytest.raises(StudyRefusedError, match="did you mean 'hnscc-1562'"):
        extract(*ball, preset="hnscc1562")


def test_an_empty_mask_is_refused(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    empty = replace(mask, array=np.zeros_like(mask.array))
    with pytest.raises(BadInputError, match="RAD-04"):
        extract(volume, empty, params=PARAMS)


def test_a_mask_on_another_grid_is_refused_or_corrected(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    cropped = mask.crop((2, 2, 2), (22, 24, 26))
    with pytest.raises(BadInputError, match="RAD-07"):
        extract(volume, cropped, params=PARAMS)
    corrected = {"setting": {"correctMask": True}}
    assert extract(volume, cropped, params=corrected) == extract(volume, mask, params=PARAMS)


def test_a_region_outside_the_image_is_refused(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    far = Geometry.of_spacing(mask.array.shape, (2.0, 1.0, 1.0), (200.0, 0.0, 0.0))
    elsewhere = Mask(mask.array, far)
    with pytest.raises(BadInputError, match="RAD-06"):
        extract(volume, elsewhere, params={"setting": {"correctMask": True}})
    with pytest.raises(BadInputError, match="RAD-06"):
        extract(volume, elsewhere, preset="ct-1218")


def test_features_removed_from_pyradiomics_are_named_as_such(ball: tuple[Volume, Mask]) -> None:
    params = {"featureClass": {"glcm": ["Homogeneity1", "Contrast"]}}
    result = extract_with_reasons(*ball, params=params)
    assert math.isnan(result.values["original_glcm_Homogeneity1"])
    assert "equal to Id" in result.reasons["original_glcm_Homogeneity1"]
    assert list(result.values) == ["original_glcm_Homogeneity1", "original_glcm_Contrast"]
