"""Seeded patients whose outcome comes from known causes, so that what is attainable is known."""

from tumorcast.cohort.simulate.causes import CAUSES, CauseWeights, Correlation
from tumorcast.cohort.simulate.cohort import SimulatedCohort, simulate
from tumorcast.cohort.simulate.files import SimulatedFiles
from tumorcast.cohort.simulate.presets import PRESETS
from tumorcast.cohort.simulate.spec import LesionSpec, SimulationSpec
from tumorcast.cohort.simulate.truth import Truth

__all__ = [
    "CAUSES",
    "PRESETS",
    "CauseWeights",
    "Correlation",
    "LesionSpec",
    "SimulatedCohort",
    "SimulatedFiles",
    "SimulationSpec",
    "Truth",
    "simulate",
]
