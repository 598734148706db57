"""Functions that the engine's tests run as tasks, importable by a spawned process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

_SOURCE = '''
import os
import signal
import threading
import time

from tumorcast.errors import BadInputError


def add(left, right):
    return left + right


def pair(left, right):
    return {"pair": (left, right)}


def fail(text):
    raise ZeroDivisionError(text)


def complain(file):
    raise BadInputError("GEO-02", "a gap", expected="none", fix="export again", file=file)


def die(once):
    """Be killed, the first time only if `once` is a path."""
    if once is not None:
        if os.path.exists(once):
            return "survived"
        open(once, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)


def leave(code):
    os._exit(code)


def slow(seconds, path):
    time.sleep(seconds)
    open(path, "w").close()
    return os.getpid()


def environment(names):
    return [os.environ.get(name) for name in names]


def process():
    return os.getpid()


def threads():
    """Return how many threads each numerical library would use."""
    import numpy as np
    import SimpleITK
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    pools = {pool["num_threads"] for pool in threadpool_info()}
    return sorted(pools | {SimpleITK.ProcessObject.GetGlobalDefaultNumberOfThreads()})


def many_sums():
    """Return sums whose last bit depends on the order in which they are added up."""
    import numpy as np

    left = np.random.default_rng(0).normal(size=(300, 4000))
    return left @ left.T


def unsendable():
    return threading.Lock()
'''


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Return a module of task functions that worker processes can import too."""
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "engine_test_tasks.py").write_text(_SOURCE)
    sys.path.insert(0, str(folder))
    import engine_test_tasks  # type: ignore[import-not-found]  # noqa: PLC0415

    yield engine_test_tasks
    sys.path.remove(str(folder))


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    """Return the path of a store that does not exist yet."""
    return tmp_path / "store"
