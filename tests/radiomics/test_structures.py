"""Distances between masks by closed forms, by a distance map of SimpleITK, and by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, gaussian_filter
from scipy.spatial.transform import Rotation

from tumorcast.cohort import Case, ImageSource
from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Volume
from tumorcast.radiomics import StructureExtractor, structure_features
from tumorcast.radiomics.mesh.surface import surface_and_volume
from tumorcast.radiomics.mesh.triangles import Triangles, squared_distance
from tumorcast.radiomics.structures import FEATURES

FINE = Geometry.of_spacing((60, 60, 90), (1.0, 1.0, 1.0))
THICK = Geometry.of_spacing((20, 60, 90), (3.0, 1.0, 1.0))


def ball(grid: Geometry, centre: tuple[float, float, float], radius: float) -> Mask:
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    away = grid.index_to_lps(index) - np.asarray(centre)
    return Mask((away**2).sum(axis=-1) <= radius**2, grid)


def block(grid: Geometry, start: tuple[int, int, int], stop: tuple[int, int, int]) -> Mask:
    inside = np.zeros(grid.shape, dtype=bool)
    inside[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] = True
    return Mask(inside, grid)


@pytest.mark.parametrize("grid", [FINE, THICK], ids=["fine", "thick"])
@pytest.mark.parametrize("apart_mm", [40.3, 29.2, 24.1])
def test_two_balls_lie_as_their_formulas_say(grid: Geometry, apart_mm: float) -> None:
    """Over a sphere the squared distance from a point outside is uniform (Archimedes).

    A ball of voxels has steps, and what is nearest is a step's edge: a third of a voxel too near.
    """
    a, b, contact = 12.3, 15.4, 5.0
    tumor, organ = ball(grid, (23.3, 29.6, 28.7), a), ball(grid, (23.3 + apart_mm, 29.6, 28.7), b)
    found = structure_features(tumor, organ, contact_mm=contact)
    nearest, farthest = apart_mm - a, apart_mm + a
    voxel = 0.75 * max(grid.spacing_mm)
    assert found["MinimumDistance"] == pytest.approx(nearest - b, abs=voxel)
    mean = apart_mm + a**2 / (3 * apart_mm) - b
    assert found["MeanDistance"] == pytest.approx(mean, abs=0.35)
    spread = farthest**2 - nearest**2
    assert found["95Percentile"] == pytest.approx(
        math.sqrt(nearest**2 + 0.95 * spread) - b, abs=voxel
    )
    assert found["CentroidDistance"] == pytest.approx(apart_mm, abs=0.1)
    share = np.clip(((b + contact) ** 2 - nearest**2) / spread, 0, 1)
    assert found["ContactFraction"] == pytest.approx(share, abs=0.02)
    area = Triangles.of(tumor).areas_mm2.sum()
    assert found["ContactArea"] == pytest.approx(found["ContactFraction"] * area)


@pytest.mark.parametrize("gap", [0, 4])
def test_two_blocks_lie_as_counted_by_hand(gap: int) -> None:
    """A block's mesh has its edges cut off, so a face of n voxels is (n - 1) squared flat."""
    tumor = block(FINE, (10, 10, 10), (20, 20, 20))
    organ = block(FINE, (5, 5, 20 + gap), (25, 25, 40))
    found = structure_features(tumor, organ, contact_mm=gap + 0.01)
    assert found["MinimumDistance"] == pytest.approx(gap)
    assert found["ContactArea"] == pytest.approx(81)
    assert found["CentroidDistance"] == pytest.approx(gap + 5 + (20 - gap) / 2)
    assert found["OverlapVolume"] == found["OverlapFraction"] == 0


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 0.7, 0.7), (2.5, 0.977, 0.977)])
@pytest.mark.parametrize("angles", [(0, 0, 0), (20, -35, 50), (-71, 13, 160)])
@pytest.mark.parametrize("gap", [0, 1, 3])
@pytest.mark.parametrize("axis", [0, 2])
def test_faces_exactly_as_far_apart_as_asked_for_are_in_contact(
    spacing: tuple[float, float, float], angles: tuple[int, int, int], gap: int, axis: int
) -> None:
    """A block's face of a by b voxels is flat between the centres of its outer voxels.

    The rim of half a voxel beyond them is cut off towards the sides and lies farther away.
    """
    straight = Geometry.of_spacing((24, 24, 24), spacing)
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    grid = Geometry.from_parts(
        straight.shape, spacing, turn @ straight.direction, (-312.7, 205.3, 1044.1)
    )
    size, organ = np.array([7, 10, 5]), np.zeros((2, 3), dtype=int)
    first = np.array([6, 6, 6])
    organ[0], organ[1] = 2, 22
    organ[0, axis] = first[axis] + size[axis] + gap
    found = structure_features(
        block(grid, tuple(first), tuple(first + size)),
        block(grid, tuple(organ[0]), tuple(organ[1])),
        contact_mm=gap * spacing[axis],
    )
    flat_mm = np.delete((size - 1) * np.array(spacing), axis)
    assert found["ContactArea"] == pytest.approx(flat_mm.prod(), rel=1e-6)


