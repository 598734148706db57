"""Several regions of one case from one call."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tumorcast.cohort import Case, ImageSource
from tumorcast.errors import BadInputError
from tumorcast.imaging import (
    Dilation,
    Mask,
    RegionMask,
    Shell,
    Tumor,
    Volume,
    write_mask,
    write_volume,
)
from tumorcast.radiomics import RadiomicsExtractor, Settings, extract

SETTINGS = Settings.load({"setting": {"binWidth": 25, "resampledPixelSpacing": [2, 2, 2]}})


def case_of(volume: Volume, mask: Mask) -> Case:
    return Case("A", "A", images={"ct": ImageSource(volume, mask, unit="HU")})


def test_columns_carry_image_and_region(ball: tuple[Volume, Mask]) -> None:
    extractor = RadiomicsExtractor("ct", (Tumor(), Shell(0, 3), Dilation(2)), SETTINGS)
    found = extractor.extract(case_of(*ball))
    assert len(found) == 3 * 107
    assert "ct.tumor.original_glcm_Contrast" in found
    assert all(math.isfinite(value) for value in found.values())
    regions = {name.split(".")[1] for name in found}
    assert regions == {region.name for region in extractor.regions}


@pytest.mark.parametrize("pre_crop", [True, False])
@pytest.mark.parametrize("spacing", [[2, 2, 2], None])
def test_a_region_does_not_depend_on_the_other_regions(
    ball: tuple[Volume, Mask], *, spacing: list[int] | None, pre_crop: bool
) -> None:
    settings = Settings.load(
        {
            "setting": {"resampledPixelSpacing": spacing, "preCrop": pre_crop, "padDistance": 2},
            "imageType": {"Original": {}, "LoG": {"sigma": [2]}, "Wavelet": {}, "Square": {}},
        }
    )
    alone = RadiomicsExtractor("ct", (Tumor(),), settings).extract(case_of(*ball))
    together = RadiomicsExtractor("ct", (Shell(0, 3), Tumor()), settings).extract(case_of(*ball))
    assert {name: together[name] for name in alone} == alone
    assert {f"ct.tumor.{k}": v for k, v in extract(*ball, params=settings).items()} == alone


def test_files_and_volumes_give_the_same_columns(ball: tuple[Volume, Mask], tmp_path: Path) -> None:
    volume, mask = ball
    write_volume(volume, tmp_path / "image.nrrd")
    write_mask(mask, tmp_path / "mask.nrrd")
    source = ImageSource(tmp_path / "image.nrrd", tmp_path / "mask.nrrd", unit="HU")
    extractor = RadiomicsExtractor("ct", (Tumor(), Shell(0, 3)), SETTINGS)
    from_files = extractor.extract(Case("A", "A", images={"ct": source}))
    assert from_files == extractor.extract(case_of(volume, mask))


@dataclass(frozen=True)
class Nowhere:
    name: str = "nowhere"

    def build(self, tumor: Mask, image: Volume) -> RegionMask:
        raise BadInputError("REG-01", "no voxel is left", expected="a voxel", fix="leave it out")


def test_a_region_that_a_patient_lacks_is_missing_with_the_reason(
    ball: tuple[Volume, Mask],
) -> None:
    extractor = RadiomicsExtractor("ct", (Nowhere(), Tumor()), SETTINGS)
    measured = extractor.measure(case_of(*ball))
    assert all(math.isnan(value) for value in measured["nowhere"].values.values())
    assert set(measured["nowhere"].reasons.values()) == {"no voxel is left"}
    assert math.isfinite(measured["tumor"].values["original_glcm_Contrast"])
    with pytest.raises(BadInputError, match="REG-01"):
        RadiomicsExtractor("ct", (Nowhere(),), SETTINGS).extract(case_of(*ball))


def test_a_case_without_the_image_or_the_mask_is_refused(ball: tuple[Volume, Mask]) -> None:
    extractor = RadiomicsExtractor("pt", (Tumor(),), SETTINGS)
    with pytest.raises(BadInputError, match="IMG-01"):
        extractor.extract(case_of(*ball))
    without_mask = Case("A", "A", images={"pt": ImageSource(ball[0])})
    with pytest.raises(BadInputError, match="MSK-01"):
        extractor.extract(without_mask)


def test_the_key_changes_with_what_changes_the_values(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    base = RadiomicsExtractor("ct", (Tumor(),), SETTINGS)
    other = replace(base, regions=(Shell(0, 3),))
    assert base.parameters() != other.parameters()
    changed = replace(volume, array=volume.array + np.int16(1))
    assert base.input_digest(case_of(*ball)) != base.input_digest(case_of(changed, mask))
