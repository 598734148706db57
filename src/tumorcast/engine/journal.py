"""What happened in a run, line by line, as it happens."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Journal:
    """An append-only file of JSON lines.

    Each line is handed to the system in one write, so a killed process leaves at most one torn
    line behind, and a later run starts on a fresh one.

    Parameters
    ----------
    path
        The file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event: str, **facts: object) -> None:
        """Append a line with the time (UTC), the event and plain JSON facts."""
        record = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        line = json.dumps(record | facts, ensure_ascii=False).encode() + b"\n"
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(descriptor, self._end_of_torn_line(descriptor) + line)
        finally:
            os.close(descriptor)

    def read(self) -> list[dict[str, Any]]:
        """Return the records so far, torn lines left out."""
        if not self.path.exists():
            return []
        records = []
        for line in self.path.read_bytes().splitlines():
            try:
                records.append(json.loads(line))
            except ValueError:
                continue
        return records

    @staticmethod
    def _end_of_torn_line(descriptor: int) -> bytes:
        size = os.fstat(descriptor).st_size
        if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
            return b""
        return b"\n"
