"""Takes the pictures of a report that the documentation shows.

Usage: python docs/make_report_pictures.py RUN_DIR NAME [CHAPTER]

Writes docs/images/report-NAME.png (a desk, light, from CHAPTER on) and report-NAME-phone.png (a
phone, dark), by a Chromium that is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tumorcast.report.pdf import BROWSERS

IMAGES = Path(__file__).resolve().parent / "images"
BROWSER = next(path for name in BROWSERS if (path := shutil.which(name)))
COLORS = 128


def photograph(
    page: Path, target: Path, size: tuple[int, int], *, dark: bool, chapter: str
) -> None:
    width, height = size
    with TemporaryDirectory() as folder:
        frame = Path(folder) / "frame.html"
        frame.write_text(
            f'<body style="margin:0"><iframe id="page" src="{page.resolve().as_uri()}"'
            f' style="width:{width}px;height:{height}px;border:0"></iframe>'
            "<script>onload = () => document.getElementById('page').contentDocument"
            f".getElementById('{chapter}').scrollIntoView({{behavior: 'instant'}})</script>"
        )
        taken = Path(folder) / "taken.png"
        subprocess.run(
            [
                BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", "--allow-file-access-from-files",
                "--virtual-time-budget=8000", f"--blink-settings=preferredColorScheme={1 - dark}",
                f"--user-data-dir={folder}/profile", f"--window-size={max(width, 500)},{height}",
                f"--screenshot={taken}", frame.as_uri(),
            ],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        with Image.open(taken) as picture:
            shown = picture.convert("RGB").crop((0, 0, width, height))
    shown.quantize(COLORS, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> None:
    run_dir, name, *rest = sys.argv[1:]
    page = Path(run_dir) / "report.html"
    chapter = rest[0] if rest else "result"
    photograph(page, IMAGES / f"report-{name}.png", (1280, 1500), dark=False, chapter=chapter)
    photograph(page, IMAGES / f"report-{name}-phone.png", (390, 1500), dark=True, chapter=chapter)


if __name__ == "__main__":
    main()
