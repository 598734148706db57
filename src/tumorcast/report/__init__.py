"""The pages of a run, a check and an external validation, each from its directory alone."""

from tumorcast.report.build import build_report
from tumorcast.report.check_page import build_check_page
from tumorcast.report.leading import leading_arm
from tumorcast.report.locked_card import write_locked_card
from tumorcast.report.pdf import print_page
from tumorcast.report.validation_page import build_validation_page

__all__ = [
    "build_check_page",
    "build_report",
    "build_validation_page",
    "leading_arm",
    "print_page",
    "write_locked_card",
]
