"""Cases, cohorts and outcomes, and where they are read from."""

from tumorcast.cohort.case import Case, ClinicalValue, Cohort, ImageSource
from tumorcast.cohort.extractor import Extractor
from tumorcast.cohort.outcome import EVER_DAYS, BinaryTarget, Outcome

__all__ = [
    "EVER_DAYS",
    "BinaryTarget",
    "Case",
    "ClinicalValue",
    "Cohort",
    "Extractor",
    "ImageSource",
    "Outcome",
]
