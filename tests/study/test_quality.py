"""Every case that came in is accounted for once."""

from __future__ import annotations

from tumorcast.errors import Finding
from tumorcast.study.quality import Quality


def finding(case: str, consequence: str) -> Finding:
    return Finding("X-01", consequence, "found", "expected", "fix", case=case)  # type: ignore[arg-type]


def test_the_flow_adds_up_when_a_case_has_several_findings() -> None:
    quality = Quality(
        ("a", "b", "c", "d", "e"),
        (finding("a", "repaired"), finding("a", "excluded"), finding("b", "repaired")),
    ).with_findings([finding("c", "warning"), finding("d", "excluded")], failed=["d"])
    assert quality.flow == {"in": 5, "ok": 2, "repaired": 1, "excluded": 1, "failed": 1}
    assert quality.usable == ("b", "c", "e")


def test_findings_on_the_whole_study_exclude_nobody() -> None:
    assert Quality(("a",), (finding("", "excluded"),)).flow["ok"] == 1
