"""What a simulated cohort is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from tumorcast.cohort.simulate.causes import CauseWeights, Correlation, correlation_matrix
from tumorcast.cohort.simulate.scanner import Centre
from tumorcast.cohort.simulate.times import EventTimes
from tumorcast.cohort.simulate.variables import VariableSet


@dataclass(frozen=True)
class LesionSpec:
    """How the causes become a tumour: the middle, and the step of one standard deviation.

    A cause shows up to -2.5 and 3 standard deviations; beyond, it adds risk only.

    Parameters
    ----------
    volume_cm3, volume_log_sd
        Log-normal volume.
    texture_hu, texture_step
        Standard deviation of the density inside, and the share that a step adds to it.
    texture_mm
        Length over which the density inside stays alike.
    infiltration, infiltration_step
        Share of tumour in the rim, and the share of that share that a step adds to it.
    suv, suv_log_sd
        Log-normal mean uptake.
    density_hu
        Mean density, to which every patient adds a little.
    irregularity
        Relative standard deviation of the radius.
    """

    volume_cm3: float
    volume_log_sd: float
    texture_hu: float
    texture_step: float
    texture_mm: float
    infiltration: float
    infiltration_step: float
    suv: float
    suv_log_sd: float
    density_hu: float
    irregularity: float

    def __post_init__(self) -> None:
        for name in ("texture_step", "infiltration_step"):
            if not 0 <= getattr(self, name) <= 0.4:
                raise ValueError(f"{name} must lie in 0 to 0.4: 2.5 steps down must leave some")


@dataclass(frozen=True)
class SimulationSpec:
    """A population of patients; change one with `dataclasses.replace`.

    Parameters
    ----------
    name
        Of the population; its first word starts the case ids.
    n
        Number of patients unless `simulate` is told another.
    anatomy
        Body around the tumour.
    modalities
        Images of every patient: ``"ct"``, ``"pt"``.
    extent_mm
        Size of the images along (z, y, x), centred on the tumour.
    lesion
        The tumour.
    variables
        Clinical and laboratory variables.
    centres
        Where the patients come from; shares add up to 1.
    weights
        How much each cause counts.
    times
        When the event comes, and what hides it.
    prevalence
        Share of patients with the event by `horizon_days`; sets the intercept of the liability.
    horizon_days
        Infinite: seen at any time of the follow-up.
    correlations
        Between causes in the images; none unless said.
    """

    name: str
    n: int
    anatomy: Literal["neck", "abdomen"]
    modalities: tuple[Literal["ct", "pt"], ...]
    extent_mm: tuple[float, float, float]
    lesion: LesionSpec
    variables: VariableSet
    centres: tuple[Centre, ...]
    weights: CauseWeights
    times: EventTimes
    prevalence: float
    horizon_days: float = math.inf
    correlations: tuple[Correlation, ...] = field(default=())

    def __post_init__(self) -> None:
        if not 0 < self.prevalence < 1:
            raise ValueError(f"prevalence {self.prevalence:g} is not between 0 and 1")
        shares = sum(centre.share for centre in self.centres)
        if not math.isclose(shares, 1.0):
            raise ValueError(f"the centres' shares add up to {shares:g}, not 1")
        if "uptake" in self.weights.active and "pt" not in self.modalities:
            raise ValueError("uptake carries risk, but no image 'pt' would show it")
        blocks = {variable.declaration.block for variable in self.variables.variables}
        if "laboratory" in self.weights.active and "lab" not in blocks:
            raise ValueError("the laboratory carries risk, but there is no laboratory value")
        correlation_matrix(self.correlations)
