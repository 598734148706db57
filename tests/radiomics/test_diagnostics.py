"""The additional information that PyRadiomics writes beside the features."""

from __future__ import annotations

from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import extract_with_reasons


def test_image_and_region_are_described_before_and_after_resampling(
    ball: tuple[Volume, Mask],
) -> None:
    volume, mask = ball
    params = {"setting": {"resampledPixelSpacing": [1, 1, 1]}}
    found = extract_with_reasons(volume, mask, params=params).diagnostics
    assert found["diagnostics_Image-original_Spacing"] == (1.0, 1.0, 2.0)
    assert found["diagnostics_Image-original_Size"] == (28, 26, 24)
    assert found["diagnostics_Image-original_Mean"] == volume.array.mean()
    assert found["diagnostics_Mask-original_BoundingBox"] == (8, 7, 6, 13, 13, 13)
    assert found["diagnostics_Mask-original_VoxelNum"] == mask.n_voxels
    assert found["diagnostics_Mask-original_VolumeNum"] == 1
    assert found["diagnostics_Mask-original_CenterOfMass"] == (14.0, 13.0, 24.0)
    assert found["diagnostics_Image-interpolated_Spacing"] == (1.0, 1.0, 1.0)
    assert found["diagnostics_Mask-interpolated_VoxelNum"] == 2 * mask.n_voxels
    assert "diagnostics_Configuration_Settings" in found


def test_it_can_be_left_out(ball: tuple[Volume, Mask]) -> None:
    result = extract_with_reasons(*ball, params={"setting": {"additionalInfo": False}})
    assert result.diagnostics == {}
