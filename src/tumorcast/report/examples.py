"""Pictures of example cases: three planes, the regions' contours, PET over CT."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tumorcast.report.data_uri import data_uri
from tumorcast.report.run_files import damaged
from tumorcast.report.words import MINUS, number, region_words

PLANES = ("axial", "coronal", "sagittal")
REGION_COLORS = ("#ffb000", "#35d0e6", "#f27ab8", "#b4e051", "#c9b3ff")
"""Contours on the black ground of a scan, which is the same in both themes."""

_EDGES = {"axial": ("R", "A"), "coronal": ("R", "S"), "sagittal": ("A", "S")}
_PANEL_INCH = 3.0
_DPI = 150
_QUALITY = 84
_SCALE_MM = 20


@dataclass(frozen=True)
class Picture:
    """One panel.

    Parameters
    ----------
    uri
        The picture itself, as a data URI.
    alt, label
        What it shows, for those who do not see it and for those who do.
    """

    uri: str
    alt: str
    label: str


@dataclass(frozen=True)
class Example:
    """One case: its name, why it is shown, and rows of three panels, one row an image."""

    case: str
    title: str
    volume: str
    rows: tuple[tuple[Picture, ...], ...]
    regions: tuple[tuple[str, str], ...]
    windows: tuple[str, ...]


def read_example(path: Path) -> Example:
    """Draw one file of the gallery.

    Raises
    ------
    StudyRefusedError
        ``RUN-02`` when the file is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
        return _example(arrays)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise damaged(path, error) from error


def _example(arrays: dict[str, NDArray[Any]]) -> Example:
    images, regions = arrays["images"].tolist(), arrays["regions"].tolist()
    case, title = str(arrays["case"]), str(arrays["title"])
    base, overlays = images[0], images[1:]
    rows = [
        tuple(
            _picture(arrays, plane, base, overlay, regions, f"{title} {case}") for plane in PLANES
        )
        for overlay in (None, *overlays)
    ]
    windows = zip(images, arrays["windows"].tolist(), strict=True)
    return Example(
        case=case,
        title=title,
        volume=f"{_three_digits(float(arrays['volume_ml']))} mL",
        rows=tuple(rows),
        regions=tuple(zip((region_words(r) for r in regions), REGION_COLORS, strict=False)),
        windows=tuple(f"{image.upper()} {window}".replace("-", MINUS) for image, window in windows),
    )


def _three_digits(value: float) -> str:
    return number(value, 0 if value >= 100 else 1)


def _picture(
    arrays: dict[str, NDArray[Any]],
    plane: str,
    base: str,
    overlay: str | None,
    regions: list[str],
    what: str,
) -> Picture:
    shown = arrays[f"{plane}.{base}"]
    height, width = shown.shape
    side = max(height, width)
    figure = Figure(figsize=(_PANEL_INCH, _PANEL_INCH), facecolor="black")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="bilinear")
    if overlay is not None:
        heat = arrays[f"{plane}.{overlay}"]
        axes.imshow(heat, cmap="inferno", vmin=0, vmax=255, alpha=0.85 * np.clip(heat / 90, 0, 1),
                    interpolation="bilinear")  # fmt: skip
    for region, color in reversed(list(zip(regions, REGION_COLORS, strict=False))):
        mask = arrays[f"{plane}.{region}"]
        if mask.any():
            axes.contour(mask.astype(float), [0.5], colors=color, linewidths=1.3)
    axes.set_xlim((width - side) / 2 - 0.5, (width + side) / 2 - 0.5)
    axes.set_ylim((height + side) / 2 - 0.5, (height - side) / 2 - 0.5)
    _annotate(axes, plane, float(arrays["pixel_mm"]), side)
    name = base.upper() if overlay is None else f"{overlay.upper()} over {base.upper()}"
    alt = f"{what}, {plane} {name} with the contours of {', '.join(map(region_words, regions))}"
    return Picture(_figure_uri(figure), alt, f"{name}, {plane}")


def _annotate(axes: Axes, plane: str, pixel_mm: float, side: int) -> None:
    left, top = _EDGES[plane]
    style: dict[str, Any] = {
        "color": "white",
        "transform": axes.transAxes,
        "size": 10,
        "alpha": 0.85,
    }
    axes.text(0.02, 0.5, left, va="center", **style)
    axes.text(0.5, 0.985, top, ha="center", va="top", **style)
    length = _SCALE_MM / pixel_mm / side
    axes.plot([0.04, 0.04 + length], [0.04, 0.04], color="white", lw=2, transform=axes.transAxes)
    axes.text(0.04, 0.055, f"{_SCALE_MM} mm", va="bottom", **style | {"size": 8.5})


def _figure_uri(figure: Figure) -> str:
    """Return the figure as a JPEG in a data URI."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="jpeg", dpi=_DPI, facecolor="black", pil_kwargs={"quality": _QUALITY}
    )
    return data_uri(buffer.getvalue(), "jpeg")
