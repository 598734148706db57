from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

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


# Machado, Oliveira and Fernandes 2009, severity 1, on linear sRGB.
WITHOUT_CONES = {
    "red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998]],
    "green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
              [-0.011820, 0.042940, 0.968881]],
    "blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
             [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def cielab(color: str, seen_by: list[list[float]]) -> NDArray[np.float64]:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
              [0.0193339, 0.1191920, 0.9503041]]  # fmt: skip
    xyz = np.array(to_xyz) @ np.clip(np.array(seen_by) @ linear, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("missing", WITHOUT_CONES)
def test_kinds_of_marks_differ_without_one_kind_of_cone(
    palette: dict[str, str], missing: str
) -> None:
    kinds = ("lead", "baseline", "event", "other")
    seen = [cielab(palette[kind], WITHOUT_CONES[missing]) for kind in kinds]
    apart = {
        (one, other): float(np.linalg.norm(a - b))
        for (one, a), (other, b) in combinations(zip(kinds, seen, strict=True), 2)
    }
    assert min(apart.values()) > 15, apart


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
