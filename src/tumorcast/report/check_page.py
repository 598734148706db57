"""From the folder of a check to ``check.html``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tumorcast.report.cohort_chapter import cohort_chapter
from tumorcast.report.figures import write_figures
from tumorcast.report.page import write_page
from tumorcast.report.population import Reason, reasons_of
from tumorcast.report.run_files import document_of
from tumorcast.report.trust import finding_groups
from tumorcast.report.words import count, title_words


@dataclass(frozen=True)
class Verdict:
    """The check in one sentence, and its colour."""

    sentence: str
    tone: str


def build_check_page(folder: Path) -> Path:
    """Write ``check.html`` into the folder of a check and return its path.

    The page is one file without scripts or outside resources.

    Parameters
    ----------
    folder
        What `tumorcast check` wrote: ``quality.json``, ``cohort.json`` and ``cases/*.npz``.

    Raises
    ------
    StudyRefusedError
        ``RUN-02`` when a file is damaged.
    """
    quality = document_of(folder / "quality.json")
    cohort = document_of(folder / "cohort.json")
    content = _content(folder, quality, cohort)
    write_figures(folder, content)
    return write_page(folder / "check.html", "check.html", content)


def _content(folder: Path, quality: Any, cohort: Any) -> dict[str, Any]:
    findings = quality["findings"]
    pictures = sorted((folder / "cases").glob("*.npz"))
    return {
        "study": title_words(cohort["study"]),
        "description": cohort["description"],
        "endpoint": cohort["endpoint"].replace("_", " "),
        "verdict": _verdict(quality),
        "flow": quality["flow"],
        "reasons": _reasons(quality),
        "findings": finding_groups(findings),
        "n_findings": len(findings),
        "data": cohort_chapter(cohort, quality, pictures),
    }


def _reasons(quality: Any) -> list[Reason]:
    lost = [f | {"consequence": "excluded"} for f in quality["findings"]
            if f["consequence"] in {"excluded", "ask"}]  # fmt: skip
    reasons = reasons_of(lost)
    failed = quality["flow"]["failed"]
    return [*reasons, Reason("", "computing failed", failed)] if failed else reasons


def _verdict(quality: Any) -> Verdict:
    flow, findings = quality["flow"], quality["findings"]
    refused = {f["code"] for f in findings if f["consequence"] == "refused"}
    asked = {f["code"] for f in findings if f["consequence"] == "ask"}
    if refused:
        return Verdict(f"This study cannot be run: {', '.join(sorted(refused))} below", "worse")
    if asked:
        return Verdict(f"This study waits for an answer: {', '.join(sorted(asked))} below", "worse")
    usable = flow["ok"] + flow["repaired"]
    warned = sum(f["consequence"] == "warning" for f in findings)
    text = f"{usable} of {count(flow['in'], 'case')} can be used"
    text += f"; {count(warned, 'warning')} to look at" if warned else ""
    return Verdict(text, "better" if usable == flow["in"] else "other")
