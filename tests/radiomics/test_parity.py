"""Values against PyRadiomics: tests/oracles/pyradiomics has them and the script that made them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import Settings, extract, extract_with_reasons
from tumorcast.radiomics.extraction import extract_regions
from tumorcast.radiomics.inputs import Frame, Scan

Judge = Callable[[str], dict[str, dict[str, float]]]
FindCase = Callable[[str, str], Any]
Disagreements = Callable[[Mapping[str, float], Mapping[str, float]], dict[str, object]]

FAST = {
    "original": ["brain1", "brain2-1mm", "breast1-1mm", "STS_008-CT", "STS_008-PT"],
    "settings": [
        f"breast1/{name}"
        for name in (
            "binCount", "force2D", "force2D-coronal", "distances-1-2", "distances-2",
            "weight-manhattan", "weight-euclidean", "weight-infinity", "weight-none",
            "asymmetrical", "gldm-a", "normalize", "resegment", "resegment-relative",
            "resegment-sigma", "resegment-shape", "voxelArrayShift", "in-plane", "linear",
            "nearest", "hamming", "gaussian", "resample-resegment", "deprecated",
        )
    ],
    "filters": [
        f"breast1/{name}"
        for name in (
            "wavelet-haar", "wavelet-levels", "wavelet-2D", "log", "log-whole-image", "pointwise",
            "pointwise-whole-image", "gradient", "gradient-index", "lbp2d", "lbp2d-ror",
            "lbp2d-default", "lbp2d-samples", "lbp3d", "lbp3d-levels",
        )
    ],
    "hnscc": ["breast1"],
    "more": [
        f"breast1/{name}"
        for name in (
            "shape2D", "shape2D-deprecated", "label", "label-channel", "correct-mask-wider",
            "correct-mask-finer", "mask-of-another-grid", "preCrop", "wavelet-bior1.3",
            "wavelet-level-2",
        )
    ],
}  # fmt: skip


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "case"), [(n, c) for n, cases in FAST.items() for c in cases])
def test_values_are_those_of_pyradiomics(
    name: str,
    case: str,
    real_data: Path,
    judge: Judge,
    oracle_case: FindCase,
    disagreements: Disagreements,
) -> None:
    chosen = oracle_case(name, case)
    found = extract(*chosen.read(real_data), params=chosen.params)
    assert disagreements(found, judge(name)[case]) == {}
    assert list(found) == list(judge(name)[case])


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("name", ["original", "settings", "filters", "hnscc", "more"])
def test_every_stored_case_agrees(
    name: str,
    real_data: Path,
    judge: Judge,
    oracle_case: FindCase,
    disagreements: Disagreements,
) -> None:
    wrong = {}
    for case, expected in judge(name).items():
        chosen = oracle_case(name, case)
        result = extract_with_reasons(*chosen.read(real_data), params=chosen.params)
        differing = disagreements(result.values, expected)
        # What PyRadiomics prints for a constant region is a convention; ours says so instead.
        said = {f for f in differing if math.isnan(result.values[f]) and f in result.reasons}
        constant = case == "breast1/outliers"
        if set(differing) - (said if constant else set()):
            wrong[case] = differing
    assert wrong == {}


@pytest.mark.real_data
def test_a_region_has_the_values_of_pyradiomics_whatever_else_is_measured(
    real_data: Path, judge: Judge, oracle_case: FindCase, disagreements: Disagreements
) -> None:
    names = ("STS_019-CT", "STS_019-CT-shell(0,5)", "STS_019-CT-shell(-3,0)")
    cases = {name: oracle_case("hnscc", name) for name in names}
    drawn = {name: case.read(real_data)[1] for name, case in cases.items()}
    image = cases["STS_019-CT"].read(real_data)[0]
    scan = Scan(
        Volume.from_sitk(image),
        Frame.of_image(image),
        {name: Mask.from_sitk(mask) for name, mask in drawn.items()},
        Frame.of_image(drawn["STS_019-CT"]),
    )
    found = extract_regions(scan, Settings.load(cases["STS_019-CT"].params))
    assert list(found) == list(names)
    for name in names:
        assert disagreements(found[name].values, judge("hnscc")[name]) == {}
    alone = extract(image, drawn["STS_019-CT"], params=cases["STS_019-CT"].params)
    assert found["STS_019-CT"].values == alone
