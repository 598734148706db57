"""A simulated cohort: patients, their outcome and the truth behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from tumorcast.cohort.case import Case, ClinicalValue, Cohort, ImageSource
from tumorcast.cohort.outcome import Outcome
from tumorcast.cohort.simulate.draw import PatientDraw, draw_patient
from tumorcast.cohort.simulate.files import SimulatedFiles, write_cohort
from tumorcast.cohort.simulate.presets import PRESETS
from tumorcast.cohort.simulate.render import render
from tumorcast.cohort.simulate.spec import SimulationSpec
from tumorcast.cohort.simulate.truth import Truth
from tumorcast.errors import refuse


@dataclass(frozen=True)
class LazyImages(Mapping[str, ImageSource]):
    """The images of one patient, drawn when they are asked for and not kept."""

    spec: SimulationSpec = field(repr=False)
    seed: int
    index: int

    def __getitem__(self, name: str) -> ImageSource:
        if name not in self:
            raise KeyError(name)
        return render(self.spec, self.seed, self.index)[name]

    def __contains__(self, name: object) -> bool:
        return name in self.spec.modalities

    def __iter__(self) -> Iterator[str]:
        return iter(self.spec.modalities)

    def __len__(self) -> int:
        return len(self.spec.modalities)


@dataclass(frozen=True)
class SimulatedCohort:
    """Patients, their outcome, and what nobody knows about real ones.

    Parameters
    ----------
    spec, seed
        What the patients were drawn from.
    cohort
        The cases. Voxels are made anew each time that they are asked for, 0.1 s a case, so that
        1497 patients need no more memory than one.
    outcome
        In the order of the cohort.
    truth
        Latent causes, risks and the attainable AUROC.
    """

    spec: SimulationSpec
    seed: int
    cohort: Cohort
    outcome: Outcome
    truth: Truth

    def write(
        self, folder: str | Path, *, on_case: Callable[[str], None] | None = None
    ) -> SimulatedFiles:
        """Write the cohort as a user's folder: NIfTI files, manifest, table and dictionary.

        Parameters
        ----------
        folder
            Made if it does not exist.
        on_case
            Told the id of each case whose files are complete.
        """
        return write_cohort(Path(folder), self.spec, self.cohort, self.outcome, self.truth, on_case)


def simulate(preset: str | SimulationSpec, *, n: int | None = None, seed: int) -> SimulatedCohort:
    """Draw a cohort whose outcome comes from known causes.

    Parameters
    ----------
    preset
        ``"hnscc-dm"``, ``"net-pfs"``, or a population of your own, such as
        ``replace(PRESETS["hnscc-dm"], weights=CauseWeights(volume=0.8))``.
    n
        Number of patients; by default that of the population. Patient number 7 is the same in
        every n.
    seed
        Another seed draws other patients of the same population.

    Raises
    ------
    StudyRefusedError
        ``SIM-01`` for an unknown preset, ``SIM-02`` for fewer than one patient.
    """
    spec = _population(preset)
    size = spec.n if n is None else n
    if size < 1:
        raise refuse("SIM-02", f"a cohort of {size}", expected="1 patient or more", fix="raise n")
    draws = [draw_patient(spec, seed, index) for index in range(size)]
    ids = tuple(draw.case_id for draw in draws)
    cases = tuple(_case(spec, seed, index, draw) for index, draw in enumerate(draws))
    outcome = Outcome(
        ids,
        np.array([draw.event for draw in draws], dtype=np.int64),
        np.array([draw.time_days for draw in draws]),
    )
    truth = Truth(spec, ids, np.stack([draw.causes for draw in draws]))
    return SimulatedCohort(spec, seed, Cohort(cases), outcome, truth)


def _population(preset: str | SimulationSpec) -> SimulationSpec:
    if isinstance(preset, SimulationSpec):
        return preset
    if preset not in PRESETS:
        close = get_close_matches(preset, PRESETS, n=1)
        raise refuse(
            "SIM-01",
            f"no simulated population is named '{preset}'",
            expected=f"one of {', '.join(PRESETS)}",
            fix=f"did you mean '{close[0]}'?" if close else "choose one of them",
        )
    return PRESETS[preset]


def _case(spec: SimulationSpec, seed: int, index: int, draw: PatientDraw) -> Case:
    clinical: dict[str, ClinicalValue] = {
        v.column: None if v.name in draw.missing else v.known_as(draw.values[v.name])
        for v in spec.variables.variables
    }
    images = LazyImages(spec, seed, index)
    return Case(draw.case_id, draw.case_id, draw.centre.name, images, clinical)
