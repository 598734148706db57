"""Regions by name, by size of a ball, and as unions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import Dilation, Geometry, Mask, Shell, Tumor, Union, Volume


@pytest.mark.parametrize(
    ("region", "name"),
    [
        (Tumor(), "tumor"),
        (Shell(0, 5), "shell_0_5mm"),
        (Shell(-3, 0), "shell_m3_0mm"),
        (Shell(2.5, 10), "shell_2p5_10mm"),
        (Dilation(16), "dilation_16mm"),
        (Union((Tumor(), Shell(0, 5)), "habitat"), "habitat"),
    ],
)
def test_names(region: Tumor | Shell | Dilation | Union, name: str) -> None:
    assert region.name == name


def test_the_tumour_is_as_drawn(ball: Mask, tissue: Volume) -> None:
    built = Tumor().build(ball, tissue)
    assert built.mask == ball
    assert built.kept_fraction == 1.0


def ball_volume_mm3(radius_mm: float) -> float:
    return 4 / 3 * math.pi * radius_mm**3


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (3.0, 1.0, 1.0), (3.3, 5.5, 5.5)])
def test_a_shell_is_as_thick_as_its_name_on_any_grid(spacing_mm: tuple[float, ...]) -> None:
    shape = [math.ceil(64 / size) for size in spacing_mm]
    geometry = Geometry.of_spacing(shape, spacing_mm)
    centre = geometry.index_to_lps((np.asarray(shape) - 1) / 2)
    points = geometry.index_to_lps(np.moveaxis(np.indices(shape), 0, -1))
    tumor = Mask(np.linalg.norm(points - centre, axis=-1) <= 20.0, geometry)
    image = Volume(np.zeros(shape, np.float32), geometry, "SUVbw")
    for inner, outer in ((0, 5), (5, 10), (-5, 0)):
        expected = ball_volume_mm3(20 + outer) - ball_volume_mm3(20 + inner)
        found = Shell(inner, outer).build(tumor, image).mask.volume_mm3
        assert found == pytest.approx(expected, rel=0.2), (inner, outer)


def test_a_dilation_is_the_tumour_and_the_shell(ball: Mask, tissue: Volume) -> None:
    whole = Dilation(4).build(ball, tissue)
    shell = Shell(0, 4).build(ball, tissue)
    assert np.array_equal(whole.mask.array, ball.array | shell.mask.array)
    assert not (ball.array & shell.mask.array).any()
    assert whole.mask.name == "dilation_4mm"
    assert shell.mask.name == "shell_0_4mm"


def test_a_shell_within_lies_within(ball: Mask, tissue: Volume) -> None:
    rim = Shell(-3, 0).build(ball, tissue)
    core = Shell(-9, -3).build(ball, tissue)
    assert np.array_equal(rim.mask.array | core.mask.array, ball.array)
    assert rim.mask.n_voxels + core.mask.n_voxels == ball.n_voxels


def test_a_union_weighs_what_its_parts_kept(ball: Mask, tissue: Volume) -> None:
    cut = ball.bounding_box()[1][1] + 1
    tumor, image = ball.crop((0, 0, 0), (20, cut, 40)), tissue.crop((0, 0, 0), (20, cut, 40))
    shell = Shell(0, 5).build(tumor, image)
    built = Union((Tumor(), Shell(0, 5)), "both").build(tumor, image)
    whole = Dilation(5).build(tumor, image)
    assert np.array_equal(built.mask.array, whole.mask.array)
    assert built.kept_fraction == pytest.approx(whole.kept_fraction, rel=1e-12)
    assert shell.kept_fraction < built.kept_fraction < 1.0
    assert built.mask.name == "both"


@pytest.mark.parametrize(
    ("inner", "outer"), [(5, 0), (3, 3), (math.nan, 3), (0, math.inf), (-math.inf, 0)]
)
def test_shells_need_two_rising_distances(inner: float, outer: float) -> None:
    with pytest.raises(StudyRefusedError, match="REG-02"):
        Shell(inner, outer)


@pytest.mark.parametrize("mm", [0, -3, math.inf, math.nan])
def test_dilations_grow(mm: float) -> None:
    with pytest.raises(StudyRefusedError, match="REG-02"):
        Dilation(mm)


def test_unions_have_members() -> None:
    with pytest.raises(StudyRefusedError, match="REG-02"):
        Union((), "nothing")
