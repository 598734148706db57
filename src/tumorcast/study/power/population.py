"""Patients as they are assumed to be, and the best that any model of them could reach.

Each block has one best score. In patients without the event it is standard normal; in patients
with it, it lies higher by ``sqrt(2) * probit(AUROC)``, so that it separates the two with that AUROC
(the binormal model with equal variances). The columns of a block are normal with unit variance
within each outcome; the score is the mean of its informative ones, and nothing else in the block
tells more of the outcome. A column that correlates with an informative one is related to the
outcome through it.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.study.power.planned import PlannedBlock, PlannedStudy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """Where the patients of a planned study come from.

    Parameters
    ----------
    blocks
        Of the study.
    distance
        Of the mean best scores of patients with and without the event, by block, in standard
        deviations.
    overlap
        Correlation of any two of these scores within an outcome.
    """

    blocks: tuple[PlannedBlock, ...]
    distance: tuple[float, ...]
    overlap: float

    @classmethod
    def of(cls, study: PlannedStudy) -> Population:
        """Return the population that a study assumes.

        Raises
        ------
        StudyRefusedError
            ``PWR-10`` when a block cannot add what it is said to.
        """
        distance: list[float] = []
        for block in study.blocks:
            if block.auroc is not None:
                distance.append(_distance_of(block.auroc))
            else:
                distance.append(_adding(block, distance, study.overlap))
        return cls(study.blocks, tuple(distance), study.overlap)

    def attainable_auroc(self, names: Collection[str]) -> float:
        """Return the AUROC of the best score that uses these blocks, with all else known."""
        chosen = [
            distance
            for block, distance in zip(self.blocks, self.distance, strict=True)
            if block.name in names
        ]
        return _auroc_of(math.sqrt(_squared(chosen, self.overlap)))

    def column_auroc(self, name: str) -> float:
        """Return the AUROC of one informative column of a block, alone."""
        number = [block.name for block in self.blocks].index(name)
        _, loading = _score_of(self.blocks[number])
        return _auroc_of(self.distance[number] * float(loading.max()))

    def draw(self, event: NDArray[np.int64], rng: np.random.Generator) -> list[Floats]:
        """Return the columns of every block, each of shape (n, columns), of patients.

        Parameters
        ----------
        event
            0 or 1, shape (n,).
        """
        n = len(event)
        shared = rng.standard_normal((n, 1)) * math.sqrt(self.overlap)
        own = rng.standard_normal((n, len(self.blocks))) * math.sqrt(1 - self.overlap)
        score = shared + own + np.outer(event, self.distance)
        return [_columns(block, score[:, number], rng) for number, block in enumerate(self.blocks)]


def _columns(block: PlannedBlock, score: Floats, rng: np.random.Generator) -> Floats:
    """Return columns whose best score is `score`.

    They are drawn without regard to it; then what they happen to have as their score is taken
    out along their covariance with it, and the wanted score is put in.
    """
    n = len(score)
    values = rng.standard_normal((n, block.columns)) * math.sqrt(1 - block.correlation)
    families = _families(block)
    of_family = rng.standard_normal((n, int(families.max()) + 1)) * math.sqrt(block.correlation)
    values += of_family[:, families]
    weights, loading = _score_of(block)
    return np.asarray(values + np.outer(score - values @ weights, loading))


def _score_of(block: PlannedBlock) -> tuple[Floats, Floats]:
    """Return the weights of the columns in the score, and their covariances with it."""
    families = _families(block)
    place = np.arange(block.columns) % block.family
    informative = np.zeros(block.columns)
    informative[np.lexsort([families, place])[: block.n_informative]] = 1.0
    in_family = np.bincount(families, informative)
    covariance = (1 - block.correlation) * informative + block.correlation * in_family[families]
    deviation = math.sqrt(informative @ covariance)
    return informative / deviation, covariance / deviation


def _families(block: PlannedBlock) -> NDArray[np.int64]:
    return np.arange(block.columns) // block.family


def _squared(distances: list[float], overlap: float) -> float:
    """Return the squared distance of the best score of several blocks (Mahalanobis)."""
    if not distances:
        return 0.0
    means = np.array(distances)
    return float(means @ np.linalg.solve(_correlation(len(means), overlap), means))


def _adding(block: PlannedBlock, before: list[float], overlap: float) -> float:
    """Return the distance of a block that adds to the AUROC of those before it.

    Given the scores before it, its own has the mean shift ``distance - carried`` and the variance
    ``left``; the squared distance of all grows by the square of the one over the other.
    """
    squared = _squared(before, overlap)
    wanted = _auroc_of(math.sqrt(squared)) + float(block.adds or 0)
    if wanted >= 1:
        raise _too_much(block, wanted - float(block.adds or 0))
    share = np.linalg.solve(_correlation(len(before), overlap), np.full(len(before), overlap))
    carried, left = float(share @ np.array(before)), 1 - overlap * float(share.sum())
    growth = max(_distance_of(wanted) ** 2 - squared, 0.0)
    return carried + math.sqrt(growth * left)


def _correlation(n: int, overlap: float) -> Floats:
    """Return that of the best scores of some blocks within an outcome, shape (n, n)."""
    return np.full((n, n), overlap) + (1 - overlap) * np.eye(n)


def _too_much(block: PlannedBlock, reached: float) -> StudyRefusedError:
    return refuse(
        "PWR-10",
        f"block '{block.name}' is to add {block.adds:g} to an AUROC of {reached:.3f}",
        expected="an AUROC below 1 altogether",
        fix="give a smaller gain",
    )


def _distance_of(auroc: float) -> float:
    return math.sqrt(2) * float(norm.ppf(auroc))


def _auroc_of(distance: float) -> float:
    return float(norm.cdf(distance / math.sqrt(2)))
