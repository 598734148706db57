"""Regions as a study file writes them; the contract over all kinds."""

from __future__ import annotations

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import (
    REGIONS,
    Dilation,
    Habitat,
    Region,
    Shell,
    Tumor,
    Union,
    check_region,
    region_from_spec,
    region_named,
)

VALUES: dict[str, object] = {
    "tumor": None,
    "shell_mm": [0, 5],
    "dilation_mm": 3,
    "habitat": [1, 2],
    "union": ["tumor", {"shell_mm": [5, 10]}, {"shell_mm": [-3, 0]}],
}


def test_every_kind_has_an_example() -> None:
    assert set(VALUES) == set(REGIONS)


@pytest.mark.parametrize("key", REGIONS)
def test_every_kind_keeps_the_contract(key: str) -> None:
    check_region(region_from_spec("", {key: VALUES[key]}))
    check_region(region_from_spec("own_name", {key: VALUES[key]}))


@pytest.mark.parametrize(
    ("spec", "region"),
    [
        ("tumor", Tumor()),
        ({"shell_mm": [0, 5]}, Shell(0, 5)),
        ({"shell_mm": (-2.5, 0)}, Shell(-2.5, 0)),
        ({"dilation_mm": 16}, Dilation(16)),
        ({"habitat": [2, 3]}, Habitat(2, 3)),
        (
            {"union": ["tumor", {"shell_mm": [0, 5]}]},
            Union((Tumor(), Shell(0, 5)), "tumor_and_shell_0_5mm"),
        ),
    ],
)
def test_specs(spec: str | dict[str, object], region: Region) -> None:
    assert region_from_spec("", spec) == region
    assert region_from_spec(region.name, spec) == region


def test_a_region_takes_the_name_it_is_given() -> None:
    assert region_from_spec("rim", {"shell_mm": [0, 5]}) == Union((Shell(0, 5),), "rim")


@pytest.mark.parametrize(
    "spec",
    [
        "shell",
        {},
        {"ring_mm": 5},
        {"shell_mm": 5},
        {"shell_mm": [0, 5, 10]},
        {"shell_mm": ["a", "b"]},
        {"shell_mm": [5, 0]},
        {"dilation_mm": None},
        {"tumor": 3},
        {"union": 3},
        {"union": []},
        {"union": ["ring"]},
        {"shell_mm": [0, 5], "dilation_mm": 3},
    ],
)
def test_other_specs_are_refused(spec: str | dict[str, object]) -> None:
    with pytest.raises(StudyRefusedError, match="REG-02"):
        region_from_spec("rim", spec)


@pytest.mark.parametrize(
    "region",
    [
        Tumor(), Shell(0, 5), Shell(-3, 0), Shell(-2.5, 0.25), Dilation(3), Dilation(2.5),
        Habitat(2, 3),
    ],
    ids=lambda region: region.name,
)  # fmt: skip
def test_a_region_is_found_by_the_name_of_its_columns(region: Region) -> None:
    assert region_named(region.name) == region


@pytest.mark.parametrize(
    "name", ["", "shell", "shell_0_5", "dilation_mm", "tumour", "shell_5_0mm", "habitat_4_of_3"]
)
def test_a_name_that_no_region_has_is_refused(name: str) -> None:
    with pytest.raises(StudyRefusedError, match="REG-02"):
        region_named(name)
