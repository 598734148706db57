"""The page as a real browser shows it, at the width of a phone and of a desk, and on paper."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.report import build_report, pdf, print_page

BROWSER = next((path for name in pdf.BROWSERS if (path := shutil.which(name))), None)
in_a_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

LOOK = """
const frame = document.getElementById('page'), page = frame.contentDocument;
const box = e => e.getBoundingClientRect();
const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
                    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
const boxes = [...page.querySelectorAll('main > section, .plots > *, .told > *, section > .card')];
const shown = boxes.filter(e => box(e).height > 0);
const overlaps = shown.flatMap((a, i) => shown.slice(i + 1)
  .filter(b => a.parentNode === b.parentNode && meet(box(a), box(b)))
  .map(b => (a.id || a.className) + ' and ' + (b.id || b.className)));
const outside = [...page.querySelectorAll('.plot svg text')].filter(t => {
  const drawn = t.closest('svg').getBoundingClientRect(), text = box(t);
  return text.left < drawn.left - 2 || text.right > drawn.right + 2;
}).map(t => t.textContent);
const sections = [...page.querySelectorAll('main > section')];
document.title = JSON.stringify({
  width: page.documentElement.scrollWidth,
  requests: frame.contentWindow.performance.getEntriesByType('resource').map(r => r.name),
  images: page.images.length,
  broken: [...page.images].filter(i => !i.naturalWidth).length,
  unnamed: [...page.images].filter(i => !i.alt).length,
  chapters: sections.length,
  empty: sections.filter(s => s.innerText.trim().split(/\\s+/).length < 12).map(s => s.id),
  overlaps, outside,
});
"""


@pytest.fixture(scope="module")
def report(make_run: Callable[..., Path]) -> Path:
    return build_report(make_run(n=120, repeats=2, gallery=1))


def seen(report: Path, folder: Path, width: int, *, dark: bool) -> dict[str, Any]:
    """Return what the browser measured of the page in a frame of this width."""
    shutil.copy(report, folder / "report.html")
    (folder / "frame.html").write_text(
        f'<iframe id="page" src="report.html" style="width:{width}px;height:900px;border:0">'
        f"</iframe><script>onload = () => {{ {LOOK} }}</script>"
    )
    theme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    shown = subprocess.run(
        [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--hide-scrollbars", "--allow-file-access-from-files",
            "--virtual-time-budget=10000", *theme,
            f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000", "--dump-dom",
            (folder / "frame.html").as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    title = re.search(r"<title>(.*?)</title>", shown.stdout)
    assert title is not None
    found: dict[str, Any] = json.loads(unescape(title.group(1)))
    return found


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_nothing_overlaps_or_spills_and_nothing_is_asked_for(
    report: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    found = seen(report, tmp_path, width, dark=dark)
    assert found["images"] >= 6
    assert found["chapters"] >= 11
    assert found == {
        "width": width,
        "requests": [],
        "images": found["images"],
        "broken": 0,
        "unnamed": 0,
        "chapters": found["chapters"],
        "empty": [],
        "overlaps": [],
        "outside": [],
    }
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
