"""Every judgement of a pair has been seen to fall, and to keep silent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Geometry, Mask, Shell, Volume, judge_pair, prepare_pair


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.consequence) for finding in findings]


def with_mask(ball: Mask, *boxes: tuple[slice, slice, slice]) -> Mask:
    array = np.zeros_like(ball.array)
    for part in boxes:
        array[part] = True
    return replace(ball, array=array)


def test_a_good_pair_has_no_findings(ball: Mask, tissue: Volume) -> None:
    assert judge_pair(tissue, ball, regions=(Shell(0, 5), Shell(-3, 0))) == []


def test_a_pair_is_prepared_as_it_is_judged(ball: Mask, tissue: Volume) -> None:
    values = tissue.array.astype(np.float32)
    values[0, 0, 0] = np.nan
    image = replace(tissue, array=values)
    cropped = ball.crop((1, 1, 1), ball.geometry.shape)
    findings: list[Finding] = []
    volume, mask = prepare_pair(image, cropped, findings=findings)
    assert np.isfinite(volume.array).all()
    assert mask == ball
    assert said(findings) == [("MSK-09", "repaired"), ("IMG-06", "repaired")]
    assert judge_pair(image, cropped) == findings


def test_an_unusable_pair_is_one_finding(ball: Mask, tissue: Volume) -> None:
    empty = replace(ball, array=np.zeros_like(ball.array))
    assert said(judge_pair(tissue, empty)) == [("MSK-02", "excluded")]
    with pytest.raises(BadInputError, match="MSK-02"):
        prepare_pair(tissue, empty)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ((slice(9, 10), slice(9, 19), slice(9, 19)), "100 voxels, 1 thick"),
        ((slice(9, 12), slice(9, 12), slice(9, 10)), "9 voxels, 1 thick"),
    ],
)
def test_tiny_tumours_are_excluded(
    part: tuple[slice, slice, slice], found: str, ball: Mask, tissue: Volume
) -> None:
    (finding,) = (f for f in judge_pair(tissue, with_mask(ball, part)) if f.code == "MSK-03")
    assert finding.consequence == "excluded"
    assert found in finding.found


def test_ten_voxels_in_two_slices_are_enough(ball: Mask, tissue: Volume) -> None:
    ten = with_mask(ball, (slice(9, 11), slice(9, 14), slice(9, 10)))
    assert ("MSK-03", "excluded") in said(judge_pair(tissue, ten))
    twelve = with_mask(ball, (slice(9, 11), slice(9, 12), slice(9, 11)))
    assert ("MSK-03", "excluded") not in said(judge_pair(tissue, twelve))


@pytest.mark.parametrize(("spacing_mm", "warned"), [(0.2, True), (1.0, False), (14.0, True)])
def test_implausible_volumes(spacing_mm: float, warned: bool, ball: Mask, tissue: Volume) -> None:
    geometry = Geometry.of_spacing(ball.geometry.shape, (spacing_mm,) * 3)
    pair = replace(tissue, geometry=geometry), replace(ball, geometry=geometry)
    assert (("MSK-11", "warning") in said(judge_pair(*pair))) is warned


@pytest.mark.parametrize(("pieces", "warned"), [(20, False), (21, True)])
def test_many_pieces(pieces: int, warned: bool, ball: Mask, tissue: Volume) -> None:
    array = np.zeros_like(ball.array)
    corners = [(z, y, x) for z in (3, 9) for y in range(3, 33, 6) for x in (3, 13, 23)][:pieces]
    for z, y, x in corners:
        array[z : z + 3, y : y + 3, x : x + 3] = True
    findings = judge_pair(tissue, replace(ball, array=array))
    assert (("MSK-12", "warning") in said(findings)) is warned


def test_touching_voxels_are_one_piece(ball: Mask, tissue: Volume) -> None:
    array = np.zeros_like(ball.array)
    for step in range(2, 18):
        array[step, step, step] = True
    findings = judge_pair(tissue, replace(ball, array=array))
    assert ("MSK-12", "warning") not in said(findings)


@pytest.mark.parametrize("at_start", [True, False])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_tumours_at_the_edge(axis: int, at_start: bool, ball: Mask, tissue: Volume) -> None:
    first, last = ball.bounding_box()
    start, stop = [0, 0, 0], list(ball.geometry.shape)
    if at_start:
        start[axis] = first[axis]
    else:
        stop[axis] = last[axis]
    findings = judge_pair(tissue.crop(start, stop), ball.crop(start, stop))
    assert said(findings) == [("MSK-13", "warning")]


@pytest.mark.parametrize(("air", "excluded"), [(0.49, False), (0.51, True)])
def test_tumours_in_air(air: float, excluded: bool, ball: Mask, tissue: Volume) -> None:
    values = np.array(tissue.array)
    inside = np.argwhere(ball.array)
    values[tuple(inside[: int(air * len(inside))].T)] = -900
    findings = judge_pair(replace(tissue, array=values), ball)
    assert (("MSK-10", "excluded") in said(findings)) is excluded
    pet = replace(tissue, array=values, unit="SUVbw")
    assert judge_pair(pet, ball) == []


def test_constant_tumours(ball: Mask, tissue: Volume) -> None:
    values = np.where(ball.array, 40, tissue.array).astype(np.int16)
    findings = judge_pair(replace(tissue, array=values), ball)
    assert said(findings) == [("IMG-07", "warning")]


def test_shells_that_are_mostly_lost(ball: Mask, tissue: Volume) -> None:
    start, stop = ball.bounding_box()
    pair = tissue.crop(start, stop), ball.crop(start, stop)
    assert said(judge_pair(*pair, regions=(Shell(0, 2), Shell(0, 20), Shell(30, 31)))) == [
        ("MSK-13", "warning"),
        ("REG-03", "warning"),
        ("REG-01", "excluded"),
    ]


def test_findings_speak(ball: Mask, tissue: Volume) -> None:
    start, stop = ball.bounding_box()
    (_, finding) = judge_pair(
        tissue.crop(start, stop), ball.crop(start, stop), regions=(Shell(0, 20),)
    )
    assert "of shell_0_20mm lies in image and body; expected at least 50%" in finding.line()
