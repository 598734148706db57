from __future__ import annotations

import math

from tumorcast.report.results import Estimate, HorizonResults
from tumorcast.report.roles import assign_roles


def results(**aurocs: float) -> HorizonResults:
    return HorizonResults(math.inf, {a: {"auroc": Estimate(v)} for a, v in aurocs.items()}, ())


def test_the_best_arm_that_looks_at_images_leads_and_the_best_baseline_is_the_yardstick() -> None:
    found = results(volume=0.7, clinical_volume=0.9, ct=0.6, fusion=0.8)
    roles = assign_roles(found, {"ct": {"blocks": ["ct"]}, "fusion": {"average": ["ct", "volume"]}})
    assert roles.lead == "fusion"
    assert roles.n_candidates == 2
    assert roles.baselines == ("clinical_volume", "volume")
    assert roles.yardstick == "clinical_volume"
    assert roles.others == ("ct",)
    assert [roles.of(arm) for arm in roles.in_order] == ["lead", "baseline", "baseline", "other"]


def test_an_arm_of_laboratory_values_is_a_baseline_but_not_with_a_network() -> None:
    declared = {
        "lab_forest": {"blocks": ["lab.cga", "clinical"]},
        "net": {"blocks": ["lab"], "network": {"images": ["ct"]}},
    }
    roles = assign_roles(results(lab_forest=0.8, net=0.6), declared)
    assert (roles.lead, roles.baselines) == ("net", ("lab_forest",))


def test_without_images_the_arm_that_the_study_added_leads() -> None:
    declared = {"mine": {"blocks": ["clinical", "volume"], "learner": "forest"}}
    roles = assign_roles(results(volume=0.9, clinical=0.7, mine=0.6), declared)
    assert (roles.lead, roles.baselines) == ("mine", ("volume", "clinical"))


def test_with_nothing_but_baselines_the_best_leads() -> None:
    roles = assign_roles(results(volume=0.6, clinical=0.7), {})
    assert (roles.lead, roles.baselines) == ("clinical", ("volume",))


def test_an_arm_without_a_figure_comes_last() -> None:
    assert assign_roles(results(a=math.nan, b=0.4), {}).lead == "b"


def test_baselines_are_told_apart_by_their_dashes() -> None:
    roles = assign_roles(results(volume=0.6, clinical=0.7, clinical_volume=0.8, x=0.9), {})
    lines = [roles.line(arm) for arm in roles.baselines]
    assert len({line.color for line in lines}) == 1
    assert len({line.dashes for line in lines}) == 3
    assert roles.line("x").color != lines[0].color
