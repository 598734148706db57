from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from tumorcast.report import build_report

VOID = {"meta", "link", "img", "br", "hr", "input"}
FEW = ("volume", "ct_radiomics")


class Page(HTMLParser):
    """The elements of a page, with a check that every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"h1", "h2", "h3"}:
            self.headings.append((int(self.open[-1][1]), data.strip()))
        if "style" not in self.open:
            self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def full(make_run: Callable[..., Path]) -> Path:
    return build_report(make_run(n=120, repeats=2, gallery=1))


@pytest.fixture(scope="module")
def page(full: Path) -> Page:
    return Page(full.read_text(encoding="utf-8"))


def chapters(page: Page) -> list[str]:
    return [text for level, text in page.headings if level == 2]


def test_every_chapter_is_there_under_one_title(page: Page) -> None:
    assert [text for level, text in page.headings if level == 1] == [
        "Distant metastasis, head and neck"
    ]
    assert chapters(page) == [
        "Patients", "Performance", "Example cases", "Best and worst", "Features", "Checks",
        "Methods", "Plan", "Limits", "Checklists", "Model card",
    ]  # fmt: skip
    levels = [level for level, _ in page.headings]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_page_is_one_file_that_asks_for_nothing(full: Path, page: Page) -> None:
    text = full.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href|url\()[=\"'( ]*(?:https?:|//)", text)
    assert not {"script", "link", "iframe", "object", "base", "form"} & {
        t for t, _ in page.elements
    }
    assert not [
        name for _, attributes in page.elements for name in attributes if name.startswith("on")
    ]
    assert all(str(image["src"]).startswith("data:image/jpeg;base64,") for image in page.of("img"))
    assert full.stat().st_size < 10e6


def test_what_cannot_be_seen_can_be_read(page: Page) -> None:
    assert page.of("html")[0]["lang"] == "en"
    assert page.of("img")
    assert all(image["alt"] for image in page.of("img"))
    assert page.of("svg")
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in page.of("svg"))
    assert len(page.of("caption")) == len(page.of("table")) > 5
    assert all(head.get("scope") for head in page.of("th"))


def test_identifiers_are_unique_and_links_lead_somewhere(full: Path, page: Page) -> None:
    ids = Counter(a["id"] for _, a in page.elements if "id" in a)
    assert [name for name, n in ids.items() if n > 1] == []
    targets = {str(a["href"]) for _, a in page.elements if "href" in a}
    inside = {target[1:] for target in targets if target.startswith("#")}
    assert inside <= set(ids)
    assert all((full.parent / target).is_file() for target in targets if target[0] != "#")
    assert not page.open


def test_the_ledger_is_summed_up(full: Path, page: Page) -> None:
    text = " ".join(part.strip() for part in page.text if part.strip())
    n_steps = len(pd.read_parquet(full.parent / "ledger.parquet"))
    assert "No fitted step ever saw a case that it was tested on" in text
    assert f"Steps that learned something {n_steps} Violations 0" in text
    assert "not a medical device" in text


def test_building_again_gives_the_same_bytes(full: Path) -> None:
    before = full.read_bytes()
    assert build_report(full.parent).read_bytes() == before
    assert not list(full.parent.glob("*.part"))


def test_without_optional_files_there_is_no_empty_chapter(make_run: Callable[..., Path]) -> None:
    run_dir = make_run(n=60, repeats=1, optional=False, times=False, competing=False,
                       horizons=(math.inf,))  # fmt: skip
    text = build_report(run_dir).read_text(encoding="utf-8")
    page = Page(text)
    assert chapters(page) == [
        "Patients", "Performance", "Best and worst", "Methods", "Limits", "Checklists",
        "Model card",
    ]  # fmt: skip
    assert "Number at risk" not in text
    sections = {a["id"] for a in page.of("section")}
    assert "by day" not in text
    inside = {str(a["href"])[1:] for a in page.of("a") if str(a["href"]).startswith("#")}
    assert inside - {"main"} == sections


def test_each_horizon_has_a_chapter(make_run: Callable[..., Path]) -> None:
    run_dir = make_run(n=60, repeats=1, horizons=(730.0, math.inf), gallery=0, arms=FEW)
    page = Page(build_report(run_dir).read_text(encoding="utf-8"))
    assert chapters(page)[1:3] == ["Performance, 2 years", "Performance, whole follow-up"]
    ids = Counter(a["id"] for _, a in page.elements if "id" in a)
    assert max(ids.values()) == 1


def test_names_from_the_study_are_text_and_never_markup(make_run: Callable[..., Path]) -> None:
    run_dir = make_run(n=60, repeats=1, gallery=0, arms=FEW)
    for name in ("plan.json", "metrics.json", "quality.json"):
        document = (run_dir / name).read_text(encoding="utf-8")
        document = document.replace("ct_radiomics", "<script>alert(1)</script>")
        document = document.replace("the mask is empty", "<img src=x onerror=alert(1)>")
        (run_dir / name).write_text(document, encoding="utf-8")
    for name in ("predictions.parquet", "ledger.parquet", "importance.parquet"):
        frame = pd.read_parquet(run_dir / name)
        renamed = frame["arm"].replace("ct_radiomics", "<script>alert(1)</script>")
        frame.assign(arm=renamed).to_parquet(run_dir / name)
    page = Page(build_report(run_dir).read_text(encoding="utf-8"))
    assert page.of("script") == []
    assert page.of("img") == []
    assert "<script>alert(1)</script>" in " ".join(page.text)


def test_a_null_run_is_marked(make_run: Callable[..., Path]) -> None:
    run_dir = make_run(n=60, repeats=1, gallery=0, arms=FEW)
    run = json.loads((run_dir / "run.json").read_text())
    (run_dir / "run.json").write_text(json.dumps({**run, "null": True}))
    assert "Negative control" in build_report(run_dir).read_text(encoding="utf-8")
