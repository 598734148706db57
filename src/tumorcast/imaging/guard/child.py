"""The child process: reads what it is told to, within limits, and answers."""

from __future__ import annotations

import gc
import socket
import sys
import warnings
from importlib import import_module
from typing import Any

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.guard import limits
from tumorcast.imaging.guard.channel import receive, send
from tumorcast.imaging.guard.codec import decode, encode
from tumorcast.imaging.guard.shared import SHARED


def main(handle: int) -> None:
    """Answer requests on the socket `handle` until the other side closes it."""
    _leave_no_core_file()
    warnings.simplefilter("ignore")
    channel = socket.socket(fileno=handle)
    SHARED.active = True
    import_module("tumorcast.imaging.files")
    gc.freeze()  # what is loaded stays, and need not be looked through again and again
    send(channel, b'"ready"')
    while True:
        try:
            request, _ = receive(channel)
        except EOFError:
            return
        _reply(channel, request)


def _reply(channel: socket.socket, request: bytes) -> None:
    """Send the answer, and with it the memory that the other process does not have yet."""
    module, name, arguments, wants_findings, reusable, unwanted = decode(request)
    SHARED.free |= set(reusable)
    SHARED.drop(unwanted)
    sent: dict[int, None] = {}

    def place(array: Any) -> int:
        number = SHARED.number_of(array)
        sent[number] = None
        return number

    answer = _answer(module, name, arguments, wants_findings)
    text = encode(answer, place)
    new = [number for number in sent if not SHARED.pieces[number].is_known]
    send(channel, encode(new), [SHARED.pieces[number].handle for number in new])
    send(channel, text)
    for number in new:
        SHARED.pieces[number].is_known = True
    SHARED.finish(set(sent))


def _answer(
    module: str, name: str, arguments: dict[str, Any], wants_findings: bool
) -> tuple[str, Any, list[Finding]]:
    limits.begin()
    try:
        return _attempt(module, name, arguments, wants_findings)
    except MemoryError:
        return "memory", limits.BASE_BYTES, []
    finally:
        limits.end()


def _attempt(
    module: str, name: str, arguments: dict[str, Any], wants_findings: bool
) -> tuple[str, Any, list[Finding]]:
    function = getattr(import_module(module), name).__wrapped__
    findings: list[Finding] = []
    extra = {"findings": findings} if wants_findings else {}
    try:
        return "value", function(**arguments, **extra), findings
    except BadInputError as error:
        return "refused", error.finding, findings
    except MemoryError:
        raise
    except Exception as error:
        return "error", (type(error).__name__, str(error)), findings


def _leave_no_core_file() -> None:
    """Keep a crash from writing the patient's data to disk."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
