"""Sizes of a mask by hand, and its way through SimpleITK."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tumorcast.errors import Finding
from tumorcast.imaging import Geometry, Mask
from tumorcast.imaging.itk import simpleitk


@pytest.fixture
def brick() -> Mask:
    array = np.zeros((5, 6, 7), dtype=bool)
    array[1:3, 2:5, 3:7] = True
    return Mask(array, Geometry.of_spacing((5, 6, 7), (3.0, 2.0, 0.5)))


def test_a_brick_has_its_size(brick: Mask) -> None:
    assert brick.n_voxels == 2 * 3 * 4
    assert brick.volume_mm3 == 24 * 3.0
    assert brick.bounding_box() == ((1, 2, 3), (3, 5, 7))


def test_cropping_to_the_box_and_padding_back(brick: Mask) -> None:
    start, stop = brick.bounding_box()
    cropped = brick.crop(start, stop)
    assert cropped.array.all()
    assert cropped.pad(start, np.subtract(brick.geometry.shape, stop).tolist()) == brick


def test_simpleitk_and_back_is_the_same_mask(brick: Mask) -> None:
    image: Any = brick.to_sitk()
    assert image.GetPixelIDTypeAsString() == "8-bit unsigned integer"
    assert Mask.from_sitk(image) == brick


def test_labels_of_simpleitk_are_chosen(brick: Mask) -> None:
    image = simpleitk().GetImageFromArray(brick.array.astype(np.int16) * 255)
    findings: list[Finding] = []
    assert np.array_equal(Mask.from_sitk(image, findings=findings).array, brick.array)
    assert [finding.code for finding in findings] == ["MSK-07"]
    assert np.array_equal(Mask.from_sitk(image, 255, "node").array, brick.array)


def test_an_empty_mask_has_no_box(brick: Mask) -> None:
    empty = replace(brick, array=np.zeros_like(brick.array))
    with pytest.raises(ValueError, match="empty mask"):
        empty.bounding_box()


def test_only_booleans_make_a_mask(brick: Mask) -> None:
    with pytest.raises(TypeError, match="booleans are needed"):
        Mask(brick.array.astype(np.uint8), brick.geometry)


def test_masks_differ_by_name(brick: Mask) -> None:
    assert brick != replace(brick, name="node")