def test_inside_is_negative_and_overlap_counts_voxels() -> None:
    organ = block(THICK, (2, 10, 10), (18, 50, 80))
    inner = block(THICK, (8, 25, 30), (10, 35, 40))
    within = structure_features(inner, organ, contact_mm=0.0)
    assert within["MinimumDistance"] == pytest.approx(-20, abs=0.5)
    assert within["95Percentile"] < 0
    assert within["ContactFraction"] == pytest.approx(1)
    assert within["OverlapVolume"] == pytest.approx(inner.volume_mm3)
    half = block(THICK, (8, 5, 30), (10, 15, 40))
    crossing = structure_features(half, organ, contact_mm=0.0)
    assert crossing["OverlapFraction"] == pytest.approx(0.5)
    assert crossing["MinimumDistance"] < 0 < crossing["95Percentile"]


def test_oblique_axes_change_nothing() -> None:
    turn = Rotation.from_euler("xyz", [20, -35, 50], degrees=True).as_matrix()
    oblique = Geometry.from_parts(
        THICK.shape, THICK.spacing_mm, turn @ THICK.direction, (100.0, -50.0, 20.0)
    )
    straight, tilted = (
        structure_features(
            block(grid, (5, 20, 20), (9, 34, 35)), block(grid, (7, 30, 40), (15, 50, 60)),
            contact_mm=7.0,
        )
        for grid in (THICK, oblique)
    )  # fmt: skip
    assert tilted == pytest.approx(straight, rel=1e-9)
    assert straight["ContactArea"] > 0


def test_distances_are_those_of_a_distance_map_up_to_a_voxel() -> None:
    """SimpleITK's signed Maurer map goes from voxel to voxel; the tumour's outer ones are asked."""
    random = np.random.default_rng(3)
    smooth = gaussian_filter(random.normal(size=THICK.shape), (2, 6, 6))
    blobs = smooth > np.quantile(smooth, 0.9)
    left = np.arange(THICK.shape[2]) < 40
    tumor, organ = Mask(blobs & left, THICK), Mask(blobs & ~left, THICK)
    found = structure_features(tumor, organ, contact_mm=3.0)
    make: Any = SimpleITK.SignedMaurerDistanceMapImageFilter
    distance_map = make()
    distance_map.SquaredDistanceOff()
    distance_map.UseImageSpacingOn()
    away = SimpleITK.GetArrayFromImage(distance_map.Execute(organ.to_sitk()))
    edge = tumor.array & ~binary_erosion(tumor.array)
    assert found["MinimumDistance"] == pytest.approx(away[edge].min(), abs=3.0)
    assert found["MeanDistance"] == pytest.approx(away[edge].mean(), abs=1.5)
    assert found["95Percentile"] == pytest.approx(np.quantile(away[edge], 0.95), abs=3.0)


def test_the_mesh_is_that_of_the_shape_features() -> None:
    grid = Geometry.of_spacing((9, 8, 7), (3.0, 2.0, 1.0))
    mask = Mask(np.random.default_rng(1).random(grid.shape) < 0.4, grid)
    area, _ = surface_and_volume(np.pad(mask.array, 1), mask.geometry.spacing_mm)
    assert Triangles.of(mask).areas_mm2.sum() == pytest.approx(area)


def test_a_point_is_as_far_from_a_triangle_as_from_the_nearest_of_its_points() -> None:
    random = np.random.default_rng(2)
    corners, points = random.normal(size=(200, 3, 3)), 2 * random.normal(size=(200, 3))
    share = random.dirichlet(np.ones(3) * 0.7, size=20000)
    exact = np.sqrt(squared_distance(points, corners))
    for point, triangle, distance in zip(points[:40], corners, exact, strict=False):
        sampled = np.linalg.norm(share @ triangle - point, axis=1).min()
        assert distance <= sampled + 1e-12
        assert distance == pytest.approx(sampled, abs=0.05)


def test_distances_are_exact_on_a_mesh_of_long_triangles() -> None:
    grid = Geometry.of_spacing((12, 20, 20), (6.0, 1.0, 1.0))
    mesh = Triangles.of(ball(grid, (9.5, 9.5, 33.0), 8.0))
    points = np.random.default_rng(4).uniform(0, 20, (200, 3)) * (1, 1, 3)
    every: NDArray[np.float64] = squared_distance(points[:, np.newaxis], mesh.corners[np.newaxis])
    np.testing.assert_allclose(mesh.distance_mm(points), np.sqrt(every.min(axis=1)), atol=0.02)


def test_masks_that_are_empty_or_elsewhere_are_refused() -> None:
    tumor = block(FINE, (10, 10, 10), (20, 20, 20))
    with pytest.raises(BadInputError, match="MSK-02"):
        structure_features(tumor, Mask(np.zeros(FINE.shape, dtype=bool), FINE), contact_mm=1.0)
    other = Geometry.of_spacing(FINE.shape, (1.0, 1.0, 1.0), (500.0, 0.0, 0.0))
    with pytest.raises(BadInputError, match="MSK-08"):
        structure_features(tumor, block(other, (1, 1, 1), (5, 5, 5)), contact_mm=1.0)


def test_a_patient_without_the_structure_has_no_distance() -> None:
    image = Volume(np.zeros(FINE.shape, np.int16), FINE, "HU")
    case = Case("a", "a", images={"ct": ImageSource(image, block(FINE, (1, 1, 1), (5, 5, 5)))})
    found = StructureExtractor("ct", ("pancreas",), 2.0).extract(case)
    assert [*found] == [f"ct.tumor_to_pancreas.original_structure_{name}" for name in FEATURES]
    assert np.isnan(list(found.values())).all()
