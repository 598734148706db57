"""How much memory and computing time the child may take for one file."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from pathlib import Path

BASE_BYTES = 768 * 1024**2
BASE_SECONDS = 4.0
"""What any file may take before its header was found to be sound."""

_BYTES_FOR_ONE = 8
"""Voxels are read, rescaled to floats and interpolated: several copies, each twice as large."""
_BYTES_IN_A_SECOND = 10e6

_STATE = {"active": False, "bytes": 0.0}


def begin() -> None:
    """Set the limits for the next file; the child calls it before each."""
    _STATE.update(active=True, bytes=_mapped_bytes() + BASE_BYTES)
    _limit_memory()
    _set_timer(BASE_SECONDS)


def end() -> None:
    """Lift the limits again, so that the answer can always be sent."""
    _STATE.update(bytes=float("inf"))
    _limit_memory()
    _set_timer(0)


def allow(*, voxel_bytes: float = 0, memory_bytes: float = 0, seconds: float = 0) -> None:
    """Raise the limits by what a file was found to need. Without a child it does nothing.

    Parameters
    ----------
    voxel_bytes
        Size of the voxels that the header declares, once the file was seen to hold them.
    memory_bytes, seconds
        Anything else.
    """
    if not _STATE["active"]:
        return
    _STATE["bytes"] += _BYTES_FOR_ONE * voxel_bytes + memory_bytes
    _limit_memory()
    _set_timer(_seconds_left() + voxel_bytes / _BYTES_IN_A_SECOND + seconds)


def _limit_memory() -> None:
    if sys.platform == "win32" or not _mapped_bytes():
        return
    import resource  # noqa: PLC0415

    wanted = _STATE["bytes"]
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        endless = wanted == float("inf")
        soft = resource.RLIM_INFINITY if endless else int(wanted)
        if hard != resource.RLIM_INFINITY and (endless or soft > hard):
            soft = hard
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _set_timer(seconds: float) -> None:
    """End the process with SIGPROF when it has computed so long; 0 stops the timer.

    A limit of the whole process's time would be measured by another clock than the time that was
    used before, and the two drift apart on a busy machine.
    """
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _seconds_left() -> float:
    return 0.0 if sys.platform == "win32" else signal.getitimer(signal.ITIMER_PROF)[0]


def _mapped_bytes() -> int:
    """Return the size of the process in virtual memory; 0 where Linux does not say it."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0
    import resource  # noqa: PLC0415

    return pages * resource.getpagesize()
