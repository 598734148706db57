from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tumorcast.report.style import DARK, LIGHT, Plot, draw

TEXT_COLORS = ("ink", "muted", "lead", "baseline", "other", "event", "good")


def paint(figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=LIGHT["lead"], marker="o", markeredgecolor=LIGHT["card"])
    axes.set_xlabel("costs $5 & <more>")


def drawn(name: str) -> Plot:
    return draw(
        paint, name=name, size_inch=(3, 2), title="T", caption="C", alt='a "quoted" <alt> text',
        data=pd.DataFrame({"x": [0, 1], "y": [0.0, 1.0]}),
    )  # fmt: skip


def luminance(color: str) -> float:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("color", TEXT_COLORS)
@pytest.mark.parametrize("ground", ["card", "page"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(
    palette: dict[str, str], color: str, ground: str
) -> None:
    bright, dim = sorted((luminance(palette[color]), luminance(palette[ground])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_both_themes_have_the_same_colors() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


def test_drawing_follows_the_theme_and_the_font_of_the_page() -> None:
    svg = str(drawn("one").svg)
    assert "var(--lead)" in svg
    assert not set(re.findall(r"#[0-9a-f]{6}\b", svg)) & set(LIGHT.values())
    assert "font-family" not in svg
    assert "http" not in svg


def test_text_is_escaped_and_never_read_as_mathematics() -> None:
    svg = str(drawn("one").svg)
    assert "costs $5 &amp; &lt;more&gt;" in svg
    assert 'aria-label="a &#34;quoted&#34; &lt;alt&gt; text"' in svg


def test_identifiers_of_two_drawings_never_meet() -> None:
    ids = [re.findall(r'id="([^"]+)"', str(drawn(name).svg)) for name in ("one", "two")]
    assert ids[0]
    assert not set(ids[0]) & set(ids[1])
    used = re.findall(r'(?:href="|url\()#([^")]+)', str(drawn("one").svg))
    assert set(used) <= set(ids[0])


def test_drawing_is_the_same_every_time() -> None:
    assert drawn("one") == drawn("one")
