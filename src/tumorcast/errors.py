"""What is wrong with an input, said in the user's words.

Every complaint answers five questions: what was found, where (case and file), what was
expected, what happens now, and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

Consequence = Literal["excluded", "repaired", "warning", "ask", "refused"]

_CONSEQUENCE_SENTENCE: dict[Consequence, str] = {
    "excluded": "Case excluded.",
    "repaired": "Repaired.",
    "warning": "Kept.",
    "ask": "Stopped before computing.",
    "refused": "Run refused.",
}

_STOPPING = frozenset({"ask", "refused"})
_SHOWN, _NAMED = 2, 8
"""Of many findings of one kind, how many the console shows, and how many other cases it names."""


@dataclass(frozen=True)
class Finding:
    """One judged fact about the input.

    Parameters
    ----------
    code
        Stable code such as ``"GEO-03"``; the letters name the topic.
    consequence
        What tumorcast does about it.
    found
        What was found, with the measured value.
    expected
        What would have been right.
    fix
        What the user can do.
    case, file
        Where; empty when the finding concerns the whole study.
    """

    code: str
    consequence: Consequence
    found: str
    expected: str
    fix: str
    case: str = ""
    file: str = ""

    def line(self) -> str:
        """Return the finding as the one line that the console shows."""
        where = f" case {self.case}" if self.case else ""
        file = f" [{self.file}]" if self.file else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        return (
            f"{self.code}{where}:{file} {self.found}{expected}. "
            f"{_CONSEQUENCE_SENTENCE[self.consequence]} Fix: {self.fix}"
        )

    def as_dict(self) -> dict[str, str]:
        """Return the finding as it stands in ``quality.json``."""
        return asdict(self)


def console_lines(findings: Iterable[Finding]) -> list[str]:
    """Return one line a finding; of many of one kind the first few, and one line for the others.

    What stops a study is never shortened.
    """
    kinds: dict[tuple[str, Consequence], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.code, finding.consequence), []).append(finding)
    lines = []
    for (code, consequence), same in kinds.items():
        shown = _SHOWN if len(same) > _SHOWN + 1 and consequence not in _STOPPING else len(same)
        lines += [finding.line() for finding in same[:shown]]
        if same[shown:]:
            lines.append(f"{code}: and {_others(same[shown:])}, listed in quality.json")
    return lines


def _others(findings: list[Finding]) -> str:
    cases = list(dict.fromkeys(finding.case for finding in findings if finding.case))
    if not cases:
        return f"{len(findings)} more of this kind"
    more = f" and {len(cases) - _NAMED} others" if len(cases) > _NAMED else ""
    return f"{len(findings)} more of this kind ({', '.join(cases[:_NAMED])}{more})"


class BadInputError(ValueError):
    """One input (a file, a mask, a value) cannot be used.

    Raised where the fault is seen. The reader of the cohort turns it into a `Finding` about the
    case; a call on a single input lets it reach the user.

    Parameters
    ----------
    consequence
        ``"excluded"`` when the input is at fault and its case is lost; ``"ask"`` when the input may
        be sound and the study has to say how to read it.
    """

    def __init__(
        self,
        code: str,
        found: str,
        *,
        expected: str,
        fix: str,
        file: str = "",
        consequence: Literal["excluded", "ask"] = "excluded",
    ) -> None:
        self.finding = Finding(code, consequence, found, expected, fix, file=file)
        super().__init__(self.finding.line())

    def __reduce__(self) -> tuple[object, ...]:
        return (rebuilt, (self.finding,))

    def for_case(self, case: str) -> Finding:
        """Return the finding about `case`."""
        return replace(self.finding, case=case)


def rebuilt(finding: Finding) -> BadInputError:
    """Return the error that a finding came from, in another process."""
    return BadInputError(
        finding.code,
        finding.found,
        expected=finding.expected,
        fix=finding.fix,
        file=finding.file,
        consequence="ask" if finding.consequence == "ask" else "excluded",
    )


class StudyRefusedError(ValueError):
    """The study as a whole cannot be run; nothing was computed. Exit code 3."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(finding.line() for finding in self.findings))

    def __reduce__(self) -> tuple[object, ...]:
        return (StudyRefusedError, (self.findings,))


def first_of(things: Sequence[object], most: int) -> str:
    """Return the first few things of a list as words, and dots where there are more."""
    return ", ".join(map(str, things[:most])) + (", ..." if len(things) > most else "")


def refuse(code: str, found: str, *, expected: str, fix: str, file: str = "") -> StudyRefusedError:
    """Return the error that refuses the study for a single reason."""
    return StudyRefusedError([Finding(code, "refused", found, expected, fix, file=file)])
