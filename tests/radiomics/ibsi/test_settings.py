"""Parameter files under ``standard: ibsi``, and what users get through them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tumorcast.cohort import Case, ImageSource
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import Mask, Shell, Tumor, Volume
from tumorcast.radiomics import RadiomicsExtractor, Settings, extract, extract_with_reasons
from tumorcast.radiomics.ibsi import Config, FixedBinNumber, FixedBinSize
from tumorcast.radiomics.ibsi import extract as by_ibsi
from tumorcast.radiomics.ibsi.config import FAMILIES
from tumorcast.radiomics.ibsi.filters import LaplacianOfGaussian, Mean

STEPS = ("_img", "_roi")
"""How the tags of diagnostics end."""
Scan = Callable[..., tuple[Volume, Mask]]


def of(**sections: Any) -> Config:
    config = Settings.from_dict({"standard": "ibsi", **sections}).ibsi
    assert config is not None
    return config


@pytest.fixture
def block(scan: Scan) -> tuple[Volume, Mask]:
    """Return a noisy image and a block of it."""
    voxels = np.random.default_rng(6).normal(100, 20, (9, 10, 11)).round()
    volume, _ = scan(voxels)
    inside = np.zeros(voxels.shape, bool)
    inside[2:7, 3:8, 2:9] = True
    return volume, Mask(inside, volume.geometry)


def test_a_file_says_what_the_configuration_says() -> None:
    config = of(
        setting={
            "spacing_mm": [None, 2, 2],
            "intensity_range": [-1000, None],
            "binning": {"width": 25},
            "ivh_binning": {"count": 100},
        },
        imageType={"Original": {}, "LoG": [{"sigma_mm": 1}, {"sigma_mm": 2.5}]},
        featureClass=["statistics", "glcm"],
    )
    assert config == Config(
        spacing_mm=(None, 2, 2),
        intensity_range=(-1000, None),
        binning=FixedBinSize(25),
        ivh_binning=FixedBinNumber(100),
        families=("statistics", "glcm"),
        filters=(LaplacianOfGaussian(1), LaplacianOfGaussian(2.5)),
    )


def test_what_is_left_out_has_its_default() -> None:
    assert of() == of(setting=None, imageType=None, featureClass=None) == Config()
    assert of(featureClass={"glcm": None}).families == ("glcm",)
    assert not of(imageType={"Mean": {"support": 3}}).original


def test_label_and_channel_are_settings_of_both_standards() -> None:
    settings = Settings.from_dict({"standard": "ibsi", "setting": {"label": 3}})
    assert settings.options.label == 3
    assert Settings.from_dict(settings.as_dict()) == settings


@pytest.mark.parametrize(
    ("sections", "code", "words"),
    [
        ({"standard": "IBSI"}, "RAD-01", "pyradiomics or ibsi"),
        ({"voxelSetting": {}}, "IBS-08", "voxelSetting"),
        ({"setting": {"binWidth": 25}}, "IBS-08", "binning: {width: 25}"),
        ({"setting": {"resampledPixelSpacing": [1, 1, 1]}}, "IBS-08", "spacing_mm"),
        ({"setting": {"spacing": [1, 1, 1]}}, "IBS-08", "did you mean 'spacing_mm'"),
        ({"setting": {"spacing_mm": 1}}, "IBS-01", "three numbers"),
        ({"setting": {"spacing_mm": [1, 0, 1]}}, "IBS-03", "above 0"),
        ({"setting": {"interpolation": "sitkBSpline"}}, "IBS-01", "linear, cubic"),
        ({"setting": {"intensity_range": [400, -500]}}, "IBS-02", "lower bound first"),
        ({"setting": {"binning": 25}}, "IBS-01", "name: value"),
        ({"setting": {"binning": {"size": 25}}}, "IBS-08", "width"),
        ({"setting": {"binning": {"width": 0}}}, "IBS-01", "above 0"),
        ({"setting": {"dimensions": ["4D"]}}, "IBS-01", "2D, 3D"),
        ({"setting": {"dimensions": "3D"}}, "IBS-01", "a list of"),
        ({"setting": {"dimensions": ["3D", "3D"]}}, "IBS-01", "a list of"),
        ({"setting": {"dimensions": [["3D"]]}}, "IBS-01", "a list of"),
        ({"setting": {"label": 0}}, "RAD-02", "above 0"),
        ({"setting": [1]}, "RAD-02", "names with their values"),
        ({"imageType": {"Square": {}}}, "IBS-08", "Square"),
        ({"imageType": {"wavelet": {}}}, "IBS-08", "did you mean 'Wavelet'"),
        ({"imageType": {"Original": {"binWidth": 3}}}, "IBS-01", "no parameters"),
        ({"imageType": {"LoG": {}}}, "IBS-01", "without sigma_mm"),
        ({"imageType": {"LoG": {"sigma": [1]}}}, "IBS-08", "one entry of LoG for each sigma_mm"),
        ({"imageType": {"LoG": {"sigma_mm": -1}}}, "IBS-01", "above 0"),
        ({"imageType": {"Mean": [{"support": 3}, {"support": 3}]}}, "IBS-09", "mean-3D-3"),
        ({"featureClass": {"glcm": ["contrast"]}}, "IBS-01", "measures whole"),
        ({"featureClass": ["firstorder"]}, "IBS-08", "statistics"),
        ({"featureClass": "glcm"}, "IBS-01", "a list of"),
        ({"featureClass": [["glcm"]]}, "IBS-08", "did you mean 'glcm'"),
        ({"standard": ["ibsi"]}, "RAD-01", "pyradiomics or ibsi"),
    ],
)
def test_what_a_file_cannot_mean_is_refused(
    sections: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(StudyRefusedError) as refusal:
        Settings.from_dict({"standard": "ibsi", **sections})
    assert refusal.value.findings[0].code == code
    assert words in refusal.value.findings[0].line()


def test_a_configuration_in_python_is_checked_as_a_file_is() -> None:
    for wrong in ({"filters": ("LoG",)}, {"original": False}, {"binning": 25}):
        with pytest.raises(StudyRefusedError):
            Config(**wrong)


def test_families_are_measured_alone_as_together(block: tuple[Volume, Mask]) -> None:
    def config(*families: str) -> Config:
        return Config(
            binning=FixedBinSize(10), families=families or tuple(FAMILIES), dimensions=("2D", "3D")
        )

    together = by_ibsi(*block, config())
    for family, begins in FAMILIES.items():
        alone = by_ibsi(*block, config(family))
        features = {tag for tag in alone if not tag.endswith(STEPS)}
        assert features
        wanted = {tag for tag in together if tag.startswith(begins) and not tag.endswith(STEPS)}
        assert features == wanted
        assert alone == pytest.approx({tag: together[tag] for tag in alone}, nan_ok=True)


def test_columns_are_image_type_and_tag(block: tuple[Volume, Mask]) -> None:
    sections = {
        "standard": "ibsi",
        "imageType": {"Original": {}, "Mean": {"support": 3}},
        "featureClass": ["statistics"],
    }
    found = extract(*block, params=sections)
    config = Config(filters=(Mean(3),), families=("statistics",))
    tags = by_ibsi(*block, config)
    assert {name.partition("_")[0] for name in found} == {"original", "mean-3D-3"}
    assert found["original_stat_mean"] == tags["stat_mean"]
    assert found["mean-3D-3_stat_var"] == tags["mean-3D-3_stat_var"] < tags["stat_var"]


def test_response_maps_have_textures_where_they_have_bins(block: tuple[Volume, Mask]) -> None:
    image, mask = block
    config = Config(
        binning=FixedBinSize(10),
        response_binning=FixedBinNumber(16),
        filters=(Mean(3),),
        families=("glcm", "gldzm"),
    )
    found = by_ibsi(image, mask, config)
    blurred = Volume(Mean(3).respond(image.array.astype(float), (1.0, 1.0, 1.0)), image.geometry)
    plain = Config(binning=FixedBinNumber(16), families=("glcm", "gldzm"))
    for tag, value in by_ibsi(blurred, mask, plain).items():
        if not tag.endswith(STEPS):
            assert found[f"mean-3D-3_{tag}"] == pytest.approx(value, rel=1e-12)


def test_range_and_outliers_are_those_of_the_image(block: tuple[Volume, Mask]) -> None:
    image, mask = block
    ranged = Config(intensity_range=(90, 110), filters=(Mean(3),), families=("statistics",))
    found = by_ibsi(image, mask, ranged)
    kept = mask.array & (image.array >= 90) & (image.array <= 110)
    response = Mean(3).respond(image.array.astype(float), (1.0, 1.0, 1.0))
    assert found["mean-3D-3_stat_mean"] == pytest.approx(response[kept].mean(), rel=1e-12)


def test_undefined_features_have_a_reason(scan: Scan) -> None:
    image, mask = scan(np.full((3, 3, 3), 4.0))
    found = extract_with_reasons(
        image, mask, params={"standard": "ibsi", "featureClass": ["statistics"]}
    )
    assert "original_stat_skew" in found.reasons
    assert set(found.reasons) == {tag for tag, x in found.values.items() if np.isnan(x)}
    assert found.diagnostics["int_mask_vox_count_reseg_roi"] == 27


def test_a_study_measures_several_regions_by_ibsi(block: tuple[Volume, Mask]) -> None:
    settings = Settings.from_dict(
        {
            "standard": "ibsi",
            "imageType": {"Original": {}, "LoG": {"sigma_mm": 1}},
            "featureClass": ["statistics", "morphology"],
        }
    )
    extractor = RadiomicsExtractor("ct", (Tumor(), Shell(0, 2)), settings)
    case = Case("A", "A", images={"ct": ImageSource(*block, unit="HU")})
    found = extractor.extract(case)
    alone = extract(*block, params=settings)
    tumor = {name: value for name, value in found.items() if name.startswith("ct.tumor.")}
    assert tumor == {f"ct.tumor.{name}": value for name, value in alone.items()}
    assert len(found) == 2 * len(tumor)
    assert found["ct.shell_0_2mm.original_stat_mean"] != tumor["ct.tumor.original_stat_mean"]
    assert json.loads(json.dumps(extractor.parameters()))["settings"]["standard"] == "ibsi"
