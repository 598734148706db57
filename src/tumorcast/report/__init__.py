"""The report and the page of a check: one HTML file from a directory, and nothing else."""

from tumorcast.report.build import build_report
from tumorcast.report.check_page import build_check_page

__all__ = ["build_check_page", "build_report"]
