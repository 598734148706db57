"""The two populations that the published systems were built on, as the simulator knows them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tumorcast.cohort.simulate.causes import CauseWeights
from tumorcast.cohort.simulate.head_neck_variables import HEAD_NECK_VARIABLES
from tumorcast.cohort.simulate.net_variables import NET_VARIABLES
from tumorcast.cohort.simulate.scanner import Centre, CtScanner, PetScanner
from tumorcast.cohort.simulate.spec import LesionSpec, SimulationSpec
from tumorcast.cohort.simulate.times import EventTimes

_PET_SHARP = PetScanner((3.0, 3.0, 3.0), resolution_mm=5.0, noise=0.22)
_PET_OLD = PetScanner((4.0, 4.0, 4.0), resolution_mm=7.0, noise=0.30, calibration=0.94)

HNSCC_DM = SimulationSpec(
    name="HN distant metastasis",
    n=1497,
    anatomy="neck",
    modalities=("ct",),
    extent_mm=(90.0, 120.0, 120.0),
    lesion=LesionSpec(
        volume_cm3=14.0, volume_log_sd=0.72, texture_hu=24.0, texture_step=0.37, texture_mm=2.6,
        infiltration=0.36, infiltration_step=0.39, suv=9.0, suv_log_sd=0.40,
        density_hu=78.0, irregularity=0.12,
    ),
    variables=HEAD_NECK_VARIABLES,
    centres=(
        Centre("North", 0.38, CtScanner((2.5, 1.25, 1.25), 0.55, 11.0, 0.8), _PET_SHARP),
        Centre("Harbour", 0.27, CtScanner((2.0, 1.25, 1.25), 0.45, 15.0, 0.6), _PET_SHARP),
        Centre("Hill", 0.20, CtScanner((3.0, 1.5, 1.5), 0.80, 8.0, 1.3), _PET_OLD),
        Centre("Lake", 0.15, CtScanner((2.5, 1.25, 1.25), 0.65, 10.0, 1.0, 6.0), _PET_OLD),
    ),
    weights=CauseWeights(texture=0.46, rim=0.43, volume=0.28, clinical=0.66),
    times=EventTimes(
        anchor_days=1826.0, spread=1.8, delay_days=100.0, followup_days=(730.0, 2920.0),
        dropout_days=20_000.0, death_days=6_500.0,
    ),
    prevalence=0.21,
    horizon_days=math.inf,
)  # fmt: skip
"""Distant metastasis of head and neck cancer on CT; death is a competing event."""

NET_PFS = SimulationSpec(
    name="NET progression-free survival",
    n=116,
    anatomy="abdomen",
    modalities=("ct", "pt"),
    extent_mm=(96.0, 144.0, 168.0),
    lesion=LesionSpec(
        volume_cm3=16.0, volume_log_sd=0.65, texture_hu=22.0, texture_step=0.37, texture_mm=3.0,
        infiltration=0.36, infiltration_step=0.39, suv=17.0, suv_log_sd=0.45,
        density_hu=88.0, irregularity=0.14,
    ),
    variables=NET_VARIABLES,
    centres=(
        Centre("East", 0.6, CtScanner((3.0, 1.5, 1.5), 0.7, 10.0, 1.0), _PET_SHARP),
        Centre("West", 0.4, CtScanner((2.5, 1.5, 1.5), 0.6, 13.0, 0.8, -4.0), _PET_OLD),
    ),
    weights=CauseWeights(
        texture=0.34, rim=0.30, volume=0.20, uptake=-0.55, clinical=0.22, laboratory=0.48
    ),
    times=EventTimes(
        anchor_days=365.0, spread=0.8, delay_days=30.0, followup_days=(400.0, 2200.0),
    ),
    prevalence=42 / 116,
    horizon_days=365.0,
)  # fmt: skip
"""Progression or death within a year of PRRT of a neuroendocrine tumour; PET, CT, laboratory."""

PRESETS: Mapping[str, SimulationSpec] = {"hnscc-dm": HNSCC_DM, "net-pfs": NET_PFS}
