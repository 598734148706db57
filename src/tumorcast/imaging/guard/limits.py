"""How much memory and computing time the child may take for one file."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

BASE_BYTES = 768 * 1024**2
BASE_SECONDS = 10.0
"""What any file may take before its header was found to be sound."""

_BYTES_FOR_ONE = 8
"""Voxels are read, rescaled to floats and interpolated: several copies, each twice as large."""
_BYTES_IN_A_SECOND = 20e6

_STATE = {"active": False, "bytes": 0.0, "seconds": 0.0}


def begin() -> None:
    """Set the limits for the next file; the child calls it before each."""
    _STATE.update(
        active=True, bytes=_mapped_bytes() + BASE_BYTES, seconds=_used_seconds() + BASE_SECONDS
    )
    _apply()


def end() -> None:
    """Lift the limits again, so that the answer can always be sent."""
    _STATE.update(bytes=float("inf"))
    _apply()


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
    _STATE["seconds"] += voxel_bytes / _BYTES_IN_A_SECOND + seconds
    _apply()


def _apply() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415

    with suppress(ValueError, OSError):
        if _mapped_bytes():
            _set_soft(resource.RLIMIT_AS, _STATE["bytes"])
        _set_soft(resource.RLIMIT_CPU, _STATE["seconds"] + 1)


def _set_soft(what: int, wanted: float) -> None:
    import resource  # noqa: PLC0415

    _, hard = resource.getrlimit(what)
    endless = wanted == float("inf")
    soft = resource.RLIM_INFINITY if endless else int(wanted)
    if hard != resource.RLIM_INFINITY and (endless or soft > hard):
        soft = hard
    resource.setrlimit(what, (soft, hard))


def _mapped_bytes() -> int:
    """Return the size of the process in virtual memory; 0 where Linux does not say it."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0
    import resource  # noqa: PLC0415

    return pages * resource.getpagesize()


def _used_seconds() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource  # noqa: PLC0415

    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
