from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tumorcast.engine import Task, run_tasks
from tumorcast.engine.one_core import one_core

itk: Any = import_module("SimpleITK").ProcessObject


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_has_one_core_wherever_it_runs(work: ModuleType, workers: int) -> None:
    before = itk.GetGlobalDefaultNumberOfThreads()
    itk.SetGlobalDefaultNumberOfThreads(4)
    try:
        with threadpool_limits(limits=4):
            (result,) = run_tasks([Task("0", "look", work.threads)], workers=workers)
            outside = itk.GetGlobalDefaultNumberOfThreads()
    finally:
        itk.SetGlobalDefaultNumberOfThreads(before)
    assert result.get() == [1]
    assert outside == 4


def test_the_number_of_workers_changes_no_bit(work: ModuleType) -> None:
    with threadpool_limits(limits=4):
        found = [
            next(iter(run_tasks([Task("0", "sums", work.many_sums)], workers=workers))).get()
            for workers in (1, 2)
        ]
    assert np.array_equal(found[0], found[1])


def test_everything_is_as_it_was_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = [pool["num_threads"] for pool in threadpool_info()]
    with one_core():
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in os.environ
    assert [pool["num_threads"] for pool in threadpool_info()] == before
