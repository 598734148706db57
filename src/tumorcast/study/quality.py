"""Every finding of a run, and the count that must add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tumorcast.errors import Consequence, Finding, console_lines

_MILDEST_FIRST: tuple[Consequence, ...] = ("repaired", "warning", "excluded", "ask", "refused")
_SHOWN = 3


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
        """Cases that cannot be used as they are, those asked about included, `failed` left out."""
        named = {f.case for f in self.findings if f.consequence in {"excluded", "ask"}}
        return frozenset(named & set(self.case_ids)) - self.failed

    @property
    def usable(self) -> tuple[str, ...]:
        """Cases that go on, in order."""
        lost = self.excluded | self.failed
        return tuple(case_id for case_id in self.case_ids if case_id not in lost)

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """Why nothing may be computed: what is refused, and each question once."""
        refused = [f for f in self.findings if f.consequence == "refused"]
        return (*refused, *self._questions())

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

    def lines(self) -> list[str]:
        """Return what the console shows: the findings, the gravest last, and the flow."""
        others = [f for f in self.findings if f.consequence not in {"ask", "refused"}]
        ordered = sorted(others, key=lambda f: _MILDEST_FIRST.index(f.consequence))
        counts = dict(self.flow)
        total = counts.pop("in")
        flow = " + ".join(f"{name} {count}" for name, count in counts.items())
        return [*console_lines([*ordered, *self.stopping]), f"in {total} = {flow}"]

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

    def _questions(self) -> Iterator[Finding]:
        """Yield each question once, whatever number of cases it was asked about."""
        asked: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            if finding.consequence == "ask":
                where = finding.found.partition(":")[0] if finding.case else finding.found
                asked.setdefault((finding.code, where), []).append(finding)
        for same in asked.values():
            yield same[0] if len(same) == 1 else _merged(same)


def _merged(findings: list[Finding]) -> Finding:
    first = findings[0]
    where = first.found.partition(":")[0]
    texts = Counter(finding.found.partition(": ")[2] for finding in findings).most_common()
    shown = "; ".join(f"{text} (in {count} cases)" for text, count in texts[:_SHOWN])
    more = f"; {len(texts) - _SHOWN} other kinds" if len(texts) > _SHOWN else ""
    found = f"{where}: {len(findings)} cases: {shown}{more}"
    return replace(first, case="", file="", found=found)
