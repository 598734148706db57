"""What is attainable, judged by closed forms, other integrals and fresh patients."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid, trapezoid
from scipy.stats import norm

from tumorcast.cohort.simulate import (
    PRESETS,
    CauseWeights,
    Correlation,
    SimulationSpec,
    Truth,
    simulate,
)
from tumorcast.cohort.simulate.causes import CAUSES, positions_of
from tumorcast.cohort.simulate.population import (
    draw_patients,
    event_probability,
    reference_population,
)
from tumorcast.metrics import auroc

HNSCC, NET = PRESETS["hnscc-dm"], PRESETS["net-pfs"]


def truth_of(spec: SimulationSpec) -> Truth:
    return Truth(spec, (), np.zeros((0, len(CAUSES))))


def at_one_year(weights: CauseWeights, prevalence: float, *pairs: Correlation) -> SimulationSpec:
    """A population in which nothing hides the event: the plain liability-threshold model."""
    return replace(NET, weights=weights, prevalence=prevalence, correlations=pairs)


def fresh_outcome(
    spec: SimulationSpec, n: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Draw causes, then event and time by the route that the cases take."""
    rng = np.random.default_rng(seed)
    causes, _ = draw_patients(spec, rng, n)
    predictor = reference_population(spec).intercept + causes @ spec.weights.as_array()
    event, days = spec.times.observe(predictor + rng.standard_normal(n), rng)
    return causes, event, days


@pytest.mark.parametrize("weight", [0.3, 1.5])
def test_one_gaussian_cause_at_even_prevalence_has_the_closed_form(weight: float) -> None:
    # (z - z')/sqrt2, L and -L' are jointly normal with correlations r/sqrt2, r/sqrt2 and 0; their
    # orthant probability is 1/8 + 2 asin(r/sqrt2)/(4 pi), and P(L > 0, L' < 0) = 1/4.
    r = weight / math.sqrt(1 + weight**2)
    expected = 0.5 + 2 / math.pi * math.asin(r / math.sqrt(2))
    spec = at_one_year(CauseWeights(texture=weight), 0.5)
    assert truth_of(spec).attainable_auroc(["texture"]) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("prevalence", [0.1, 0.36])
def test_a_known_subset_of_correlated_causes_agrees_with_a_double_integral(
    prevalence: float,
) -> None:
    # Known: texture. Unknown: volume, correlated 0.6 with it, and rim. The liability has the
    # correlation r with the known part, which alone decides the AUROC.
    spec = at_one_year(
        CauseWeights(texture=0.5, volume=0.7, rim=-0.4), prevalence,
        Correlation("texture", "volume", 0.6),
    )  # fmt: skip
    variance = 0.25 + 0.49 + 0.16 + 2 * 0.5 * 0.7 * 0.6 + 1
    r = (0.5 + 0.7 * 0.6) / math.sqrt(variance)
    threshold = norm.isf(prevalence)

    score = np.linspace(-8, 8, 20_001)
    event = norm.cdf((r * score - threshold) / math.sqrt(1 - r * r))
    without_below = cumulative_trapezoid(norm.pdf(score) * (1 - event), score, initial=0)
    concordant = trapezoid(norm.pdf(score) * event * without_below, score)
    expected = concordant / (prevalence * (1 - prevalence))
    assert truth_of(spec).attainable_auroc(["texture"]) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("spec", [HNSCC, NET], ids=["hnscc-dm", "net-pfs"])
@pytest.mark.parametrize(
    "known",
    [("clinical",), ("texture", "rim", "volume"), ("volume", "clinical", "laboratory"), CAUSES],
)
def test_fresh_patients_reach_what_is_attainable(
    spec: SimulationSpec, known: tuple[str, ...]
) -> None:
    # The score is E[p | known], the unknown causes averaged over patients drawn apart.
    n = 12_000
    causes, event, days = fresh_outcome(spec, n, seed=5)
    strangers, _ = draw_patients(spec, np.random.default_rng(6), 60)
    hidden = np.setdiff1d(np.arange(len(CAUSES)), positions_of(known))
    score = np.zeros(n)
    for stranger in strangers:
        mixed = causes.copy()
        mixed[:, hidden] = stranger[hidden]
        predictor = reference_population(spec).intercept + mixed @ spec.weights.as_array()
        score += event_probability(spec.times, predictor, spec.horizon_days)
    label = (event == 1) & (days <= spec.horizon_days)
    attained = auroc(label.astype(int), score)
    assert attained == pytest.approx(truth_of(spec).attainable_auroc(known), abs=0.014)


@pytest.mark.parametrize("spec", [HNSCC, NET], ids=["hnscc-dm", "net-pfs"])
def test_events_come_as_often_as_the_probability_says(spec: SimulationSpec) -> None:
    causes, event, days = fresh_outcome(spec, 100_000, seed=7)
    predictor = reference_population(spec).intercept + causes @ spec.weights.as_array()
    for horizon_days in (spec.horizon_days, 300.0):
        probability = event_probability(spec.times, predictor, horizon_days)
        seen = (event == 1) & (days <= horizon_days)
        for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 1)):
            group = (probability >= low) & (probability < high)
            expected = pytest.approx(probability[group].mean(), abs=0.01)
            assert seen[group].mean() == expected
    assert ((event == 1) & (days <= spec.horizon_days)).mean() == pytest.approx(
        spec.prevalence, abs=0.005
    )


