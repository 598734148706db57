"""Cases, cohorts and outcomes, and where they are read from."""

from tumorcast.cohort.case import Case, ClinicalValue, Cohort, ImageSource
from tumorcast.cohort.extractor import Extractor
from tumorcast.cohort.outcome import EVER_DAYS, BinaryTarget, Outcome
from tumorcast.cohort.quality import CaseCheck, check_case, check_cases, findings_of
from tumorcast.cohort.read import CohortReading, read_cohort

__all__ = [
    "EVER_DAYS",
    "BinaryTarget",
    "Case",
    "CaseCheck",
    "ClinicalValue",
    "Cohort",
    "CohortReading",
    "Extractor",
    "ImageSource",
    "Outcome",
    "check_case",
    "check_cases",
    "findings_of",
    "read_cohort",
]
