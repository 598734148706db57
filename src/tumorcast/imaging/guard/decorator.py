"""Reading functions that run in a child process."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tumorcast.errors import BadInputError, rebuilt
from tumorcast.imaging.guard.limits import BASE_SECONDS
from tumorcast.imaging.guard.process import WAIT_SECONDS, Child, ChildDiedError
from tumorcast.imaging.guard.shared import SHARED

P = ParamSpec("P")
R = TypeVar("R")

_SUPPORTED = os.name == "posix"
_LOCAL = threading.local()
_TRUSTED: ContextVar[bool] = ContextVar("trusted", default=False)
_SAME_ERROR: dict[str, type[Exception]] = {
    error.__name__: error
    for error in (
        FileNotFoundError,
        IsADirectoryError,
        NotADirectoryError,
        OSError,
        PermissionError,
        TypeError,
        ValueError,
    )
}
_CHECK_IT = "check where the file comes from, and export it again"


def guarded(function: Callable[P, R]) -> Callable[P, R]:
    """Let a module's function run in this thread's child process.

    Its arguments and its result must be what `codec` knows. An argument named ``findings`` is a
    list to which the child's findings are added.

    Raises
    ------
    BadInputError
        ``LIM-01`` reading takes too much memory; ``LIM-02`` too much time; ``LIM-03`` it crashes.
    """
    signature = inspect.signature(function)
    takes_findings = "findings" in signature.parameters

    @wraps(function)
    def in_child(*args: P.args, **kwargs: P.kwargs) -> R:
        if not _SUPPORTED or SHARED.active or _TRUSTED.get():
            return function(*args, **kwargs)
        arguments = dict(signature.bind(*args, **kwargs).arguments)
        findings = arguments.pop("findings", None)
        question = (function.__module__, function.__name__, arguments, takes_findings)
        try:
            kind, value, noticed = _child().ask(question)
        except ChildDiedError as death:
            raise _end_of_reading(death, _place(arguments)) from None
        if findings is not None:
            findings.extend(noticed)
        result: R = _result(kind, value, arguments)
        return result

    return in_child


@contextmanager
def unguarded() -> Iterator[None]:
    """Read in this process: for files that you made yourself, and for debugging."""
    token = _TRUSTED.set(True)
    try:
        yield
    finally:
        _TRUSTED.reset(token)


def start_early() -> None:
    """Begin this thread's child now, so that it starts while this process does other things."""
    if _SUPPORTED and not SHARED.active and not _TRUSTED.get():
        _child()


def _child() -> Child:
    child: Child | None = getattr(_LOCAL, "child", None)
    if child is None or not child.usable:
        child = _LOCAL.child = Child()
    return child


def _result(kind: str, value: Any, arguments: dict[str, Any]) -> Any:
    if kind == "value":
        return value
    if kind == "refused":
        raise rebuilt(value if value.file else replace(value, file=_place(arguments)))
    if kind == "memory":
        raise BadInputError(
            "LIM-01",
            "reading it takes more memory than its header accounts for",
            expected=f"at most {value:,} bytes beside the voxels",
            fix=_CHECK_IT,
            file=_place(arguments),
        )
    name, text = value
    if name in _SAME_ERROR:
        raise _SAME_ERROR[name](text)
    raise RuntimeError(f"{name}: {text}")


def _end_of_reading(death: ChildDiedError, place: str) -> BadInputError:
    if death.reason == "time":
        found = "reading it takes too long"
        expected = f"{BASE_SECONDS:g} s of computing, and {WAIT_SECONDS:g} s in all"
        return BadInputError("LIM-02", found, expected=expected, fix=_CHECK_IT, file=place)
    found = f"the reader crashed on it ({death.reason})"
    return BadInputError("LIM-03", found, expected="a sound file", fix=_CHECK_IT, file=place)


def _place(arguments: dict[str, Any]) -> str:
    first = next(iter(arguments.values()), "")
    return str(first) if isinstance(first, str | Path) else ""