def test_presets_keep_their_promises() -> None:
    hnscc, net = truth_of(HNSCC), truth_of(NET)
    images = ("texture", "rim", "volume")
    assert 0.72 <= hnscc.attainable_auroc(images) <= 0.76
    assert 0.82 <= hnscc.attainable_auroc((*images, "clinical")) <= 0.84
    assert pytest.approx(0.21) == HNSCC.prevalence
    assert NET.n == 116
    assert pytest.approx(42 / 116) == NET.prevalence
    assert net.attainable_auroc(NET.weights.active) > net.attainable_auroc(["laboratory"]) + 0.1


def test_the_documentation_states_what_is_attainable() -> None:
    page = Path(__file__).parents[2] / "docs" / "simulator.md"
    table, _, _ = page.read_text().partition("## What the pipeline recovers")
    rows = [line.split("|") for line in table.splitlines() if re.search(r"\| 0\.\d", line)]
    stated = [(HNSCC, row[1], row[2]) for row in rows] + [(NET, row[4], row[5]) for row in rows]
    assert len(stated) == 12
    for spec, words, value in stated:
        causes = spec.weights.active if "everything" in words else causes_in(words)
        assert truth_of(spec).attainable_auroc(causes) == pytest.approx(float(value), abs=0.001)


def causes_in(words: str) -> list[str]:
    named = [cause for cause in CAUSES if cause in words]
    return named or ["texture", "rim", "volume", "uptake"]


def test_more_causes_attain_more_and_none_attains_nothing() -> None:
    attainable = truth_of(HNSCC).attainable()
    assert len(attainable) == 2**4
    assert attainable[()] == 0.5
    for subset, value in attainable.items():
        for cause in subset:
            assert value > attainable[tuple(c for c in subset if c != cause)]
    without_risk = truth_of(HNSCC).attainable_auroc(["uptake"])
    assert without_risk == pytest.approx(0.5, abs=0.005)


def test_a_correlated_cause_without_weight_stands_in_for_the_other() -> None:
    pair = Correlation("texture", "volume", 0.8)
    spec = at_one_year(CauseWeights(volume=1.0), 0.4, pair)
    truth = truth_of(spec)
    assert 0.65 < truth.attainable_auroc(["texture"]) < truth.attainable_auroc(["volume"])
    drawn, _ = draw_patients(spec, np.random.default_rng(1), 50_000)
    expected = np.eye(len(CAUSES))
    expected[0, 2] = expected[2, 0] = 0.8
    assert np.corrcoef(drawn, rowvar=False) == pytest.approx(expected, abs=0.02)


def test_causes_are_standardised_and_independent_unless_said() -> None:
    drawn, _ = draw_patients(NET, np.random.default_rng(2), 100_000)
    assert drawn.mean(axis=0) == pytest.approx(np.zeros(6), abs=0.015)
    assert np.corrcoef(drawn, rowvar=False) == pytest.approx(np.eye(6), abs=0.015)


def test_truth_of_a_cohort_holds_its_cases() -> None:
    simulated = simulate("hnscc-dm", n=300, seed=3)
    truth = simulated.truth
    assert truth.case_ids == simulated.cohort.case_ids
    assert truth.cause("rim") == pytest.approx(truth.causes[:, 1])
    assert ((truth.probability() > 0) & (truth.probability() < 1)).all()
    label = (simulated.outcome.event == 1).astype(int)
    assert auroc(label, truth.probability()) > 0.75
    assert auroc(label, truth.best_score(CAUSES)) == auroc(label, truth.probability())
    assert truth.best_score(["rim"]) == pytest.approx(HNSCC.weights.rim * truth.cause("rim"))
    assert np.ptp(truth.best_score([])) == 0
    assert (truth.probability(365.0) < truth.probability(1000.0)).all()


def test_names_that_are_no_causes_are_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'texture'"):
        truth_of(HNSCC).attainable_auroc(["textur"])


def test_contradictory_correlations_are_refused() -> None:
    pairs = (
        Correlation("texture", "rim", 0.9),
        Correlation("rim", "volume", 0.9),
        Correlation("texture", "volume", -0.9),
    )
    with pytest.raises(ValueError, match="contradict"):
        replace(HNSCC, correlations=pairs)
    with pytest.raises(ValueError, match="can be correlated"):
        Correlation("texture", "clinical", 0.2)
    with pytest.raises(ValueError, match="inside"):
        Correlation("texture", "rim", 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prevalence": 1.2}, "prevalence"),
        ({"centres": HNSCC.centres[:2]}, "add up to 0.65"),
        ({"weights": CauseWeights(uptake=0.5)}, "no image 'pt'"),
        ({"weights": CauseWeights(laboratory=0.5)}, "no laboratory value"),
    ],
)
def test_impossible_populations_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(HNSCC, **change)  # type: ignore[arg-type]


def test_a_step_that_would_leave_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="texture_step"):
        replace(HNSCC.lesion, texture_step=0.5)


def test_a_prevalence_out_of_reach_is_refused() -> None:
    deadly = replace(HNSCC, times=replace(HNSCC.times, death_days=5.0))
    with pytest.raises(ValueError, match="no intercept"):
        simulate(deadly, n=1, seed=0)
