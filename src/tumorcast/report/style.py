"""The one visual language of all figures: colours, lines, type, and how a figure becomes SVG.

Colours are drawn with their light-theme value and written as CSS variables, so the same drawing
is legible on a light page, on a dark one and on paper.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import matplotlib as mpl
import pandas as pd
from markupsafe import Markup, escape
from matplotlib.figure import Figure

LIGHT: dict[str, str] = {
    "page": "#f3f5f7",
    "card": "#ffffff",
    "ink": "#1b2430",
    "muted": "#566172",
    "line": "#d5dbe2",
    "lead": "#0a64ad",
    "baseline": "#a2560a",
    "other": "#627086",
    "event": "#8e1a58",
    "good": "#1b7a5a",
}
"""Colours on a light page. The leading arm and the baselines are the blue and the orange that all
common forms of colour blindness tell apart; events are magenta, everything else is slate. A test
holds the four apart under simulated loss of each kind of cone."""

DARK: dict[str, str] = {
    "page": "#0e1319",
    "card": "#161d26",
    "ink": "#e8ecf2",
    "muted": "#a3afbf",
    "line": "#334050",
    "lead": "#63b3f2",
    "baseline": "#eda64a",
    "other": "#8293aa",
    "event": "#ffb8dc",
    "good": "#5cc9a0",
}
"""The same colours on a dark page."""

_WIDEST_ON_PHONE_INCH = 6.0

_RC: dict[str, object] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.labelcolor": LIGHT["muted"],
    "axes.edgecolor": LIGHT["line"],
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": LIGHT["line"],
    "ytick.color": LIGHT["line"],
    "xtick.labelcolor": LIGHT["muted"],
    "ytick.labelcolor": LIGHT["muted"],
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "text.color": LIGHT["ink"],
    "lines.solid_capstyle": "round",
    "figure.constrained_layout.use": True,
}


Dashes = str | tuple[float, tuple[float, ...]]
DASHED: Dashes = (0.0, (4.5, 1.8))
DOTTED: Dashes = (0.0, (1.0, 2.0))
DASH_DOTTED: Dashes = (0.0, (4.5, 1.6, 1.0, 1.6))
BASELINE_DASHES = (DASHED, DASH_DOTTED, DOTTED)
"""The strongest baseline first."""


@dataclass(frozen=True)
class Line:
    """How one kind of arm is drawn. Dashes differ with the colour, which so never stands alone."""

    color: str
    dashes: Dashes
    width: float
    marker: str


LINES: dict[str, Line] = {
    "lead": Line(LIGHT["lead"], "-", 2.2, "o"),
    "baseline": Line(LIGHT["baseline"], DASHED, 1.6, "D"),
    "other": Line(LIGHT["other"], DOTTED, 1.6, "o"),
}


@dataclass(frozen=True)
class Plot:
    """A figure as it stands on the page.

    Parameters
    ----------
    svg
        The drawing, as an element of the page.
    title
        What is shown, in a few words.
    caption
        How to read it and how it was computed.
    name
        Unique on the page; that of its files.
    document
        The same drawing as an SVG file of its own, on white.
    data
        The values that are drawn.
    is_wide
        Whether it is too wide to be read on a phone without being moved sideways.
    """

    svg: Markup
    title: str
    caption: str
    name: str
    document: str
    data: pd.DataFrame = field(compare=False)
    is_wide: bool = False


def draw(
    paint: Callable[[Figure], None],
    *,
    name: str,
    size_inch: tuple[float, float],
    title: str,
    caption: str,
    alt: str,
    data: pd.DataFrame,
) -> Plot:
    """Paint a figure in the house style and return it as inline SVG.

    Whatever page shows it also writes it and its data as files (`tumorcast.report.figures`).

    Parameters
    ----------
    paint
        Adds axes and artists to an empty figure.
    name
        Unique on the page; keeps the identifiers inside the drawing apart from other drawings'.
    size_inch
        Width and height.
    title, caption
        Text around the figure.
    alt
        What somebody who cannot see the figure has to know.
    data
        The values that are drawn, one row a mark; never the id of a case.
    """
    text = io.StringIO()
    with mpl.rc_context({**_RC, "svg.hashsalt": name}):  # type: ignore[dict-item]
        figure = Figure(figsize=size_inch)
        paint(figure)
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    document = text.getvalue()
    svg = _inline(document, name, alt)
    alone = _standalone(document, title, alt)
    return Plot(svg, title, caption, name, alone, data, size_inch[0] > _WIDEST_ON_PHONE_INCH)


def css_variables(palette: dict[str, str]) -> Markup:
    """Return the palette as CSS declarations."""
    return Markup("".join(f"--{name}:{color};" for name, color in palette.items()))  # noqa: S704


def _standalone(document: str, title: str, alt: str) -> str:
    """Return matplotlib's document with words for those who cannot see it, on white."""
    about = f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>"
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return re.sub(r"(<svg [^>]*>)", lambda found: found[1] + about + ground, document, count=1)


def _inline(document: str, name: str, alt: str) -> Markup:
    """Turn matplotlib's SVG document into an element that follows the page's theme and font."""
    opening = re.search(r"<svg [^>]*viewBox=\"([^\"]+)\"[^>]*>", document)
    if opening is None:
        raise ValueError("matplotlib wrote an SVG document without a viewBox")
    body = document[opening.end() :]
    body = re.sub(
        r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL
    )
    body = re.sub(r"<g id=\"[^\"]*\"", "<g", body)
    body = re.sub(r"\bid=\"", f'id="{name}-', body)
    body = re.sub(r"(url\(#|href=\"#)", rf"\g<1>{name}-", body).replace("xlink:href", "href")
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    for color, value in LIGHT.items():
        body = body.replace(value, f"var(--{color})")
    body = re.sub(r"(\d\.\d\d)\d+", r"\1", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    head = f'<svg viewBox="{opening.group(1)}" role="img" aria-label="{escape(alt)}">'
    return Markup(head + body.strip())  # noqa: S704
