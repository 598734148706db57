from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.report.run_files import RunFiles


@pytest.mark.parametrize("name", ["predictions.parquet", "metrics.json"])
def test_a_folder_that_is_no_run_is_refused(make_run: Callable[..., Path], name: str) -> None:
    run_dir = make_run(n=60, repeats=1, optional=False)
    (run_dir / name).unlink()
    with pytest.raises(StudyRefusedError, match=f"RUN-01.*holds no {name}.*run again to resume"):
        RunFiles.read(run_dir)


@pytest.mark.parametrize(
    "name", ["predictions.parquet", "metrics.json", "plan.json", "ledger.parquet"]
)
def test_a_damaged_file_is_refused_by_name(make_run: Callable[..., Path], name: str) -> None:
    run_dir = make_run(n=60, repeats=1, gallery=0)
    (run_dir / name).write_bytes(b"{half")
    with pytest.raises(StudyRefusedError, match=f"RUN-02.*{name} cannot be read"):
        RunFiles.read(run_dir)


def test_only_predictions_and_metrics_are_needed(make_run: Callable[..., Path]) -> None:
    files = RunFiles.read(make_run(n=60, repeats=1, optional=False))
    assert (files.features, files.ledger, files.importance, files.gallery) == (None, None, None, ())
    assert (dict(files.plan), dict(files.arms), dict(files.study)) == ({}, {}, {})
