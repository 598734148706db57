"""The page as a real browser shows it, at the width of a phone and of a desk, and on paper."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.report.browser import faultless, in_a_browser, seen

from tumorcast.errors import StudyRefusedError
from tumorcast.report import build_report, print_page


@pytest.fixture(scope="module")
def report(make_run: Callable[..., Path]) -> Path:
    return build_report(make_run(n=120, repeats=2, gallery=1))


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_nothing_overlaps_or_spills_and_nothing_is_asked_for(
    report: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    found = seen(report, tmp_path, width, dark=dark)
    assert found["images"] >= 6
    assert found["chapters"] >= 11
    assert found == faultless(found, width)
    assert report.stat().st_size < 10e6


@pytest.mark.slow
@in_a_browser
def test_the_report_is_printed_with_all_its_pages(report: Path) -> None:
    printed = print_page(report)
    content = printed.read_bytes()
    assert printed == report.with_name("report.pdf")
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 8


def test_without_a_browser_the_page_is_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StudyRefusedError, match=r"RUN-04.*no Chromium.*install Chromium"):
        print_page(tmp_path / "report.html")


def test_a_browser_that_prints_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "report.pdf").write_bytes(b"of an earlier day")
    with pytest.raises(StudyRefusedError, match=r"RUN-04.*ended with code 3 and wrote nothing"):
        print_page(tmp_path / "report.html")
    assert not (tmp_path / "report.pdf").exists()
