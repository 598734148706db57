"""The largest memory of this process, from the kernel's own account."""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> dict[str, float]:
    """Return the peak of the resident memory, and what of it is not pages of library files.

    Pages of files are shared by the processes that run side by side, so a second process costs
    `own_mb` only.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kb = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith("kB")}
    peak = int(kb["VmHWM"]) / 1024
    return {"peak_mb": peak, "own_mb": peak - int(kb["RssFile"]) / 1024}
