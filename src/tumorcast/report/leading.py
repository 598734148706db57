"""Which arm the report of a run is about."""

from __future__ import annotations

from pathlib import Path

from tumorcast.report.results import read_results
from tumorcast.report.roles import assign_roles
from tumorcast.report.run_files import RunFiles


def leading_arm(run_dir: Path) -> tuple[str, int]:
    """Return the leading arm's name, and how many arms it is the best of by its own AUROC.

    Raises
    ------
    StudyRefusedError
        ``RUN-01`` when the folder is no finished run, ``RUN-02`` when a file of it is damaged.
    """
    files = RunFiles.read(run_dir)
    roles = assign_roles(read_results(files.metrics)[0], files.arms)
    return roles.lead, roles.n_candidates
