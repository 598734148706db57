"""The report on paper: the page itself, printed by a browser that is installed already."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tumorcast.errors import StudyRefusedError, refuse

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
"""Programs that print pages without a window, in the order in which they are looked for."""

_QUIET = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-pdf-header-footer",
)
_LONGEST_SECONDS = 180


def print_page(page: Path) -> Path:
    """Print a page that the report has written, beside it and under its name, as PDF.

    One page and one printer: what is on paper is what the page shows. The browser runs with an
    empty profile of its own, and the page asks for nothing outside itself.

    Raises
    ------
    StudyRefusedError
        ``RUN-04`` when no browser is installed or it prints nothing.
    """
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise _not_printed(page, "no Chromium or Chrome is on the PATH")
    target = page.with_suffix(".pdf")
    target.unlink(missing_ok=True)
    with TemporaryDirectory() as profile:
        command = [browser, *_QUIET, *_without_sandbox(), f"--user-data-dir={profile}"]
        command += [f"--print-to-pdf={target.resolve()}", page.resolve().as_uri()]
        try:
            done = subprocess.run(  # noqa: S603  (a fixed command, without a shell)
                command, capture_output=True, check=False, timeout=_LONGEST_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise _not_printed(page, f"{browser} took over {_LONGEST_SECONDS} s") from None
    if not target.is_file():
        raise _not_printed(page, f"{browser} ended with code {done.returncode} and wrote nothing")
    return target


def _without_sandbox() -> tuple[str, ...]:
    """Return what Chromium asks of the superuser, for whom it cannot build its sandbox."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ("--no-sandbox",) if root else ()


def _not_printed(page: Path, found: str) -> StudyRefusedError:
    return refuse(
        "RUN-04",
        f"{page.name} was not printed: {found}",
        expected="one of " + ", ".join(BROWSERS),
        fix=f"install Chromium, or open {page.name} in any browser and print it from there",
        file=str(page),
    )
