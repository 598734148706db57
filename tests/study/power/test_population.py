"""What is declared of a population is what its patients show."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.metrics import auroc
from tumorcast.study.power import PlannedBlock, PlannedStudy
from tumorcast.study.power.population import Population

N = 40_000
CLINICAL = PlannedBlock("clinical", 4, auroc=0.7)
IMAGE = PlannedBlock("ct", 24, auroc=0.65, informative=3, correlation=0.6, family=6)


def population(*blocks: PlannedBlock, overlap: float = 0.0) -> Population:
    return Population.of(PlannedStudy((100,), 0.3, blocks, overlap=overlap))


def drawn(of: Population) -> tuple[np.ndarray, list[np.ndarray]]:
    event = (np.arange(N) % 2).astype(np.int64)
    return event, of.draw(event, np.random.default_rng(5))


def best(event: np.ndarray, columns: np.ndarray) -> float:
    """AUROC of Fisher's discriminant, which is the best score of normal columns."""
    shift = columns[event == 1].mean(axis=0) - columns[event == 0].mean(axis=0)
    within = np.cov(columns[event == 0].T) + np.cov(columns[event == 1].T)
    return auroc(event, columns @ np.linalg.solve(np.atleast_2d(within), shift))


@pytest.mark.parametrize("overlap", [0.0, 0.4])
def test_blocks_alone_and_together_reach_what_is_declared(overlap: float) -> None:
    of = population(CLINICAL, IMAGE, overlap=overlap)
    event, (clinical, image) = drawn(of)
    assert best(event, clinical) == pytest.approx(0.70, abs=0.01)
    assert best(event, image) == pytest.approx(0.65, abs=0.01)
    together = of.attainable_auroc(["clinical", "ct"])
    assert best(event, np.hstack([clinical, image])) == pytest.approx(together, abs=0.01)
    # Two independent normal scores: squared distances add up (0.7416^2 + 0.5449^2 = 0.9203^2).
    if not overlap:
        assert together == pytest.approx(0.7424, abs=2e-4)


def test_columns_are_as_declared() -> None:
    of = population(IMAGE)
    event, (image,) = drawn(of)
    within = image[event == 0]
    correlation = np.corrcoef(within.T)
    assert within.std(axis=0) == pytest.approx(np.ones(24), abs=0.02)
    assert correlation[0, 1:6] == pytest.approx(np.full(5, 0.6), abs=0.03)
    assert correlation[0, 6:] == pytest.approx(np.zeros(18), abs=0.03)
    informative, companion, noise = image[:, 0], image[:, 1], image[:, 20]
    assert auroc(event, image[:, [0, 6, 12]].mean(axis=1)) == pytest.approx(0.65, abs=0.01)
    assert auroc(event, informative) == pytest.approx(of.column_auroc("ct"), abs=0.01)
    assert 0.52 < auroc(event, companion) < auroc(event, informative)
    assert auroc(event, noise) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("overlap", [0.0, 0.5])
def test_a_block_adds_what_it_is_said_to(overlap: float) -> None:
    blocks = (CLINICAL, PlannedBlock("lab", 2, auroc=0.6), PlannedBlock("ct", 5, adds=0.05))
    of = population(*blocks, overlap=overlap)
    before = of.attainable_auroc(["clinical", "lab"])
    assert of.attainable_auroc(["clinical", "lab", "ct"]) == pytest.approx(before + 0.05)


def test_a_redundant_block_overlaps_and_adds_nothing() -> None:
    of = population(CLINICAL, PlannedBlock("ct", 5, adds=0.0), overlap=0.5)
    assert of.attainable_auroc(["clinical", "ct"]) == pytest.approx(0.7)
    assert of.attainable_auroc(["ct"]) > 0.55


def test_nothing_is_known_of_an_event_from_no_block() -> None:
    assert population(CLINICAL).attainable_auroc([]) == 0.5


def test_a_gain_beyond_certainty_is_refused() -> None:
    strong = PlannedBlock("clinical", 4, auroc=0.9)
    with pytest.raises(StudyRefusedError, match=r"PWR-10.*0\.2 to an AUROC of 0\.900"):
        population(strong, PlannedBlock("ct", 5, adds=0.2))
