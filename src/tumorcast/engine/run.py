"""Running many independent tasks, each at most once ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from tumorcast.engine.journal import Journal
from tumorcast.engine.one_core import one_core
from tumorcast.engine.pool import run_in_processes
from tumorcast.engine.store import Store
from tumorcast.engine.task import Task, TaskError, TaskResult, attempt

T = TypeVar("T")

Progress = Callable[[int, int, str], None]
"""Told after every task how many are done, of how many, and which one it was."""


def run_tasks(
    tasks: Sequence[Task[T]],
    *,
    workers: int = 1,
    store: Store | None = None,
    journal: Journal | None = None,
    on_progress: Progress | None = None,
) -> Iterator[TaskResult[T]]:
    """Yield the result of every task: first those in the store, then the others as they finish.

    A finished task is in the store before it is yielded, so an interrupted run loses nothing
    that it yielded. A task that fails does not stop the others. A task whose process was killed
    is tried once more, alone, after all others.

    Parameters
    ----------
    workers
        Processes; with 1, tasks run in this process, one after the other. Every task has one
        core, here and there, so its result does not depend on this number in the last bit.
        Those that run alone do so here, one after the other.
    store
        Where values are kept: arrays, mappings of arrays, or plain JSON. What is yielded is what
        the store gives back, so a fresh run and a resumed one see the same. ``None`` keeps
        nothing and allows any value.
    journal
        Gets one line a task.

    Raises
    ------
    StoreError
        When the store cannot be written.
    ValueError
        When `workers` is below 1.
    TypeError
        When a value is of no kind that the store keeps.
    RuntimeError
        When worker processes cannot be started.
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, not {workers}")
    for done, result in enumerate(_results(tasks, workers, store, journal), start=1):
        if journal is not None:
            _record(journal, result)
        if on_progress is not None:
            on_progress(done, len(tasks), result.task.label)
        yield result


def _results(
    tasks: Sequence[Task[T]], workers: int, store: Store | None, journal: Journal | None
) -> Iterator[TaskResult[T]]:
    if store is None:
        yield from _computed(tasks, workers)
        return
    missing = []
    for task in tasks:
        damaged = len(store.corrupt)
        try:
            yield TaskResult(task, store.get(task.key), cached=True)
        except KeyError:
            missing.append(task)
            if journal is not None and len(store.corrupt) > damaged:
                journal.write("store entry damaged", label=task.label, key=task.key)
    for result in _computed(missing, workers):
        yield result if result.error is not None else _kept(result, store)


def _computed(tasks: Sequence[Task[T]], workers: int) -> Iterator[TaskResult[T]]:
    alone = [task for task in tasks if task.alone or workers == 1]
    others = [task for task in tasks if not (task.alone or workers == 1)]
    killed = []
    for result in run_in_processes(others, workers):
        if isinstance(result.error, TaskError) and result.error.killed:
            killed.append(result.task)
        else:
            yield result
    yield from run_in_processes(killed, 1)
    yield from map(_attempt_here, alone)


def _attempt_here(task: Task[T]) -> TaskResult[T]:
    with one_core():
        return attempt(task)


def _kept(result: TaskResult[T], store: Store) -> TaskResult[T]:
    store.put(result.task.key, result.value)
    return replace(result, value=store.get(result.task.key))


def _record(journal: Journal, result: TaskResult[T]) -> None:
    facts: dict[str, object] = {"label": result.task.label, "key": result.task.key}
    if result.cached:
        journal.write("task cached", **facts)
    elif result.error is None:
        journal.write("task done", **facts, seconds=round(result.seconds, 3))
    else:
        facts["error"] = str(result.error)
        if isinstance(result.error, TaskError):
            facts["traceback"] = result.error.traceback_text
        journal.write("task failed", **facts)
