"""Complaints about DICOM files, said in one way.

The number of a ``DCM`` code names one kind of bad input and never changes its meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tumorcast.errors import BadInputError, Finding


def fault(
    code: str,
    found: str,
    expected: str,
    fix: str,
    file: str | Path | None = None,
    consequence: Literal["excluded", "ask"] = "excluded",
) -> BadInputError:
    """Return the error for one input that cannot be used as it is."""
    return BadInputError(
        code, found, expected=expected, fix=fix, file=str(file or ""), consequence=consequence
    )


def cut_short(path: Path, expected_bytes: int, found_bytes: int) -> BadInputError:
    """Return ``DCM-14``: the file ends before its voxels do."""
    return fault(
        "DCM-14",
        f"{found_bytes:,} bytes of pixel data",
        f"{expected_bytes:,} bytes, as the header declares",
        "copy or export the file again",
        path,
    )


def note(findings: list[Finding] | None, finding: Finding) -> None:
    """Hand a finding to whoever asked for them."""
    if findings is not None:
        findings.append(finding)
