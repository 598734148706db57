"""Numbered checks of a finished run, like a linter's."""

from tumorcast.study.audit.document import CHECKS, CHECKS_FILE, write_checks
from tumorcast.study.audit.history import remember

__all__ = ["CHECKS", "CHECKS_FILE", "remember", "write_checks"]
