"""Worker processes that run tasks and may die without taking anything else with them."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Sequence
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any, Generic, TypeVar

from tumorcast.engine.one_core import ONE_CORE, environment
from tumorcast.engine.task import Task, TaskError, TaskResult, attempt

T = TypeVar("T")

WORKER_ENVIRONMENT = {
    **ONE_CORE,
    "NUMBA_NUM_THREADS": "1",
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_MMAP_MAX_": "0",
}
"""What every worker starts with: one core each, so that sums are added up in one order, and a
glibc that keeps freed memory, which halves the time of a training step of a network on a CPU."""

_SPAWN = get_context("spawn")
_READY = "ready"
_SECONDS_TO_STOP = 5.0


def run_in_processes(
    tasks: Sequence[Task[T]], workers: int
) -> Generator[TaskResult[T], None, None]:
    """Run tasks on fresh processes and yield the results as they come.

    The processes end with the generator, or with this process, however it ends.

    A task whose process dies (killed, out of memory) yields a `TaskError` with ``killed=True``;
    the process is replaced and the other tasks notice nothing.

    Raises
    ------
    RuntimeError
        When a process dies before it can take a task.
    """
    waiting = deque(tasks)
    remaining = len(tasks)
    crew: list[_Worker[T]] = []
    try:
        crew.extend(_Worker() for _ in range(min(workers, remaining)))
        while remaining:
            for worker in _with_news(crew):
                results = worker.receive()
                if worker.alive:
                    results += worker.take(waiting)
                else:
                    crew.remove(worker)
                    crew.extend(_Worker() for _ in range(min(1, len(waiting))))
                remaining -= len(results)
                yield from results
    finally:
        for worker in crew:
            worker.stop()


class _Worker(Generic[T]):
    """The parent's side of one process."""

    def __init__(self) -> None:
        self.connection, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_work, args=(theirs,), daemon=True)
        with environment(WORKER_ENVIRONMENT):
            self.process.start()
        theirs.close()
        self.task: Task[T] | None = None
        self.ready = False
        self.alive = True

    def receive(self) -> list[TaskResult[T]]:
        """Take what the process has to say: a result, or that it is ready, or its death."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            return self._bury()
        if message == _READY:
            self.ready = True
            return []
        return [self._close_task(*message)]

    def take(self, waiting: deque[Task[T]]) -> list[TaskResult[T]]:
        """Send the next task that can be sent; return those that cannot."""
        unsendable = []
        while waiting:
            self.task = waiting.popleft()
            try:
                self.connection.send(self.task)
            except OSError:
                break  # the process is gone, which `receive` will hear of
            except Exception as fault:
                reason = f"it cannot be sent to another process: {fault}"
                unsendable.append(self._close_task(None, reason, 0.0))
                continue
            break
        return unsendable

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self.connection.close()
        self.process.terminate()
        self.process.join(_SECONDS_TO_STOP)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _close_task(
        self, value: Any, error: Exception | str | None, seconds: float
    ) -> TaskResult[T]:
        task, self.task = self.task, None
        if task is None:
            raise RuntimeError("a worker process answered without having been asked")
        if isinstance(error, str):
            error = TaskError(task.label, error)
        return TaskResult(task, value, error, seconds=seconds)

    def _bury(self) -> list[TaskResult[T]]:
        self.alive = False
        self.stop()
        how = _way_of_death(self.process.exitcode)
        if not self.ready:
            raise RuntimeError(
                f"a worker process could not start ({how}); in a script of your own, put the call "
                'under `if __name__ == "__main__":`, or use one worker'
            )
        if self.task is None:
            return []
        error = TaskError(self.task.label, f"its process died ({how})", killed=True)
        return [self._close_task(None, error, 0.0)]


def _with_news(crew: list[_Worker[T]]) -> list[_Worker[T]]:
    ready = wait([worker.connection for worker in crew])
    return [worker for worker in crew if worker.connection in ready]


def _way_of_death(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    return f"{name}, probably out of memory" if name == "SIGKILL" else name


def _work(connection: Connection[Any, Any]) -> None:
    """Be a worker: take tasks until the parent closes the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    Thread(target=_end_with_parent, daemon=True).start()
    message: Any = _READY
    while True:
        try:
            connection.send(message)
            message = _answer(connection)
        except (EOFError, OSError):
            return
        except Exception as fault:
            message = (None, f"its result cannot be sent back: {fault}", 0.0)


def _end_with_parent() -> None:
    """Leave no process behind that works for nobody when the parent is killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(connection: Connection[Any, Any]) -> tuple[object, Exception | str | None, float]:
    try:
        task = connection.recv()
    except (EOFError, OSError):
        raise
    except Exception as fault:
        return None, f"it cannot be received: {type(fault).__name__}: {fault}", 0.0
    result = attempt(task)
    return result.value, result.error, result.seconds
