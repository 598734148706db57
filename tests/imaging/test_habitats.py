"""Sub-regions of a tumour by the look of its voxels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.imaging import (
    Geometry,
    Habitat,
    Mask,
    Tumor,
    Union,
    Volume,
    habitat_labels,
    is_sub_region,
    judge_pair,
)
from tumorcast.imaging.habitats import local_statistics


@pytest.fixture
def layered() -> tuple[Mask, Volume]:
    """Return a ball in three layers across z, of 10, 30 and 50 with a little noise."""
    geometry = Geometry.of_spacing((24, 24, 24), (4.0, 4.0, 4.0))
    z, y, x = np.indices(geometry.shape)
    ball = np.asarray((z - 12) ** 2 + (y - 12) ** 2 + (x - 12) ** 2 <= 100)
    noise = np.random.default_rng(5).normal(0, 1, geometry.shape)
    array = np.select([z < 9, z < 16], [50.0, 10.0], 30.0) + noise
    return Mask(ball, geometry), Volume(array, geometry, "SUVbw")


def test_layers_are_found_and_numbered_from_the_darkest(layered: tuple[Mask, Volume]) -> None:
    tumor, image = layered
    built = [Habitat(number, 3).build(tumor, image).mask for number in (1, 2, 3)]
    means = [float(np.median(image.array[mask.array])) for mask in built]
    assert means == pytest.approx([10, 30, 50], abs=1)
    total = np.sum([mask.array for mask in built], axis=0)
    np.testing.assert_array_equal(total, tumor.array)
    assert [mask.name for mask in built] == [f"habitat_{n}_of_3" for n in (1, 2, 3)]


def test_a_brighter_scanner_changes_no_habitat(layered: tuple[Mask, Volume]) -> None:
    tumor, image = layered
    brighter = replace(image, array=image.array * 4 + 100)
    np.testing.assert_array_equal(
        habitat_labels(tumor, image, 3), habitat_labels(tumor, brighter, 3)
    )


def test_what_lies_outside_the_tumour_changes_nothing(layered: tuple[Mask, Volume]) -> None:
    tumor, image = layered
    other = replace(image, array=np.where(tumor.array, image.array, 1e4))
    np.testing.assert_array_equal(habitat_labels(tumor, image, 3), habitat_labels(tumor, other, 3))


def test_local_statistics_by_hand() -> None:
    values = np.array([[[1.0, 2.0, 4.0, 100.0]]])
    inside = np.array([[[True, True, True, False]]])
    mean, deviation = local_statistics(values, inside, (1, 1, 1))
    assert mean == pytest.approx([1.5, 7 / 3, 3.0])
    assert deviation == pytest.approx([0.5, np.std([1, 2, 4]), 1.0])


def test_a_tumour_without_contrast_has_one_habitat_and_misses_the_others(
    layered: tuple[Mask, Volume],
) -> None:
    tumor, image = layered
    constant = replace(image, array=np.ones(image.array.shape))
    assert Habitat(1, 3).build(tumor, constant).mask == replace(tumor, name="habitat_1_of_3")
    with pytest.raises(BadInputError, match=r"REG-05.*habitat 3 of 3 has 0 of"):
        Habitat(3, 3).build(tumor, constant)


def test_a_small_habitat_is_missing_and_its_case_is_kept(layered: tuple[Mask, Volume]) -> None:
    tumor, image = layered
    array = np.full(image.array.shape, 10.0)
    array[12, 12, 12:14] = 4000.0
    spiked = replace(image, array=array)
    with pytest.raises(BadInputError, match="REG-05"):
        Habitat(9, 9).build(tumor, spiked)
    found = judge_pair(spiked, tumor, regions=(Habitat(9, 9),))
    (finding,) = [each for each in found if each.code == "REG-05"]
    assert finding.consequence == "warning"


@pytest.mark.parametrize(("number", "of"), [(0, 3), (4, 3), (1, 1), (1, 10)])
def test_habitats_that_cannot_be_are_refused(number: int, of: int) -> None:
    with pytest.raises(StudyRefusedError, match=r"REG-02.*habitat"):
        Habitat(number, of)


def test_only_habitats_are_sub_regions() -> None:
    assert is_sub_region(Habitat(1, 2))
    assert is_sub_region(Union((Habitat(1, 2),), "dark"))
    assert not is_sub_region(Tumor())
    assert not is_sub_region(Union((Habitat(1, 2), Tumor()), "both"))
