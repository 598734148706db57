"""The report: one HTML file from a run directory, and nothing else."""

from tumorcast.report.build import build_report

__all__ = ["build_report"]
