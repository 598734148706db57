"""One series whose files were found beforehand, wherever they lie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tumorcast.errors import Finding

if TYPE_CHECKING:
    from tumorcast.imaging.dicom.header import Header


@dataclass(frozen=True)
class DicomSeries:
    """The files of one series; read with `tumorcast.imaging.read_volume`.

    An archive may keep many series in one folder or one series in many, so a folder's path is no
    name for a series.

    Parameters
    ----------
    uid
        Series Instance UID.
    files
        Every file of it, sorted.
    force
        Whether files without preamble and prefix are read.
    """

    uid: str
    files: tuple[Path, ...]
    force: bool = False

    def headers(self, findings: list[Finding] | None = None) -> list[Header]:
        """Return the headers of all its files; raises as `read_header`."""
        from tumorcast.imaging.dicom.header import read_header  # noqa: PLC0415

        return [read_header(path, findings, force=self.force) for path in self.files]

    @property
    def n_bytes(self) -> int:
        """Size of all its files."""
        return sum(path.stat().st_size for path in self.files)

    def digest_of_files(self, digests: list[str]) -> str:
        """Return one digest of those of its files, in their order."""
        return hashlib.sha256("\n".join([self.uid, *digests]).encode()).hexdigest()
