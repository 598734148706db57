"""Filters by hand, by brute force and by what they must leave as it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.radiomics.ibsi.filters import (
    FILTERS,
    Boundary,
    Filter,
    Gabor,
    LaplacianOfGaussian,
    Laws,
    Mean,
    RieszLoG,
    RieszSimoncelli,
    SeparableWavelet,
    Simoncelli,
)
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, padded
from tumorcast.radiomics.ibsi.filters.filter import respond_within
from tumorcast.radiomics.ibsi.filters.riesz import riesz
from tumorcast.radiomics.ibsi.filters.rotation import rotated

MM = (1.0, 1.0, 1.0)
EVERY: list[Filter] = [
    Mean(3),
    Mean(3, "2D"),
    LaplacianOfGaussian(1.0, 3.0),
    LaplacianOfGaussian(1.0, 3.0, "2D"),
    Laws("L5E5"),
    Laws("L3S3W5", pooling="average", energy_distance=2),
    Gabor(1, 3, 1.5, orientation_deg=30),
    Gabor(1, 3, 0.8, orientation_step_deg=60, orthogonal_planes=True, pooling="max"),
    SeparableWavelet("db2", "LH"),
    SeparableWavelet("coif1", "HLL", 2, pooling="max"),
    Simoncelli(1, boundary="mirror"),
    Simoncelli(2, "2D"),
    RieszLoG((1, 1), 1.0),
    RieszSimoncelli((0, 1, 1), 1, "zero"),
]


@pytest.fixture
def noise() -> NDArray[np.float64]:
    return np.random.default_rng(3).normal(size=(14, 15, 16))


def test_every_image_type_is_tried() -> None:
    assert {type(f).__name__ for f in EVERY} == {kind.__name__ for kind in FILTERS.values()}


@pytest.mark.parametrize("filter_", EVERY, ids=lambda f: f.name)
def test_a_filter_is_homogeneous_and_keeps_the_shape(
    filter_: Filter, noise: NDArray[np.float64]
) -> None:
    response = filter_.respond(noise, MM)
    assert response.shape == noise.shape
    assert np.allclose(filter_.respond(3 * noise, MM), 3 * response, atol=1e-9)


@pytest.mark.parametrize("filter_", EVERY, ids=lambda f: f.name)
def test_a_part_of_the_image_is_enough_for_a_part_of_the_response(
    filter_: Filter, noise: NDArray[np.float64]
) -> None:
    for box in (np.s_[6:8, 7:9, 8:9], np.s_[0:2, 3:15, 15:16]):
        part = respond_within(filter_, noise, MM, box)
        assert np.allclose(part, filter_.respond(noise, MM)[box], atol=1e-9)


@pytest.mark.parametrize("filter_", EVERY, ids=lambda f: f.name)
def test_names_have_no_part_that_column_names_are_cut_at(filter_: Filter) -> None:
    assert not set("._ ") & set(filter_.name)


@pytest.mark.parametrize(
    "filter_", [EVERY[k] for k in (1, 3, 4, 6, 8, 11, 12)], ids=lambda f: f.name
)
def test_filters_of_the_plane_see_one_slice_at_a_time(
    filter_: Filter, noise: NDArray[np.float64]
) -> None:
    alone = filter_.respond(noise[4:5], MM)
    assert np.allclose(alone[0], filter_.respond(noise, MM)[4], atol=1e-9)


def test_boundaries_by_hand() -> None:
    line = np.array([[[1.0, 2.0, 3.0]]])
    beyond: dict[Boundary, list[float]] = {
        "zero": [0, 0, 1, 2, 3, 0, 0],
        "nearest": [1, 1, 1, 2, 3, 3, 3],
        "periodic": [2, 3, 1, 2, 3, 1, 2],
        "mirror": [2, 1, 1, 2, 3, 3, 2],
    }
    assert set(beyond) == set(BOUNDARIES)
    for boundary, wanted in beyond.items():
        assert padded(line, [(0, 0), (0, 0), (2, 2)], boundary).ravel().tolist() == wanted
        mean = Mean(5, "2D", boundary).respond(np.repeat(line, 3, axis=1), MM)
        rows = 0.6 if boundary == "zero" else 1.0
        assert mean[0, 1] == pytest.approx(
            [rows * np.mean(wanted[k : k + 5]) for k in range(3)], rel=1e-12
        )


def test_the_laplacian_is_that_of_the_gaussian() -> None:
    impulse = np.zeros((21, 21, 21))
    impulse[10, 10, 10] = 1
    response = LaplacianOfGaussian(4.0, boundary="zero").respond(impulse, (2.0, 2.0, 2.0))
    z, y, x = np.mgrid[-10:11, -10:11, -10:11]
    r2, sigma = z**2 + y**2 + x**2, 2.0
    formula = (r2 / sigma**4 - 3 / sigma**2) * np.exp(-r2 / (2 * sigma**2))
    formula /= (math.sqrt(2 * math.pi) * sigma) ** 3
    inside = (np.abs(z) <= 8) & (np.abs(y) <= 8) & (np.abs(x) <= 8)
    assert np.allclose(response, np.where(inside, formula, 0), atol=1e-12)


def test_laws_kernels_run_along_x_then_y_then_z() -> None:
    impulse = np.zeros((5, 5, 5))
    impulse[2, 2, 2] = 1
    plain = Laws("L3E3S3", rotation_invariant=False, boundary="zero").respond(impulse, MM)
    norm = math.sqrt(6 * 2 * 6)
    assert plain[2, 1:4, 2] * norm == pytest.approx([-4, 0, 4])
    assert plain[1:4, 3, 2] * norm == pytest.approx([-2, 4, -2])
    assert plain[2, 3, 1:4] * norm == pytest.approx([2, 4, 2])


def test_there_are_4_orientations_in_the_plane_and_24_in_space() -> None:
    a, b, c = (np.array(values, float) for values in ([1, 2, 3], [1, 0, 5], [2, 7, 1]))
    assert len(list(rotated(((a, b),)))) == 4
    assert len(list(rotated(((a, b, c),)))) == 24
    # Even lines along two axes: turning them gives the same kernel again and again.
    even = np.array([1.0, 2.0, 1.0])
    counted = [count for _, count in rotated(((even, even, a),))]
    assert sorted(counted) == [4] * 6


@pytest.mark.parametrize(
    "filter_",
    [
        Laws("L5E5S5"),
        Laws("E5W5R5", pooling="average", energy_distance=1),
        SeparableWavelet("db2", "LLH", 2),
        SeparableWavelet("haar", "HHL", pooling="max"),
        LaplacianOfGaussian(1.0),
        Simoncelli(1),
    ],
    ids=lambda f: f.name,
)
def test_invariant_filters_turn_with_the_image(filter_: Filter) -> None:
    # On an even number of voxels the frequencies of spectral filters are not symmetric.
    image = np.random.default_rng(4).normal(size=(13, 13, 13))
    for axes in ((0, 1), (1, 2), (0, 2)):
        turned = filter_.respond(np.rot90(image, axes=axes), MM)
        assert np.allclose(turned, np.rot90(filter_.respond(image, MM), axes=axes), atol=1e-9)


def test_a_gabor_filter_answers_to_the_wave_it_is_made_of() -> None:
    y, x = np.mgrid[:60, :60]
    wave = np.cos(2 * math.pi * (x * math.cos(0.5) + y * math.sin(0.5)) / 6)[None]
    sigma = 5.0
    along, across = (
        Gabor(sigma, 6, 1, orientation_deg=math.degrees(angle)).respond(wave, MM)[0, 30, 30]
        for angle in (0.5, 0.5 + math.pi / 2)
    )
    # Half of the cosine is the kernel's own wave, so the integral of the Gaussian is left of it.
    assert along == pytest.approx(math.pi * sigma**2, rel=1e-3)
    assert across < 1e-3 * along


def test_the_haar_wavelet_by_hand() -> None:
    step = np.array([0.0, 0.0, 4.0, 4.0, 4.0])[None, None, :].repeat(5, axis=1)
    high = SeparableWavelet("haar", "HL", rotation_invariant=False).respond(step, MM)
    low = SeparableWavelet("haar", "LL", rotation_invariant=False).respond(step, MM)
    assert high[0, 2] == pytest.approx([0, -4, 0, 0, 0])
    assert low[0, 2] == pytest.approx([0, 4, 8, 8, 8])
    # Filters of the second level look two voxels away.
    coarse = SeparableWavelet("haar", "HL", 2, rotation_invariant=False).respond(step, MM)
    assert coarse[0, 2] == pytest.approx([-8, -4, 0, 0, 0])


@pytest.mark.parametrize("name", ["mirror", "nearest", "zero"])
def test_a_spectral_filter_sees_the_boundary_that_it_is_told(name: Boundary) -> None:
    image = np.random.default_rng(5).normal(size=(2, 10, 13))
    seen = padded(image, [(0, 0), (5, 5), (6, 7)], name)
    around = Simoncelli(1, "2D").respond(seen, MM)[:, 5:15, 6:19]
    assert np.allclose(Simoncelli(1, "2D", name).respond(image, MM), around, atol=1e-12)
    if name == "mirror":
        whole = np.concatenate([image, image[:, ::-1]], axis=1)
        whole = np.concatenate([whole, whole[:, :, ::-1]], axis=2)
        periodic = Simoncelli(1, "2D").respond(whole, MM)[:, :10, :13]
        assert np.allclose(periodic, around, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_riesz_components_of_one_order_keep_the_energy(seed: int) -> None:
    # On an odd number of voxels the frequencies are symmetric, and the transform is an isometry.
    image = np.random.default_rng(seed).normal(size=(7, 9, 11))
    image -= image.mean()
    orders = [(2, 0, 0), (0, 2, 0), (0, 0, 2), (1, 1, 0), (1, 0, 1), (0, 1, 1)]
    energy = sum(float((riesz(image, order) ** 2).sum()) for order in orders)
    assert energy == pytest.approx(float((image**2).sum()), rel=1e-9)


def test_riesz_order_runs_along_x_then_y_then_z() -> None:
    along_x = np.zeros((9, 9, 9)) + np.sin(2 * math.pi * 2 * np.arange(9) / 9)
    assert np.abs(riesz(along_x, (1, 0, 0))).max() > 0.9
    assert np.abs(riesz(along_x, (0, 1, 0))).max() < 1e-9
    assert np.abs(riesz(along_x, (0, 0, 1))).max() < 1e-9


@pytest.mark.parametrize(
    "filter_",
    [
        LaplacianOfGaussian(2.0),
        Gabor(2, 4, 1, orthogonal_planes=True),
        Simoncelli(),
        RieszLoG((1, 0, 0), 2.0),
        RieszSimoncelli((1, 0, 0)),
    ],
    ids=lambda f: f.name,
)
def test_round_filters_refuse_voxels_that_are_not_cubes(
    filter_: Filter, noise: NDArray[np.float64]
) -> None:
    with pytest.raises(BadInputError, match=r"IBS-10.*3 x 1 x 1 mm"):
        filter_.respond(noise, (3.0, 1.0, 1.0))


def test_filters_of_the_plane_take_thick_slices(noise: NDArray[np.float64]) -> None:
    thick = LaplacianOfGaussian(2.0, dimension="2D").respond(noise, (3.0, 1.0, 1.0))
    assert np.array_equal(thick, LaplacianOfGaussian(2.0, dimension="2D").respond(noise, MM))
    with pytest.raises(BadInputError, match="one spacing along y and x"):
        LaplacianOfGaussian(2.0, dimension="2D").respond(noise, (1.0, 1.0, 2.0))


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Mean, {"support": 4}, "odd"),
        (Mean, {"support": 3, "dimension": "4D"}, "2D, 3D"),
        (Mean, {"support": 3, "boundary": "wrap"}, "periodic"),
        (LaplacianOfGaussian, {"sigma_mm": 0}, "above 0"),
        (Laws, {"kernels": "L5X5"}, "L5E5E5"),
        (Laws, {"kernels": "L5"}, "two kernels"),
        (Laws, {"kernels": "L5E5", "energy_distance": 0}, "above 0"),
        (Gabor, {"sigma_mm": 1, "wavelength_mm": 2, "aspect_ratio": 0}, "above 0"),
        (
            Gabor,
            {"sigma_mm": 1, "wavelength_mm": 2, "aspect_ratio": 1, "orientation_step_deg": 50},
            "360",
        ),
        (SeparableWavelet, {"family": "bior1.3", "decomposition": "LH"}, "orthogonal"),
        (SeparableWavelet, {"family": "db99", "decomposition": "LH"}, "orthogonal"),
        (SeparableWavelet, {"family": "db3", "decomposition": "LHX"}, "LLH"),
        (Simoncelli, {"level": 0}, "above 0"),
        (RieszLoG, {"order": [0, 0, 0], "sigma_mm": 1}, "not all 0"),
        (RieszLoG, {"order": [1], "sigma_mm": 1}, "along x, y and z"),
        (RieszSimoncelli, {"order": [1, -1, 0]}, "0 or more"),
    ],
)
def test_parameters_without_meaning_are_refused(
    kind: type[Any], values: dict[str, Any], expected: str
) -> None:
    with pytest.raises(StudyRefusedError, match=r"IBS-01") as refusal:
        kind(**values)
    assert expected in refusal.value.findings[0].expected
