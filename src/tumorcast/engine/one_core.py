"""One core a task, so that sums are added up in one order wherever the task runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from threadpoolctl import threadpool_limits

ONE_CORE: Mapping[str, str] = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}
"""What numerical libraries read when they are loaded."""


@contextmanager
def one_core() -> Iterator[None]:
    """Let numerical libraries use one thread: those that are loaded, and those loaded inside."""
    with environment(ONE_CORE), threadpool_limits(limits=1), _itk_on_one_thread():
        yield


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for what is started or loaded inside."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _itk_on_one_thread() -> Iterator[None]:
    itk: Any = sys.modules.get("SimpleITK")
    if itk is None:  # it reads the environment when a task loads it
        yield
        return
    before = itk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    itk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        itk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
