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
