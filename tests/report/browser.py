"""A page as a real browser shows it: what is drawn over what, cut off, empty or asked for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tumorcast.report import pdf

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


def faultless(found: dict[str, Any], width: int) -> dict[str, Any]:
    """Return what `seen` finds of a page of this width that has no fault."""
    return {
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
