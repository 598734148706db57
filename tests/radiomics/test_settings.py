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

CLASSES_86 = "shape:, firstorder:, glcm: [Contrast, Imc1, SumSquares], glrlm:, glszm:, gldm:"
LAYOUTS_OF_EXAMPLES = {
    "one class, no setting": ("featureClass:\n  shape:\nimageType: {Original: {}}", 1, 14),
    "ct": (
        ("imageType: {Original: {}, LoG: {sigma: [1.0, 2.0, 3.0]}, Wavelet: {}, Gradient: {}, "
        "Square: {}, SquareRoot: {}, Exponential: {}, Logarithm: {}}\n"
        f"featureClass: {{{CLASSES_86}, ngtdm: }}\n"
        "setting: {interpolator: sitkBSpline, resampledPixelSpacing: [2, 2, 2], padDistance: 10, "
        "binWidth: 25, voxelArrayShift: 1000, label: 1}"),
        8, 86,
    ),
    "mr, empty values": (
        ("imageType: {Original: {}, LoG: {sigma: [2.0, 3.0]}, Wavelet: {}}\n"
        f"featureClass: {{{CLASSES_86}}}\n"
        "setting: {normalize: true, normalizeScale: 100, binWidth: 5, voxelArrayShift: 300, "
        "label: 1, interpolator: sitkBSpline, resampledPixelSpacing: , weightingNorm: }"),
        3, 81,
    ),
    "mr in the plane": (
        ("imageType: {Original: {}, LoG: {sigma: [2.0]}, Wavelet: {}}\n"
        "featureClass: {shape2D: , firstorder: [], ngtdm: }\n"
        "setting: {normalize: true, interpolator: sitkBSpline, resampledPixelSpacing: [2, 2, 0], "
        "padDistance: 10, preCrop: true, force2D: true, force2Ddimension: 0, label: 1}"),
        3, 32,
    ),
    "maps": (
        ("imageType: {Original: {}}\nfeatureClass: {glcm: [JointEntropy]}\n"
        "setting: {binWidth: 25, force2D: true, label: 1}\n"
        "voxelSetting: {kernelRadius: 2, maskedKernel: true, initValue: nan, voxelBatch: 10000}"),
        1, 1,
    ),
    "filters with values of their own": (
        ("imageType: {LoG: {binWidth: 10, sigma: [1.0]}, Wavelet: {binWidth: 5, wavelet: haar, "
        "start_level: 1, level: 1}, LBP2D: {}, LBP3D: {lbp3DLevels: 1}}"),
        4, 107,
    ),
}  # fmt: skip
"""In the sections, and with the ways to leave a value out, of PyRadiomics' example files."""

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


@pytest.mark.parametrize("name", LAYOUTS_OF_EXAMPLES)
def test_files_as_pyradiomics_shows_them_load_unchanged(name: str, tmp_path: Path) -> None:
    text, images, features = LAYOUTS_OF_EXAMPLES[name]
    file = tmp_path / "params.yaml"
    file.write_text(text)
    settings = Settings.load(file)
    assert len(settings.image_types) == images
    assert sum(len(names) for names in settings.features.values()) == features
    as_json = tmp_path / "params.json"
    as_json.write_text(json.dumps(settings.as_dict()))
    again = Settings.load(as_json)
    assert again.as_dict() == settings.as_dict()


def test_every_setting_and_preset_is_explained() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "radiomics.md").read_text()
    unexplained = [name for name in SETTING_NAMES if f"`{name}`" not in page]
    ours = [name for name, settings in PRESETS.items() if settings.ibsi is None]
    assert unexplained == []
    assert [name for name in ours if f"`{name}`" not in page] == []
