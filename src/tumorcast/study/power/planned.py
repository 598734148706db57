"""What is planned: patients, blocks with their assumed strength, and how the study is analysed."""

from __future__ import annotations

from dataclasses import dataclass

from tumorcast.study.doubt.blocks import TABLES, Block
from tumorcast.study.power.faults import faults_of_block, faults_of_study, raise_if


@dataclass(frozen=True)
class PlannedBlock:
    """Columns of one origin and what they are assumed to hold.

    Parameters
    ----------
    name
        Lower-case letters, digits and underscores. Of ``clinical``, ``lab`` and ``volume`` every
        column is kept; among those of all others the models select.
    columns
        How many.
    auroc
        That its best score alone reaches in the population; 0.5 holds nothing.
    adds
        In the place of `auroc`: what it adds to the AUROC that the blocks before it reach.
    informative
        Columns that the best score is made of, with equal weights; ``None`` is all.
    correlation
        Between any two columns of one family, among patients of the same outcome.
    family
        Columns that correlate with each other; informative columns are in families of their own
        as far as there are any.
    """

    name: str
    columns: int
    auroc: float | None = None
    adds: float | None = None
    informative: int | None = None
    correlation: float = 0.0
    family: int = 10

    @property
    def n_informative(self) -> int:
        """Columns that the best score is made of."""
        return self.columns if self.informative is None else self.informative

    def as_block(self) -> Block:
        """Return it as the verdicts of a run know it."""
        return Block(self.name, (self.name,), self.columns, self.name not in TABLES)

    def __post_init__(self) -> None:
        raise_if(faults_of_block(self))


@dataclass(frozen=True)
class PlannedStudy:
    """A study before any patient is in it.

    Parameters
    ----------
    patients
        Sizes to compare.
    prevalence
        Share of patients with the event.
    blocks
        In the order in which `PlannedBlock.adds` counts.
    overlap
        Correlation of the best scores of any two blocks, among patients of the same outcome.
    folds, repeats
        Of the cross-validation.
    learner, selector, keep, correlation
        Of every model, as in a study file.
    margin
        Smallest gain in AUROC that would be worth having.
    studies
        How many are simulated of each size.
    seed
        Decides all that is drawn.
    """

    patients: tuple[int, ...]
    prevalence: float
    blocks: tuple[PlannedBlock, ...]
    overlap: float = 0.0
    folds: int = 5
    repeats: int = 1
    learner: str = "logistic"
    selector: str = "forest"
    keep: int = 36
    correlation: float = 0.9
    margin: float = 0.02
    studies: int = 100
    seed: int = 2026

    def n_events(self, patients: int) -> int:
        """Return how many of so many patients have the event."""
        return round(patients * self.prevalence)

    def __post_init__(self) -> None:
        raise_if(faults_of_study(self))
