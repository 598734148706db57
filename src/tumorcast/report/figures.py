"""The figures of a page as files: the drawing as SVG, what it shows as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from tumorcast.report.style import Plot

FOLDER = "figures"


def figures_in(content: Any) -> Iterator[Plot]:
    """Yield every figure that a page is built of, however deep it lies in the page's content."""
    if isinstance(content, Plot):
        yield content
    elif isinstance(content, Mapping):
        yield from figures_in(tuple(content.values()))
    elif is_dataclass(content):
        yield from figures_in(tuple(getattr(content, field.name) for field in fields(content)))
    elif isinstance(content, Sequence) and not isinstance(content, str | bytes):
        for part in content:
            yield from figures_in(part)


def write_figures(root: Path, content: Mapping[str, Any]) -> tuple[Plot, ...]:
    """Write ``figures/NAME.svg`` and ``figures/NAME.csv`` of every figure of a page.

    Files of figures that an earlier page had are removed.

    Raises
    ------
    ValueError
        When two figures have the same name.
    """
    folder = root / FOLDER
    plots = tuple(figures_in(content))
    names = [plot.name for plot in plots]
    if len(set(names)) < len(names):
        raise ValueError(f"figures of one page must differ in their names: {names}")
    folder.mkdir(exist_ok=True)
    for old in (*folder.glob("*.svg"), *folder.glob("*.csv")):
        old.unlink()
    for plot in plots:
        (folder / f"{plot.name}.svg").write_text(plot.document, encoding="utf-8")
        plot.data.to_csv(folder / f"{plot.name}.csv", index=False, lineterminator="\n")
    return plots
