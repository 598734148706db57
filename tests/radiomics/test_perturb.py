"""Perturbed tumours: what is drawn, what it does, and what the draws share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import Case, ImageSource
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import Geometry, Mask, Shell, Tumor, Volume
from tumorcast.radiomics import PRESETS, RadiomicsExtractor
from tumorcast.radiomics.inputs import Frame, Scan
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.perturb import (
    KINDS,
    Draw,
    Perturbations,
    PerturbedExtractor,
    draws_of,
    measure,
)
from tumorcast.radiomics.perturb.moved import on_moved_grid
from tumorcast.radiomics.perturb.noise import noise_level, with_noise
from tumorcast.radiomics.perturb.outline import redrawn, resized, signed_distance_mm, supervoxels
from tumorcast.radiomics.prepare import Prepared

GEOMETRY = Geometry.of_spacing((20, 40, 44), (2.0, 1.1, 1.1), (-20.0, 5.0, 30.0))
SETTINGS = PRESETS["ct-original"]


def points() -> NDArray[np.float64]:
    return GEOMETRY.index_to_lps(np.moveaxis(np.indices(GEOMETRY.shape), 0, -1))


def ball(radius_mm: float) -> Mask:
    centre = GEOMETRY.index_to_lps((np.asarray(GEOMETRY.shape) - 1) / 2)
    return Mask(np.linalg.norm(points() - centre, axis=-1) <= radius_mm, GEOMETRY)


def case(mask: Mask | None = None, case_id: str = "a") -> Case:
    random = np.random.default_rng(3)
    tumor = ball(9.0)
    array = (40.0 * tumor.array + random.normal(0, 12, GEOMETRY.shape)).astype(np.int16)
    volume = Volume(array, GEOMETRY, "HU")
    return Case(case_id, case_id, images={"ct": ImageSource(volume, mask or tumor, "HU")})


def extractor(*kinds: str, repeats: int = 3, seed: int = 1) -> PerturbedExtractor:
    radiomics = RadiomicsExtractor("ct", (Tumor(), Shell(0, 3)), SETTINGS)
    return PerturbedExtractor(radiomics, Perturbations(kinds, repeats, seed))


def test_draws_depend_on_the_case_and_on_nothing_else() -> None:
    drawn = draws_of(Perturbations(KINDS, 4, 1), "a")
    assert draws_of(Perturbations(KINDS, 4, 1), "a") == drawn
    assert len(set(drawn)) == 4
    assert not set(drawn) & set(draws_of(Perturbations(KINDS, 4, 1), "b"))
    assert not set(drawn) & set(draws_of(Perturbations(KINDS, 4, 2), "a"))
    assert draws_of(Perturbations(KINDS, 2, 1), "a") == drawn[:2]


def test_leaving_a_kind_out_changes_no_other() -> None:
    drawn = draws_of(Perturbations(KINDS, 3, 1), "a")
    some = draws_of(Perturbations(("contour", "volume"), 3, 1), "a")
    assert [d.contour_seed for d in some] == [d.contour_seed for d in drawn]
    assert [d.growth for d in some] == [d.growth for d in drawn]
    assert {d.of_image for d in some} == {Draw().of_image}


def test_crossed_draws_are_the_same_in_every_case_but_for_the_seeds() -> None:
    first, second = (
        draws_of(Perturbations(KINDS, 3, 1, crossed=True), name) for name in ("a", "b")
    )
    for a, b in zip(first, second, strict=True):
        assert (a.angle_deg, a.shift, a.growth) == (b.angle_deg, b.shift, b.growth)
        assert a.contour_seed != b.contour_seed
        assert a.noise_seed != b.noise_seed


@pytest.mark.parametrize(("kinds", "repeats"), [((), 3), (("zoom",), 3), (("contour",), 1)])
def test_perturbations_that_do_not_exist_are_refused(kinds: tuple[str, ...], repeats: int) -> None:
    with pytest.raises(StudyRefusedError, match="STB-01"):
        Perturbations(kinds, repeats, 1)


def test_the_standard_of_ibsi_is_refused() -> None:
    name = next(name for name, settings in PRESETS.items() if settings.ibsi is not None)
    radiomics = RadiomicsExtractor("ct", (Tumor(),), PRESETS[name])
    with pytest.raises(StudyRefusedError, match="STB-02"):
        PerturbedExtractor(radiomics, Perturbations(("contour",), 3, 1))


@pytest.mark.parametrize("growth", [-0.2, -0.05, 0.07, 0.2])
def test_a_resized_tumour_has_the_volume_asked_for_and_keeps_its_shape(growth: float) -> None:
    mask = ball(9.0)
    distance = signed_distance_mm(mask.array, GEOMETRY.spacing_mm)
    found = resized(mask.array, distance, growth, seed=5)
    assert np.count_nonzero(found) == mask.n_voxels + round(growth * mask.n_voxels)
    assert np.all((found >= mask.array) if growth > 0 else (found <= mask.array))
    changed = np.abs(distance[found != mask.array])
    kept = np.abs(distance[(found == mask.array) & (mask.array == (growth < 0))])
    assert changed.max() <= kept.min()
    assert np.array_equal(found, resized(mask.array, distance, growth, seed=5))
    assert not np.array_equal(found, resized(mask.array, distance, growth, seed=6))


def test_pieces_are_taken_by_their_overlap() -> None:
    pieces = np.repeat(np.arange(1, 5), 10)[np.newaxis, np.newaxis]
    mask = np.zeros(pieces.shape, dtype=bool)
    mask[..., :10] = True  # all of piece 1
    mask[..., 10:15] = True  # half of piece 2
    mask[..., 20:21] = True  # a tenth of piece 3
    taken = np.array([redrawn(mask, pieces, seed)[0, 0, ::10] for seed in range(400)])
    assert taken[:, 0].all()
    assert not taken[:, 2:].any()
    assert 0.42 < taken[:, 1].mean() < 0.58


def test_supervoxels_cover_the_surroundings_and_follow_the_edge() -> None:
    source = case().source("ct")
    mask = ball(9.0).array
    pieces = supervoxels(source.volume().array, mask, GEOMETRY.spacing_mm)
    size = np.bincount(pieces.ravel())
    share = np.bincount(pieces[mask], minlength=size.size)[1:] / size[1:]
    assert np.mean((share > 0.9) | (share < 0.1)) > 0.75
    assert (pieces[mask] > 0).all()


@pytest.mark.parametrize("level", [3.0, 12.0, 40.0])
def test_the_noise_of_an_image_with_edges_is_found(level: float) -> None:
    random = np.random.default_rng(0)
    mask = ball(9.0)
    array = 300.0 * mask.array + points()[..., 0] + random.normal(0, level, mask.array.shape)
    assert noise_level(array, mask.array) == pytest.approx(level, rel=0.08)
    noisy = with_noise(array, mask.array, level, seed=1)
    assert noise_level(noisy, mask.array) == pytest.approx(level * np.sqrt(2), rel=0.08)


def test_noise_keeps_the_number_type_and_its_limits() -> None:
    mask = ball(9.0).array
    array = np.full(mask.shape, 254, dtype=np.uint8)
    noisy = with_noise(array, mask, 30.0, seed=1)
    assert noisy.dtype == np.uint8
    assert noisy.max() == 255
    assert array.min() == 254


@pytest.mark.parametrize(
    "draw", [Draw(angle_deg=11.0), Draw(shift=(0.3, 0.8, 0.5)), Draw(-7.0, (0.1, 0.2, 0.3))]
)
def test_a_moved_grid_sees_the_same_image_at_its_own_points(draw: Draw) -> None:
    slope = np.array([2.0, -1.0, 0.5])
    volume = Volume((points() @ slope).astype(np.float64), GEOMETRY)
    frame = Frame.of_geometry(GEOMETRY)
    scan = Scan(volume, frame, {"tumor": ball(6.0)}, frame)
    options = replace(SETTINGS.options, pad_distance=1, intensity_range=None)
    prepared = on_moved_grid(scan, options, draw)
    own = prepared.frame
    direction = np.array(own.direction).reshape(3, 3)
    index = np.argwhere(prepared.masks["tumor"])[:, ::-1]
    there = np.array(own.origin) + (index * np.array(own.spacing)) @ direction.T
    np.testing.assert_allclose(prepared.array[prepared.masks["tumor"]], there @ slope, atol=1e-3)
    assert own.spacing == pytest.approx((1.0, 1.0, 1.0))
    volume_mm3 = np.count_nonzero(prepared.masks["tumor"])
    assert volume_mm3 == pytest.approx(ball(6.0).volume_mm3, rel=0.05)
    middle = there.mean(axis=0) - points()[ball(6.0).array].mean(axis=0)
    assert np.abs(middle).max() < 1.0  # the mask's slices are 2 mm apart


def test_a_draw_that_changes_nothing_gives_the_plain_features() -> None:
    radiomics = RadiomicsExtractor("ct", (Tumor(),), SETTINGS)
    (found,) = measure.measure_perturbed(
        radiomics.scan(case()), radiomics.regions, SETTINGS, [Draw()]
    )
    assert {f"ct.{name}": value for name, value in found.values.items()} == radiomics.extract(
        case()
    )


def test_outlines_share_one_image_and_grids_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = []
    plain = measure._prepared

    def counted(scan: Scan, options: Options, draw: Draw) -> Prepared:
        prepared.append(draw)
        return plain(scan, options, draw)

    monkeypatch.setattr(measure, "_prepared", counted)
    extractor("contour", "volume", repeats=5).extract(case())
    assert len(prepared) == 1
    extractor("contour", "translation", repeats=5).extract(case())
    assert len(prepared) == 1 + 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_moves_the_features_a_little_and_repeats_itself(kind: str) -> None:
    found = extractor(kind).extract(case())
    again = extractor(kind).extract(case(case_id="another name"))
    assert np.array_equal(found["values"], again["values"], equal_nan=True)
    columns = found["columns"].tolist()
    assert columns == list(extractor(kind).radiomics.extract(case()))
    mean = found["values"][:, columns.index("ct.tumor.original_firstorder_Mean")]
    plain = extractor(kind).radiomics.extract(case())["ct.tumor.original_firstorder_Mean"]
    assert len(set(mean)) == 3
    assert np.all(np.abs(mean / plain - 1) < 0.25)
    moved = dict(zip(found["drawn"].tolist(), found["draws"].T, strict=True))
    name = {"rotation": "angle_deg", "translation": "shift_x", "volume": "growth"}
    assert len(set(moved[name.get(kind, f"{kind}_seed")])) == 3


def test_a_tumour_that_becomes_too_small_has_no_features_in_that_repeat() -> None:
    array = np.zeros(GEOMETRY.shape, dtype=bool)
    array[9:11, 20:22, 20:23] = True
    small = case(Mask(array, GEOMETRY))
    plain = RadiomicsExtractor("ct", (Tumor(),), SETTINGS).extract(small)
    limit = round(plain["ct.tumor.original_shape_VoxelVolume"])
    settings = replace(SETTINGS, options=replace(SETTINGS.options, minimum_voxels=limit))
    radiomics = RadiomicsExtractor("ct", (Tumor(),), settings)
    found = PerturbedExtractor(radiomics, Perturbations(("volume",), 6, 2)).extract(small)
    growth = found["draws"][:, found["drawn"].tolist().index("growth")]
    lost = np.isnan(found["values"]).all(axis=1)
    assert 0 < lost.sum() < 6
    assert ["has" in reason and "voxels" in reason for reason in found["lacking"]] == lost.tolist()
    assert all(growth[a] < growth[b] for a in np.flatnonzero(lost) for b in np.flatnonzero(~lost))


def test_a_tumour_below_10_voxels_keeps_its_shape_and_says_why() -> None:
    settings = replace(SETTINGS, options=replace(SETTINGS.options, resampled_spacing_mm=None))
    array = np.zeros(GEOMETRY.shape, dtype=bool)
    array[9:11, 20:22, 20:23] = True  # 12 voxels, 2 of which a growth of -20% takes
    radiomics = RadiomicsExtractor("ct", (Tumor(),), settings)
    found = PerturbedExtractor(radiomics, Perturbations(("volume",), 12, 2)).extract(
        case(Mask(array, GEOMETRY))
    )
    by_name = dict(zip(found["columns"].tolist(), found["values"].T, strict=True))
    few = by_name["ct.tumor.original_shape_VoxelVolume"] < 9.5 * 2.0 * 1.1 * 1.1
    assert np.isfinite(by_name["ct.tumor.original_shape_VoxelVolume"]).all()
    assert np.array_equal(np.isnan(by_name["ct.tumor.original_firstorder_Mean"]), few)
    assert ["need 10" in reason for reason in found["lacking"]] == few.tolist()


def test_a_tumour_of_which_nothing_is_left_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([True, False, True, False, True])

    def redrawn_or_gone(mask: Any, pieces: Any, seed: int) -> NDArray[np.bool_]:
        return np.asarray(redrawn(mask, pieces, seed) & np.bool_(next(left)))

    monkeypatch.setattr(measure, "redrawn", redrawn_or_gone)
    found = extractor("contour").extract(case())
    assert found["lacking"].tolist() == ["", "the perturbation left no voxel of the tumour", ""]
    assert np.isnan(found["values"]).all(axis=1).tolist() == [False, True, False]
