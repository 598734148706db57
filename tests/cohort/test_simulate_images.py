"""What is in the voxels: a body, a tumour, and each cause where it belongs."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.stats import spearmanr

from tumorcast.cohort import Case
from tumorcast.cohort.simulate import PRESETS, SimulatedCohort, SimulationSpec, simulate
from tumorcast.cohort.simulate.causes import VOXEL_CAUSES
from tumorcast.cohort.simulate.draw import draw_image

Statistics = dict[str, NDArray[np.float64]]


@lru_cache(maxsize=3)
def measured(preset: str, n: int) -> tuple[SimulatedCohort, Statistics]:
    """Hand-made statistics of every case, as a reader with a calculator would take them."""
    simulated = simulate(preset, n=n, seed=41)
    rows = [statistics_of(case) for case in simulated.cohort]
    return simulated, {name: np.array([row[name] for row in rows]) for name in rows[0]}


def statistics_of(case: Case) -> dict[str, float]:
    row: dict[str, float] = {}
    for name, source in case.images.items():
        volume, mask = source.volume(), source.tumor()
        (z0, y0, x0), (z1, y1, x1) = mask.bounding_box()
        margin = (slice(max(z0 - 3, 0), z1 + 3), slice(max(y0 - 5, 0), y1 + 5),
                  slice(max(x0 - 5, 0), x1 + 5))  # fmt: skip
        spacing = volume.geometry.spacing_mm
        values, tumour = volume.array[margin].astype(np.float64), mask.array[margin]
        away = distance_transform_edt(~tumour, sampling=spacing)
        shell = values[(away > 0) & (away <= 5)]
        smooth = gaussian_filter(values, [1.2 / step for step in spacing])
        row |= {
            f"{name}.volume": mask.volume_mm3,
            f"{name}.mean": float(values[tumour].mean()),
            f"{name}.heterogeneity": float(smooth[tumour].std()),
            f"{name}.shell_mean": float(shell.mean()),
            f"{name}.shell_p90": float(np.percentile(shell, 90)),
            f"{name}.shell_min": float(shell.min()),
            f"{name}.shell_max": float(shell.max()),
        }
    return row


def rank_correlation(preset: str, n: int, statistic: str, cause: str) -> float:
    simulated, statistics = measured(preset, n)
    return float(spearmanr(statistics[statistic], simulated.truth.cause(cause)).statistic)


CT_PLACES = [
    ("ct.heterogeneity", "texture"),
    ("ct.shell_mean", "rim"),
    ("ct.shell_p90", "rim"),
    ("ct.volume", "volume"),
]
PT_PLACES = [("pt.mean", "uptake"), ("pt.volume", "volume")]


@pytest.mark.parametrize(("statistic", "cause"), CT_PLACES)
def test_each_cause_shows_in_its_place(statistic: str, cause: str) -> None:
    assert rank_correlation("hnscc-dm", 20, statistic, cause) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "statistic", "cause"),
    [
        *(("hnscc-dm", *place) for place in CT_PLACES),
        *(("net-pfs", *place) for place in CT_PLACES + PT_PLACES),
    ],
)
def test_each_cause_shows_in_its_place_and_nowhere_else(
    preset: str, statistic: str, cause: str
) -> None:
    assert rank_correlation(preset, 80, statistic, cause) > 0.85
    for other in VOXEL_CAUSES:
        if other != cause:
            assert abs(rank_correlation(preset, 80, statistic, other)) < 0.35


def test_the_rim_is_soft_tissue() -> None:
    _, statistics = measured("hnscc-dm", 20)
    assert np.median(statistics["ct.shell_min"]) > -200
    assert np.percentile(statistics["ct.shell_max"], 90) < 400


@pytest.mark.parametrize("preset", ["hnscc-dm", "net-pfs"])
def test_a_patient_is_a_body_of_air_fat_muscle_and_bone(preset: str) -> None:
    simulated = simulate(preset, n=3, seed=9)
    for case in simulated.cohort:
        ct = case.source("ct").volume()
        assert ct.array.dtype == np.int16
        assert ct.unit == "HU"
        for low, high, share in [(-1024, -900, 0.002), (-130, -70, 0.05), (30, 90, 0.05),
                                 (200, 3071, 0.005)]:  # fmt: skip
            assert ((ct.array >= low) & (ct.array <= high)).mean() > share


def test_pet_and_ct_lie_in_one_space_and_show_one_tumour() -> None:
    for case in simulate("net-pfs", n=3, seed=9).cohort:
        ct, pt = case.source("ct"), case.source("pt")
        assert pt.volume().array.dtype == np.float32
        assert pt.volume().unit == "SUVbw"
        assert pt.volume().array.min() >= 0
        assert pt.tumor().volume_mm3 == pytest.approx(ct.tumor().volume_mm3, rel=0.1)
        centres = [
            np.argwhere(s.tumor().array).mean(axis=0) @ s.tumor().geometry.matrix[:3, :3].T
            + s.tumor().geometry.matrix[:3, 3]
            for s in (ct, pt)
        ]
        assert centres[0] == pytest.approx(centres[1], abs=1.0)
        suv, mask = pt.volume().array, pt.tumor().array
        assert suv[mask].mean() > 3 * np.median(suv)


def test_a_neck_has_a_pet_too() -> None:
    both = replace(PRESETS["hnscc-dm"], modalities=("ct", "pt"))
    case = simulate(both, n=1, seed=9).cohort.cases[0]
    suv, mask = case.source("pt").volume().array, case.source("pt").tumor().array
    assert suv[mask].mean() > 3.0
    assert 0.3 < np.median(suv[suv > 0.2]) < 1.5


def test_the_mask_has_the_volume_that_was_drawn() -> None:
    spec = PRESETS["hnscc-dm"]
    for index, case in enumerate(simulate(spec, n=5, seed=8).cohort):
        drawn = draw_image(spec, 8, index).lesion.volume_mm3
        assert case.source("ct").tumor().volume_mm3 == pytest.approx(drawn, rel=0.01)
        assert mask_keeps_off_the_border(case)


def mask_keeps_off_the_border(case: Case) -> bool:
    mask = case.source("ct").tumor()
    start, stop = mask.bounding_box()
    return min(start) > 0 and all(b < n for b, n in zip(stop, mask.array.shape, strict=True))


def test_the_largest_tumour_keeps_its_shell_inside_the_image() -> None:
    spec = PRESETS["hnscc-dm"]
    huge = replace(spec, lesion=replace(spec.lesion, volume_cm3=14 * np.exp(3 * 0.72),
                                        volume_log_sd=0.0))  # fmt: skip
    for case in simulate(huge, n=3, seed=8).cohort:
        mask = case.source("ct").tumor()
        start, stop = mask.bounding_box()
        spacing = mask.geometry.spacing_mm
        below = [a * step for a, step in zip(start, spacing, strict=True)]
        above = [(n - b) * step for n, b, step in zip(mask.array.shape, stop, spacing, strict=True)]
        assert min(*below, *above) >= 5


def test_centres_see_the_same_tumour_differently() -> None:
    spec = PRESETS["hnscc-dm"]

    def seen(centre_name: str) -> Case:
        (centre,) = (c for c in spec.centres if c.name == centre_name)
        alone: SimulationSpec = replace(spec, centres=(replace(centre, share=1.0),))
        return simulate(alone, n=1, seed=4).cohort.cases[0]

    sharp, soft = seen("Harbour").source("ct"), seen("Hill").source("ct")
    assert sharp.volume().geometry.spacing_mm == pytest.approx((2.0, 1.25, 1.25))
    assert soft.volume().geometry.spacing_mm == pytest.approx((3.0, 1.5, 1.5))
    assert sharp.tumor().volume_mm3 == pytest.approx(soft.tumor().volume_mm3, rel=0.01)
    rough = [
        np.abs(np.diff(s.volume().array.astype(float), axis=2))[s.tumor().array[:, :, 1:]].mean()
        for s in (sharp, soft)
    ]
    assert rough[0] > 1.5 * rough[1]
