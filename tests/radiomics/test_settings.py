"""Parameter files of PyRadiomics, and refusals of what they cannot mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.radiomics import PRESETS, Settings
from tumorcast.radiomics.names import IMAGE_TYPE_NAMES
from tumorcast.radiomics.options import SETTING_NAMES

EXAMPLE = """
setting:
  binWidth: 25
  interpolator: 'sitkBSpline'
  resampledPixelSpacing: [1, 1, 1]
  weightingNorm:
imageType:
  Original: {}
  LoG:
    sigma: [1.0, 3.0]
    binWidth: 10
featureClass:
  shape:
  firstorder: []
  glcm:
    - 'Autocorrelation'
    - 'Contrast'
voxelSetting:
  kernelRadius: 2
  initValue: nan
"""

DOCUMENTED = """
binWidth binCount normalize normalizeScale removeOutliers resampledPixelSpacing interpolator
preCrop padDistance resegmentRange resegmentMode resegmentShape label label_channel distances
weightingNorm force2D force2Ddimension gldm_a symmetricalGLCM voxelArrayShift geometryTolerance
correctMask minimumROIDimensions minimumROISize additionalInfo sigma wavelet level start_level
gradientUseSpacing lbp2DRadius lbp2DSamples lbp2DMethod lbp3DLevels lbp3DIcosphereRadius
lbp3DIcosphereSubdivision kernelRadius maskedKernel initValue voxelBatch
"""


def test_yaml_and_json_give_the_same_settings(tmp_path: Path) -> None:
    yaml_file, json_file = tmp_path / "a.yaml", tmp_path / "a.json"
    yaml_file.write_text(EXAMPLE)
    settings = Settings.load(yaml_file)
    json_file.write_text(json.dumps(settings.as_dict()))
    again = Settings.load(json_file)
    assert again.image_types == settings.image_types
    assert again.features == settings.features
    options = settings.options
    assert (options.bin_width, options.resampled_spacing_mm) == (25, (1, 1, 1))
    assert settings.features["glcm"] == ("Autocorrelation", "Contrast")
    assert len(settings.features["firstorder"]) == 18
    log = settings.options_of(settings.image_types[1])
    assert (log.bin_width, log.sigma_mm) == (10, (1.0, 3.0))


def test_a_bare_file_means_every_class_on_the_original_image(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("")
    settings = Settings.load(file)
    assert [kind.name for kind in settings.image_types] == ["Original"]
    assert sum(len(names) for names in settings.features.values()) == 107


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ({"setting": {"binWith": 25}}, "did you mean 'binWidth'"),
        ({"settings": {}}, "did you mean 'setting'"),
        ({"imageType": {"Wavelets": {}}}, "did you mean 'Wavelet'"),
        ({"imageType": {"LoG": {"sigmas": [1]}}}, "did you mean 'sigma'"),
        ({"featureClass": {"glcms": None}}, "did you mean 'glcm'"),
        ({"featureClass": {"glcm": ["Contrst"]}}, "did you mean 'Contrast'"),
        ({"setting": {"zzz": 1}}, "use one of"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(content: dict[str, Any], hint: str) -> None:
    with pytest.raises(StudyRefusedError, match="RAD-01") as refusal:
        Settings.load(content)
    assert hint in str(refusal.value)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"binWidth": 0}, "above 0"),
        ({"binWidth": "25"}, "above 0|a number"),
        ({"binCount": 2.5}, "whole number"),
        ({"resampledPixelSpacing": [1, 1]}, "three numbers"),
        ({"resampledPixelSpacing": 1}, "three numbers"),
        ({"interpolator": "bspline"}, "sitkBSpline"),
        ({"interpolator": 11}, "sitkBSpline"),
        ({"distances": []}, "at least one"),
        ({"distances": [0]}, "whole numbers above 0"),
        ({"force2D": 1}, "true or false"),
        ({"force2Ddimension": 3}, "one of 0, 1, 2"),
        ({"resegmentRange": [1, 2, 3]}, "one or two"),
        ({"resegmentMode": "percent"}, "absolute"),
        ({"intensityRange": [3, 1]}, "the second above the first"),
        ({"geometryTolerance": 1000}, "hides that the mask lies elsewhere"),
        ({"gldm_a": -1}, "0 or more"),
        ({"padDistance": -1}, "0 or more"),
        ({"wavelet": "morl"}, "discrete wavelet"),
        ({"weightingNorm": "L2"}, "manhattan"),
        ({"sigma": [0]}, "numbers above 0"),
        ({"initValue": "none"}, "a number"),
    ],
)
def test_a_value_that_a_setting_does_not_accept_is_refused(
    setting: dict[str, Any], expected: str
) -> None:
    with pytest.raises(StudyRefusedError, match=expected) as refusal:
        Settings.load({"setting": setting})
    assert refusal.value.findings[0].code == "RAD-02"


@pytest.mark.parametrize(
    "content", [{"imageType": {"LoG": "y}"}}, {"featureClass": {"glcm": "Contrast"}}]
)
def test_a_text_where_names_belong_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(StudyRefusedError, match=r"RAD-02.*holds '"):
        Settings.from_dict(content)


def test_a_section_without_names_is_refused() -> None:
    with pytest.raises(StudyRefusedError, match="RAD-02"):
        Settings.load({"setting": [1, 2]})


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n"])
def test_a_file_that_is_no_parameter_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(BadInputError, match="RAD-03"):
        Settings.load(file)


def test_interpolators_have_simpleitks_numbers() -> None:
    assert Settings.load({"setting": {"interpolator": 3}}).options.interpolator == "sitkBSpline"


def test_every_documented_setting_of_pyradiomics_is_known() -> None:
    assert set(DOCUMENTED.split()) <= set(SETTING_NAMES)


@pytest.mark.parametrize(("preset", "images", "features"), [("hnscc-1562", 18, 1562),
                                                            ("ct-1218", 14, 1218)])  # fmt: skip
def test_presets_count_what_their_name_says(preset: str, images: int, features: int) -> None:
    settings = PRESETS[preset]
    shape = len(settings.features["shape"])
    on_images = sum(len(names) for name, names in settings.features.items() if name != "shape")
    assert shape == 14
    assert shape + images * on_images == features


@pytest.mark.parametrize("preset", [name for name, s in PRESETS.items() if s.ibsi is None])
def test_presets_declare_bins_and_spacing_and_survive_a_round_trip(preset: str) -> None:
    settings = PRESETS[preset]
    assert {"binWidth", "resampledPixelSpacing"} <= set(settings.as_dict()["setting"])
    assert all(kind.name in IMAGE_TYPE_NAMES for kind in settings.image_types)
    again = Settings.load(json.loads(json.dumps(settings.as_dict())))
    assert again.options == settings.options
    assert again.features == settings.features
