"""A cohort is a function of population, seed and number, and its tables look like a clinic's."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from tumorcast.cohort.simulate import PRESETS, SimulatedCohort, simulate
from tumorcast.cohort.simulate.draw import draw_image
from tumorcast.errors import StudyRefusedError
from tumorcast.metrics import kaplan_meier


@pytest.fixture(scope="module")
def many() -> SimulatedCohort:
    return simulate("hnscc-dm", n=1497, seed=1)


@pytest.fixture(scope="module")
def nets() -> SimulatedCohort:
    return simulate("net-pfs", n=800, seed=1)


def test_the_first_patients_do_not_depend_on_how_many_follow() -> None:
    few, more = simulate("hnscc-dm", n=3, seed=5), simulate("hnscc-dm", n=8, seed=5)
    for a, b in zip(few.cohort, more.cohort, strict=False):
        assert (a.case_id, a.centre, a.clinical) == (b.case_id, b.centre, b.clinical)
    assert few.outcome.event.tolist() == more.outcome.event[:3].tolist()
    last = [s.cohort.cases[2].source("ct") for s in (few, more)]
    more.cohort.cases[7].source("ct").volume()
    assert last[0].digest() == last[1].digest() == few.cohort.cases[2].source("ct").digest()


def test_another_seed_draws_other_patients() -> None:
    a, b = (simulate("hnscc-dm", n=1, seed=seed) for seed in (1, 2))
    assert a.cohort.cases[0].source("ct").digest() != b.cohort.cases[0].source("ct").digest()
    assert not np.allclose(a.truth.causes, b.truth.causes)


def test_a_scanner_changes_no_patient() -> None:
    spec = PRESETS["hnscc-dm"]
    noisy = tuple(replace(c, ct=replace(c.ct, noise_hu=40.0)) for c in spec.centres)
    quiet, loud = simulate(spec, n=6, seed=2), simulate(replace(spec, centres=noisy), n=6, seed=2)
    assert quiet.outcome.event.tolist() == loud.outcome.event.tolist()
    assert [c.clinical for c in quiet.cohort] == [c.clinical for c in loud.cohort]
    a, b = (draw_image(s, 2, 0) for s in (quiet.spec, loud.spec))
    assert a.noise_seed == b.noise_seed
    assert a.lesion.texture_hu == b.lesion.texture_hu


def test_images_are_drawn_when_asked_for() -> None:
    case = simulate("net-pfs", n=1, seed=2).cohort.cases[0]
    assert list(case.images) == ["ct", "pt"]
    assert len(case.images) == 2
    assert "mr" not in case.images
    with pytest.raises(KeyError):
        case.images["mr"]
    assert len(repr(case)) < 1000
    twin = copy.deepcopy(case)
    assert twin.source("pt").digest() == case.source("pt").digest()


def test_default_sizes_are_those_of_the_published_cohorts(many: SimulatedCohort) -> None:
    assert len(simulate("net-pfs", seed=1).cohort) == 116
    assert len(many.cohort) == PRESETS["hnscc-dm"].n == 1497
    assert len(set(many.cohort.case_ids)) == 1497


def test_head_and_neck_follow_up_looks_like_a_clinic(many: SimulatedCohort) -> None:
    event, days, times = many.outcome.event, many.outcome.time_days, many.spec.times
    assert days is not None
    assert (event == 1).mean() == pytest.approx(0.21, abs=0.03)
    assert days[event == 1].min() >= 100
    assert 350 < np.median(days[event == 1]) < 650
    # Death comes at a constant rate, whose inverse is the time at risk over the number of deaths.
    assert days.sum() / (event == 2).sum() == pytest.approx(times.death_days, rel=0.15)
    # Follow-up ends evenly between two and eight years, or by dropping out: half last 1730 days.
    followed = kaplan_meier(event == 0, days)
    half = followed.survival[followed.time_days <= 1730][-1]
    assert half == pytest.approx((2920 - 1730) / 2190 * np.exp(-1730 / 20_000), abs=0.05)
    assert days.max() <= 2920
    shares = [(np.array(many.cohort.centres) == c.name).mean() for c in many.spec.centres]
    assert shares == pytest.approx([c.share for c in many.spec.centres], abs=0.04)


def test_progression_is_dated_and_known_at_a_year(nets: SimulatedCohort) -> None:
    target = nets.outcome.binary_at(365.0)
    assert (target.weight > 0).all()
    assert target.label.mean() == pytest.approx(42 / 116, abs=0.04)
    assert set(nets.outcome.event.tolist()) == {0, 1}


def column(simulated: SimulatedCohort, name: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array([case.clinical[name] for case in simulated.cohort], dtype=object)


def numbers(simulated: SimulatedCohort, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.nan if v is None else v for v in column(simulated, name)], dtype=float)


def test_head_and_neck_variables_have_the_marginals_of_public_cohorts(
    many: SimulatedCohort,
) -> None:
    age = numbers(many, "clinical.age")
    assert age.mean() == pytest.approx(62, abs=2)
    assert age.std() == pytest.approx(10, abs=1)
    assert (column(many, "clinical.sex") == "male").mean() == pytest.approx(0.76, abs=0.04)
    throat = column(many, "clinical.site") == "oropharynx"
    positive = column(many, "clinical.hpv") == "positive"
    known = column(many, "clinical.hpv") != None  # noqa: E711  (elementwise)
    assert positive[throat & known].mean() == pytest.approx(0.62, abs=0.06)
    assert positive[~throat & known].mean() < 0.15


def test_lifestyle_goes_together_and_against_hpv(many: SimulatedCohort) -> None:
    current = column(many, "clinical.smoking") == 2
    heavy = column(many, "clinical.alcohol") == 2
    positive = column(many, "clinical.hpv") == "positive"
    assert heavy[current].mean() > 2 * heavy[~current].mean()
    assert current[positive].mean() < 0.6 * current[~positive].mean()
    packs = numbers(many, "clinical.pack_years")
    never = column(many, "clinical.smoking") == 0
    assert np.nanmax(packs[never]) == 0
    assert np.nanmin(packs[current]) > 0


def test_laboratory_values_are_log_normal_and_correlated(nets: SimulatedCohort) -> None:
    logs = {name: np.log(numbers(nets, f"lab.{name}")) for name in ("cga", "ggt", "alp")}
    for values in logs.values():
        kept = values[~np.isnan(values)]
        z = (kept - kept.mean()) / kept.std()
        assert abs((z**3).mean()) < 0.3
    both = ~np.isnan(logs["ggt"]) & ~np.isnan(logs["alp"])
    correlation = np.corrcoef(logs["ggt"][both], logs["alp"][both])[0, 1]
    assert correlation == pytest.approx(0.6 * 0.65, abs=0.1)


@pytest.mark.parametrize("preset", ["hnscc-dm", "net-pfs"])
def test_values_are_missing_as_often_as_declared(
    preset: str, many: SimulatedCohort, nets: SimulatedCohort
) -> None:
    simulated = many if preset == "hnscc-dm" else nets
    for variable in simulated.spec.variables.variables:
        values = column(simulated, variable.column)
        share = np.mean([value is None for value in values])
        assert share == pytest.approx(variable.missing, abs=0.025)
        levels = variable.declaration.levels or (variable.declaration.ranks or {}).values()
        if levels:
            assert {v for v in values if v is not None} == set(levels)


def test_an_unknown_preset_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(StudyRefusedError, match="did you mean 'hnscc-dm'") as caught:
        simulate("hnsc-dm", n=1, seed=0)
    assert caught.value.findings[0].code == "SIM-01"


def test_an_empty_cohort_is_refused() -> None:
    with pytest.raises(StudyRefusedError, match="a cohort of 0") as caught:
        simulate("hnscc-dm", n=0, seed=0)
    assert caught.value.findings[0].code == "SIM-02"
