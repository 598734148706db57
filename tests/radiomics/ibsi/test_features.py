"""Values that can be had by hand or by brute force, and regions at the limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Volume
from tumorcast.radiomics.ibsi import Config, FixedBinNumber, FixedBinSize, extract
from tumorcast.radiomics.ibsi.autocorrelation import autocorrelation
from tumorcast.radiomics.ibsi.ivh import ivh_features
from tumorcast.radiomics.ibsi.morphology import _ellipsoid_area
from tumorcast.radiomics.ibsi.peaks import peak_features
from tumorcast.radiomics.ibsi.region import Region
from tumorcast.radiomics.ibsi.sizes import edge_distances

Scan = Callable[..., tuple[Volume, Mask]]
BOTH = Config(dimensions=("2D", "3D"))


def test_autocorrelation_is_the_sum_over_all_pairs() -> None:
    rng = np.random.default_rng(5)
    mask = rng.random((4, 5, 6)) < 0.6
    image, spacing = rng.normal(size=mask.shape), (3.0, 1.0, 1.5)
    x = image[mask]
    weight = 1 / pdist(np.argwhere(mask) * spacing)
    a, b = np.triu_indices(x.size, 1)
    d = x - x.mean()
    moran = x.size / (2 * weight.sum()) * 2 * (weight * d[a] * d[b]).sum() / (d**2).sum()
    geary = (x.size - 1) / (4 * weight.sum()) * 2 * (weight * (x[a] - x[b]) ** 2).sum()
    found = autocorrelation(Region(image, mask, mask, spacing))
    assert found["morph_moran_i"] == pytest.approx(moran, rel=1e-12)
    assert found["morph_geary_c"] == pytest.approx(geary / (d**2).sum(), rel=1e-12)


def test_areas_of_ellipsoids() -> None:
    # The sphere is exact. Of a spheroid all polynomials are 1, and the series has a closed form.
    assert _ellipsoid_area(2, 2, 2) == pytest.approx(16 * math.pi, rel=1e-12)
    x = math.sqrt(1 - 0.5**2)
    series = (1 + (1 - x**2) / x * math.atanh(x)) / 2
    assert _ellipsoid_area(2, 1, 1) == pytest.approx(8 * math.pi * series, rel=1e-5)


def test_the_peak_is_the_mean_of_the_sphere_and_looks_beyond_the_region() -> None:
    # Voxels of 6 mm: the sphere of 6.2 mm takes in a voxel and its six neighbours.
    image = np.zeros((5, 5, 5))
    image[2, 2, 2], image[2, 2, 3] = 7.0, 14.0
    mask = np.zeros(image.shape, bool)
    mask[2, 2, 2] = True
    found = peak_features(Region(image, mask, mask, (6.0, 6.0, 6.0)))
    assert found == pytest.approx({"loc_peak_loc": 3.0, "loc_peak_glob": 3.0})


def test_distances_are_counted_from_the_body_even_at_the_images_border() -> None:
    body = np.ones((3, 3, 3), bool)
    whole = edge_distances(body, body, in_plane=False).reshape(3, 3, 3)
    plane = edge_distances(body, body, in_plane=True).reshape(3, 3, 3)
    assert whole[1, 1, 1] == 2
    assert whole.sum() == 28
    assert plane[:, 1, 1].tolist() == [2, 2, 2]
    assert plane.sum() == 30


def test_volume_fractions_by_hand() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 10.0])
    found = ivh_features(x, Config())
    assert found["ivh_v10"] == pytest.approx(0.8)
    assert found["ivh_v90"] == pytest.approx(0.2)
    # A fifth of the volume has 10, so none of the range is reached by a tenth of it.
    assert (found["ivh_i10"], found["ivh_i90"]) == (11.0, 1.0)
    centres = ivh_features(x, Config(ivh_binning=FixedBinSize(5), intensity_range=(0, 20)))
    assert centres["ivh_i90"] == 7.5
    assert centres["ivh_v10"] == pytest.approx(0.2)


def test_textures_of_four_voxels_by_hand(scan: Scan) -> None:
    # 1 1
    # 1 2   one slice: each of the four directions of the plane has its own pairs and runs.
    found = extract(*scan(np.array([[[1.0, 1.0], [1.0, 2.0]]])), BOTH)
    # Row: 11, 12. Column: 11, 12. Diagonals: 12 and 11.
    assert found["cm_contrast_2_5D_comb"] == pytest.approx(3 / 6)
    assert found["cm_contrast_2D_avg"] == pytest.approx((0.5 + 0.5 + 1 + 0) / 4)
    # Runs of row, column and second diagonal: 2, 1, 1; of the first diagonal: four of 1.
    assert found["rlm_r_perc_2_5D_comb"] == pytest.approx(13 / 16)
    assert found["szm_lze_3D"] == pytest.approx((9 + 1) / 2)
    assert found["dzm_lde_3D"] == 1.0
    assert found["dzm_z_perc_2D"] == pytest.approx(0.5)
    # Three voxels with two like neighbours each, one with none; itself counts.
    assert found["ngl_hde_3D"] == pytest.approx((3 * 9 + 1) / 4)
    # The 1s differ from their neighbours' mean 4/3 by 1/3 each, the 2 from 1 by 1.
    assert found["ngt_coarseness_3D"] == pytest.approx(1 / (3 / 4 * 1 + 1 / 4 * 1))


def test_one_slice_has_the_same_textures_merged_over_slices_and_not(scan: Scan) -> None:
    voxels = np.random.default_rng(1).integers(1, 5, (1, 6, 7)).astype(float)
    found = extract(*scan(voxels), BOTH)
    for tag, value in found.items():
        if tag.endswith("_2_5D_avg"):
            assert found[tag.replace("_2_5D_avg", "_2D_avg")] == pytest.approx(value, rel=1e-12)
        # In space the edge is near in the third direction too.
        elif tag.endswith("_2_5D") and not tag.startswith("dzm"):
            assert found[tag.replace("_2_5D", "_3D")] == pytest.approx(value, rel=1e-12)


def test_a_turned_image_has_the_same_values_in_space(scan: Scan) -> None:
    voxels = np.random.default_rng(2).integers(1, 5, (4, 5, 6)).astype(float)
    voxels[0, 0] = np.nan
    upright = extract(*scan(voxels, (2.0, 1.0, 3.0)), Config())
    turned = extract(*scan(voxels.transpose(2, 0, 1), (3.0, 2.0, 1.0)), Config())
    features = {t: v for t, v in upright.items() if not t.endswith(("_img", "_roi"))}
    assert features == pytest.approx({tag: turned[tag] for tag in features}, rel=1e-9)


def test_one_voxel_and_equal_voxels_give_nan_where_nothing_is_defined(scan: Scan) -> None:
    one = np.full((3, 3, 3), np.nan)
    one[1, 1, 1] = 4.0
    found = extract(*scan(one), Config(binning=FixedBinNumber(8), dimensions=("2D", "3D")))
    for tag in ("cm_contrast_3D_avg", "stat_skew", "morph_moran_i", "ngt_contrast_2D"):
        assert math.isnan(found[tag])
    assert found["szm_z_perc_3D"] == 1.0
    two = extract(*scan(np.array([[[1.0, 2.0]]])), Config())
    assert math.isnan(two["stat_rmad"])
    assert two["cm_contrast_3D_avg"] == 1.0
    equal = extract(*scan(np.full((3, 3, 3), 4.0)), Config(binning=FixedBinNumber(8)))
    assert equal["cm_energy_3D_comb"] == 1.0
    assert equal["rlm_glnu_norm_3D_comb"] == 1.0


@pytest.mark.parametrize(
    ("voxels", "config", "code"),
    [
        ([[[1.5, 2.0]]], Config(binning=FixedBinNumber(9)), "IBS-05"),
        ([[[1.5, 2.0]]], Config(ivh_binning=FixedBinNumber(9)), "IBS-06"),
        ([[[0.0, 2.0]]], Config(), "IBS-06"),
        ([[[1.0, 1025.0]]], Config(), "IBS-11"),
        ([[[0.0, 40000.0]]], Config(binning=FixedBinSize(0.25)), "IBS-11"),
    ],
)
def test_intensities_that_need_bins_are_refused(
    scan: Scan, voxels: Any, config: Config, code: str
) -> None:
    with pytest.raises(BadInputError, match=code):
        extract(*scan(np.array(voxels)), config)


def test_nan_is_refused() -> None:
    geometry = Geometry.of_spacing((1, 2, 2), (1.0, 1.0, 1.0))
    image = np.array([[[1.0, np.nan], [1.0, 2.0]]])
    with pytest.raises(BadInputError, match="IBS-07"):
        extract(Volume(image, geometry), Mask(np.ones((1, 2, 2), bool), geometry), Config())
