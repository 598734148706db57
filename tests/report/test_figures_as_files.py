from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from matplotlib.figure import Figure

from tumorcast.report import build_report
from tumorcast.report.figures import figures_in, write_figures
from tumorcast.report.style import Plot, draw


def plot(name: str) -> Plot:
    def paint(figure: Figure) -> None:
        figure.add_subplot().plot([0, 1])

    return draw(paint, name=name, size_inch=(2, 2), title="A < B", caption="", alt="a & b",
                data=pd.DataFrame({"x": [0, 1]}))  # fmt: skip


@dataclass(frozen=True)
class Deep:
    plots: tuple[Plot, ...]
    nothing: None = None


@pytest.fixture(scope="module")
def built(make_run: Callable[..., Path]) -> Path:
    return build_report(
        make_run(n=60, repeats=1, gallery=0, arms=("volume", "ct_radiomics"))
    ).parent


def test_figures_are_found_wherever_they_lie() -> None:
    one, two, three = map(plot, ("one", "two", "three"))
    content = {"a": one, "b": [Deep((two,))], "c": {"d": (three, "text", 3)}}
    assert [found.name for found in figures_in(content)] == ["one", "two", "three"]


def test_two_figures_of_one_name_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must differ in their names"):
        write_figures(tmp_path, {"a": plot("one"), "b": plot("one")})


def test_figures_of_an_earlier_page_are_removed(tmp_path: Path) -> None:
    write_figures(tmp_path, {"a": plot("one")})
    write_figures(tmp_path, {"a": plot("two")})
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"two.svg", "two.csv"}


def test_every_drawing_of_the_page_is_a_file_with_its_data(built: Path) -> None:
    page = (built / "report.html").read_text(encoding="utf-8")
    n_drawings = len(re.findall(r"<svg ", page))
    linked = set(re.findall(r'href="figures/([\w-]+\.(?:svg|csv))"', page))
    files = {path.name for path in (built / "figures").iterdir()}
    assert linked == files
    assert len([name for name in files if name.endswith(".svg")]) >= n_drawings > 4
    for name in (name for name in files if name.endswith(".svg")):
        root = ET.parse(built / "figures" / name).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root[0].text
        data = pd.read_csv(built / "figures" / f"{name[:-4]}.csv")
        assert len(data)
        assert not data.isna().all(axis=None)


def test_the_drawing_alone_needs_no_page(tmp_path: Path) -> None:
    write_figures(tmp_path, {"a": plot("one")})
    svg = (tmp_path / "figures" / "one.svg").read_text(encoding="utf-8")
    assert "var(--" not in svg
    assert "<title>A &lt; B</title><desc>a &amp; b</desc>" in svg
    assert "<dc:date>" not in svg


def test_the_files_name_no_case(built: Path) -> None:
    cases = set(pd.read_parquet(built / "predictions.parquet")["case"])
    for path in (built / "figures").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not [case for case in cases if case in text]
