"""Cases, cohorts and outcomes, and where they are read from."""

from tumorcast.cohort.case import Case, ClinicalValue, Cohort, ImageSource
from tumorcast.cohort.extractor import Extractor
from tumorcast.cohort.facts import ImageFacts
from tumorcast.cohort.leaks import separations
from tumorcast.cohort.mixture import mixed_acquisitions
from tumorcast.cohort.outcome import EVER_DAYS, BinaryTarget, Outcome
from tumorcast.cohort.pseudonyms import Pseudonyms
from tumorcast.cohort.quality import CaseCheck, CaseReport, check_case, check_cases, report_on
from tumorcast.cohort.read import CohortReading, read_cohort, survey_cohort
from tumorcast.cohort.twins import shared_voxels

__all__ = [
    "EVER_DAYS",
    "BinaryTarget",
    "Case",
    "CaseCheck",
    "CaseReport",
    "ClinicalValue",
    "Cohort",
    "CohortReading",
    "Extractor",
    "ImageFacts",
    "ImageSource",
    "Outcome",
    "Pseudonyms",
    "check_case",
    "check_cases",
    "mixed_acquisitions",
    "read_cohort",
    "report_on",
    "separations",
    "shared_voxels",
    "survey_cohort",
]
