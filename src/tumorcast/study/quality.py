"""Every finding of a run, and the count that must add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tumorcast.errors import Finding


@dataclass(frozen=True)
class Quality:
    """The judged input.

    Parameters
    ----------
    case_ids
        Every case that the tables list.
    findings
        In the order in which they were made.
    failed
        Cases lost to a fault of the program or the machine rather than of the input.
    """

    case_ids: tuple[str, ...]
    findings: tuple[Finding, ...]
    failed: frozenset[str] = frozenset()

    @property
    def excluded(self) -> frozenset[str]:
        """Cases that cannot be used, `failed` left out."""
        named = {f.case for f in self.findings if f.consequence == "excluded"}
        return frozenset(named & set(self.case_ids)) - self.failed

    @property
    def usable(self) -> tuple[str, ...]:
        """Cases that go on, in order."""
        lost = self.excluded | self.failed
        return tuple(case_id for case_id in self.case_ids if case_id not in lost)

    @property
    def flow(self) -> Mapping[str, int]:
        """What became of the cases: in = ok + repaired + excluded + failed."""
        repaired = {f.case for f in self.findings if f.consequence == "repaired"}
        n_repaired = len(repaired & set(self.usable))
        return {
            "in": len(self.case_ids),
            "ok": len(self.usable) - n_repaired,
            "repaired": n_repaired,
            "excluded": len(self.excluded),
            "failed": len(self.failed),
        }

    def with_findings(self, findings: Iterable[Finding], failed: Iterable[str] = ()) -> Quality:
        """Return the quality with what a later stage found."""
        return Quality(self.case_ids, (*self.findings, *findings), self.failed | frozenset(failed))

    def as_dict(self) -> dict[str, Any]:
        """Return the content of ``quality.json``."""
        return {
            "flow": dict(self.flow),
            "excluded": sorted(self.excluded),
            "failed": sorted(self.failed),
            "findings": [finding.as_dict() for finding in self.findings],
        }
