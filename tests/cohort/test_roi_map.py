from __future__ import annotations

from collections import Counter

import pytest

from tumorcast.cohort.roi_map import RoiMap, looks_like_tumor, propose_map
from tumorcast.errors import Finding

DEFAULT = RoiMap.of(None)


def found(roi_map: RoiMap, *names: str) -> list[tuple[str, str]]:
    findings: list[Finding] = list(roi_map.findings(Counter(names)))
    return [(finding.code, finding.consequence) for finding in findings]


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("GTVp", "GTVp"),
        ("GTVp2", "GTVp"),
        ("gtvn", "GTVn"),
        ("GTVn12_CT1PT1", "GTVn"),
        ("GTV", "GTV"),
        ("GTV_MR", "GTV"),
    ],
)
def test_names_of_tg263_are_told_apart(name: str, region: str) -> None:
    assert DEFAULT.regions_of(name) == (region,)
    assert found(DEFAULT, name, "BODY", "PTVp", "SpinalCord") == []


@pytest.mark.parametrize(
    "names",
    [("GTV-1",), ("gtv_n",), ("GTV primary",), ("Tumour",), ("lesion 3",), ("GTV", "GTVn")],
)
def test_names_that_may_be_the_tumour_are_asked_about(names: tuple[str, ...]) -> None:
    assert found(DEFAULT, *names) == [("ROI-01", "ask")]


def test_the_question_shows_how_often_each_name_is_drawn() -> None:
    (finding,) = DEFAULT.findings(Counter({"GTV-1": 3, "GTVn": 12, "Cord": 15}))
    assert "'GTV-1' (3 cases); all names: 'Cord' (15 cases), 'GTVn' (12 cases)" in finding.found


def test_a_declared_map_takes_names_as_they_are_written_before_patterns() -> None:
    declared = RoiMap.of({"primary": ("GTV (1)", "T[0-9]"), "odd": ("[x",)})
    assert declared.regions_of("gtv (1)") == ("primary",)
    assert declared.regions_of("T7") == ("primary",)
    assert declared.regions_of("T77") == ()
    assert declared.regions_of("[X") == ("odd",)


def test_faults_of_a_declared_map() -> None:
    overlapping = RoiMap.of({"GTVp": ("GTV.*",), "GTVn": ("GTVn",)})
    assert found(overlapping, "GTVn", "GTVp") == [("ROI-02", "ask")]
    assert found(RoiMap.of({"GTVp": ("GTVp",)}), "GTVp", "GTVn") == [("ROI-03", "warning")]
    assert found(RoiMap.of({"GTVp": ("GVTp",)}), "GTVp", "GTVn") == [("ROI-04", "ask")]
    assert found(RoiMap.of({"GTVp": ("GTVp",)}), "GTVp", "Cord") == []


def test_margins_around_a_tumour_are_no_tumour() -> None:
    assert looks_like_tumor("Gross Tumor")
    assert not looks_like_tumor("PTV_GTV")
    assert not looks_like_tumor("ctv tumor bed")
    assert not looks_like_tumor("Parotid")


def test_a_map_is_proposed_as_far_as_the_words_say_it() -> None:
    assert propose_map(["GTV primary", "GTVp", "gtv_n", "GTV LN 3", "PTV", "Cord"]) == {
        "GTVp": ["GTV primary", "GTVp"],
        "GTVn": ["gtv_n", "GTV LN 3"],
    }
    assert propose_map(["GTV_Mass_CT", "GTV_Mass_PET"]) == {"GTV": ["GTV_Mass_CT", "GTV_Mass_PET"]}
    assert propose_map(["GTV_Mass", "GTV_Edema"]) == {}
    assert propose_map(["GTV p+n", "GTV primary and nodes"]) == {}
    assert propose_map(["GTV", "GTVn"]) == {"GTVn": ["GTVn"]}
