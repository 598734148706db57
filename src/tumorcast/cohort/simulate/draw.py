"""Everything random about one patient, drawn in one place.

A patient is a pure function of the population, the seed and the patient's number: the first ten of
a thousand are the ten of a cohort of ten. Four independent streams keep the parts apart, so that
another scanner changes no outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.case import ClinicalValue
from tumorcast.cohort.simulate.abdomen import AbdomenDraw
from tumorcast.cohort.simulate.causes import CAUSES
from tumorcast.cohort.simulate.lesion import LesionDraw
from tumorcast.cohort.simulate.neck import NeckDraw
from tumorcast.cohort.simulate.population import draw_patients, reference_population
from tumorcast.cohort.simulate.scanner import Centre
from tumorcast.cohort.simulate.spec import LesionSpec, SimulationSpec
from tumorcast.cohort.simulate.waves import Waves


@dataclass(frozen=True, eq=False)
class PatientDraw:
    """The part of a patient that needs no image.

    Parameters
    ----------
    case_id
        First word of the population's name and the number, from 1.
    centre
        Where the patient is treated.
    causes
        In the order of `CAUSES`, shape (6,).
    values
        Clinical and laboratory values as they are.
    missing
        Names of those that are not known.
    event, time_days
        As in `Outcome`.
    """

    case_id: str
    centre: Centre
    causes: NDArray[np.float64]
    values: Mapping[str, ClinicalValue]
    missing: frozenset[str]
    event: int
    time_days: float


@dataclass(frozen=True, eq=False)
class ImageDraw:
    """The part of a patient that the images show.

    Parameters
    ----------
    centre
        Whose scanners are used.
    lesion, anatomy
        The tumour and the body around it.
    centre_mm
        LPS (x, y, z) of the tumour's centre.
    noise_seed
        Of the scanner's noise.
    """

    centre: Centre
    lesion: LesionDraw
    anatomy: NeckDraw | AbdomenDraw
    centre_mm: tuple[float, float, float]
    noise_seed: int


def draw_patient(spec: SimulationSpec, seed: int, index: int) -> PatientDraw:
    """Draw the patient with this number (from 0)."""
    patient, outcome, _, _ = _streams(seed, index)
    causes, variables = draw_patients(spec, patient, 1)
    u = patient.uniform()
    shares = np.cumsum([centre.share for centre in spec.centres])
    centre = spec.centres[min(int(np.searchsorted(shares, u)), len(shares) - 1)]
    liability = (
        reference_population(spec).intercept
        + causes @ spec.weights.as_array()
        + outcome.standard_normal(1)
    )
    event, time_days = spec.times.observe(liability, outcome)
    return PatientDraw(
        f"{spec.name.split()[0]}-{index + 1:04d}",
        centre,
        causes[0],
        {name: values.tolist()[0] for name, values in variables.values.items()},
        spec.variables.draw_missing(patient),
        int(event[0]),
        float(time_days[0]),
    )


def draw_image(spec: SimulationSpec, seed: int, index: int) -> ImageDraw:
    """Draw what the images of the patient with this number (from 0) show."""
    patient = draw_patient(spec, seed, index)
    _, _, body, noise = _streams(seed, index)
    visible = np.clip(patient.causes, -2.5, 3.0).tolist()
    causes = dict(zip(CAUSES, visible, strict=True))
    lesion = _draw_lesion(spec.lesion, causes, body)
    anatomy = _ANATOMIES[spec.anatomy](body, lesion.radius_mm, patient)
    x, y, z = (float(v) for v in body.uniform((-40, -220, -900), (40, -120, -300)))
    return ImageDraw(patient.centre, lesion, anatomy, (x, y, z), int(noise.integers(2**62)))


def _streams(seed: int, index: int) -> list[np.random.Generator]:
    return [np.random.default_rng(s) for s in np.random.SeedSequence((seed, index)).spawn(4)]


def _draw_lesion(
    spec: LesionSpec, causes: Mapping[str, float], rng: np.random.Generator
) -> LesionDraw:
    volume_mm3 = 1000.0 * spec.volume_cm3 * np.exp(spec.volume_log_sd * causes["volume"])
    radius_mm = float((3.0 * volume_mm3 / (4.0 * np.pi)) ** (1.0 / 3.0))
    return LesionDraw(
        volume_mm3=float(volume_mm3),
        texture_hu=spec.texture_hu * (1.0 + spec.texture_step * causes["texture"]),
        infiltration=spec.infiltration * (1.0 + spec.infiltration_step * causes["rim"]),
        suv=float(spec.suv * np.exp(spec.suv_log_sd * causes["uptake"])),
        mean_hu=float(rng.normal(spec.density_hu, 5.0)),
        bed_hu=float(rng.normal(-42.0, 3.0)),
        axes=_draw_axes(rng),
        irregularity=float(np.clip(rng.normal(spec.irregularity, 0.025), 0.03, 0.25)),
        shape=Waves.draw(rng, 24, 0.45 * radius_mm),
        texture=Waves.draw(rng, 96, spec.texture_mm),
        bed=Waves.draw(rng, 64, 3.5),
        strands=Waves.draw(rng, 96, 2.6),
        uptake=Waves.draw(rng, 32, 6.0),
    )


def _draw_axes(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a random stretching of determinant 1, longest at most 1.5 times the shortest axis."""
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    stretch = rng.uniform(-0.2, 0.2, 3)
    return np.asarray(turn @ np.diag(np.exp(stretch - stretch.mean())) @ turn.T)


def _neck(rng: np.random.Generator, radius_mm: float, patient: PatientDraw) -> NeckDraw:
    n_nodes = {"N0": 0, "N1": 1, "N2": 2, "N3": 3}.get(str(patient.values.get("n_stage")), 0)
    return NeckDraw.draw(rng, radius_mm, n_nodes)


def _abdomen(rng: np.random.Generator, radius_mm: float, _: PatientDraw) -> AbdomenDraw:
    return AbdomenDraw.draw(rng, radius_mm, int(rng.poisson(2.0)))


_ANATOMIES: Mapping[
    str, Callable[[np.random.Generator, float, PatientDraw], NeckDraw | AbdomenDraw]
] = {"neck": _neck, "abdomen": _abdomen}
