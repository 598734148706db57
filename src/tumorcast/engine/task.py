"""One independent computation, and what became of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tumorcast.errors import BadInputError, StudyRefusedError

T = TypeVar("T")


class TaskError(RuntimeError):
    """A task failed for a reason that is not the user's input.

    Attributes
    ----------
    label
        Which task.
    reason
        One line.
    traceback_text
        The traceback of the process that ran it; empty when that process died.
    killed
        Whether the process died, as it does when memory runs out.
    """

    def __init__(self, label: str, reason: str, traceback_text: str = "", *, killed: bool = False):
        self.label = label
        self.reason = reason
        self.traceback_text = traceback_text
        self.killed = killed
        super().__init__(f"{label}: {reason}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.label, self.reason, self.traceback_text, self.killed))


def _rebuild(label: str, reason: str, traceback_text: str, killed: bool) -> TaskError:
    return TaskError(label, reason, traceback_text, killed=killed)


@dataclass(frozen=True)
class Task(Generic[T]):
    """A pure function with its arguments.

    Parameters
    ----------
    key
        Digest of everything that determines the result; see `key_of`.
    label
        For people: what is computed on which case.
    function
        A module-level function, so that another process can find it.
    arguments
        Its positional arguments.
    alone
        It has worker processes of its own, which a worker may not have: it runs in this process,
        when the others are done.
    """

    key: str
    label: str
    function: Callable[..., T]
    arguments: tuple[object, ...] = ()
    alone: bool = False


@dataclass(frozen=True)
class TaskResult(Generic[T]):
    """A task with its value or its error, never both.

    Parameters
    ----------
    error
        `BadInputError` or `StudyRefusedError` as raised, or a `TaskError` for anything else.
    cached
        Whether the value came from the store.
    seconds
        How long the function ran; 0 when cached or killed.
    """

    task: Task[T]
    value: T | None = None
    error: Exception | None = None
    cached: bool = False
    seconds: float = 0.0

    def get(self) -> T:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


def attempt(task: Task[T]) -> TaskResult[T]:
    """Run a task here; whatever it raises becomes the result's error."""
    started = time.perf_counter()
    value: T | None = None
    error: Exception | None = None
    try:
        value = task.function(*task.arguments)
    except (BadInputError, StudyRefusedError) as complaint:
        error = complaint
    except Exception as fault:
        reason = f"{type(fault).__name__}: {fault}"
        error = TaskError(task.label, reason, traceback.format_exc())
    return TaskResult(task, value, error, seconds=time.perf_counter() - started)
