"""Small pictures of all cases: three planes of every image with what is drawn on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tumorcast.report.data_uri import pixels_uri
from tumorcast.report.run_files import damaged

PLANES = ("axial", "coronal", "sagittal")
USED_RGB, DRAWN_RGB = (255, 176, 0), (53, 208, 230)
"""The colours of the first two contours of the large pictures."""
_QUALITY = 78
_GAP_GREY = 150
_GRAVEST_FIRST = ("refused", "ask", "excluded", "repaired", "warning")


@dataclass(frozen=True)
class Strip:
    """One image of a case: three planes side by side, as a data URI."""

    image: str
    uri: str
    moved: bool


@dataclass(frozen=True)
class CasePicture:
    """One case.

    Parameters
    ----------
    codes
        Codes of its findings with their consequences, the gravest first.
    reason
        Why it is left out; empty for the others.
    """

    case: str
    strips: tuple[Strip, ...]
    codes: tuple[tuple[str, str], ...]
    reason: str


def case_pictures(
    paths: Sequence[Path], findings: Sequence[Mapping[str, Any]]
) -> tuple[CasePicture, ...]:
    """Return the pictures, cases with grave findings first, and those without a picture too.

    Raises
    ------
    StudyRefusedError
        ``RUN-02`` when a file is damaged.
    """
    by_case: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings:
        if finding.get("case"):
            by_case.setdefault(finding["case"], []).append(finding)
    drawn = dict(_read(path) for path in paths)
    if not drawn:
        return ()
    lost = [case for case, found in by_case.items() if case not in drawn and _reason(found)]
    pictures = []
    for case in [*drawn, *lost]:
        found = by_case.get(case, [])
        pictures.append(CasePicture(case, drawn.get(case, ()), _codes(found), _reason(found)))
    return tuple(sorted(pictures, key=_gravity))


def _gravity(picture: CasePicture) -> int:
    return min((_GRAVEST_FIRST.index(kind) for _, kind in picture.codes), default=9)


def _codes(findings: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    pairs = {(finding["code"], finding["consequence"]) for finding in findings}
    return tuple(sorted(pairs, key=lambda pair: (_GRAVEST_FIRST.index(pair[1]), pair[0])))


def _reason(findings: Sequence[Mapping[str, Any]]) -> str:
    grave = [f for f in findings if f["consequence"] in {"excluded", "ask"}]
    return str(grave[0]["found"]) if grave else ""


def _read(path: Path) -> tuple[str, tuple[Strip, ...]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
        images = dict.fromkeys(key.partition(".")[0] for key in arrays if key.endswith(".axial"))
        return str(arrays["case"]), tuple(_strip(arrays, image) for image in images)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise damaged(path, error) from error


def _strip(arrays: Mapping[str, NDArray[Any]], image: str) -> Strip:
    panels = [_panel(arrays, f"{image}.{plane}") for plane in PLANES]
    gap = np.full((panels[0].shape[0], 2, 3), _GAP_GREY, dtype=np.uint8)
    row = np.concatenate([panels[0], gap, panels[1], gap, panels[2]], axis=1)
    moved = any(_moved(arrays, f"{image}.{plane}") for plane in PLANES)
    return Strip(image, pixels_uri(row, "jpeg", quality=_QUALITY), moved)


def _moved(arrays: Mapping[str, NDArray[Any]], key: str) -> bool:
    used = arrays.get(f"{key}.used")
    return used is None or not np.array_equal(used, arrays[f"{key}.drawn"])


def _panel(arrays: Mapping[str, NDArray[Any]], key: str) -> NDArray[np.uint8]:
    coloured = np.repeat(arrays[key][..., np.newaxis], 3, axis=2)
    if _moved(arrays, key):
        coloured[_outline(arrays[f"{key}.drawn"])] = DRAWN_RGB
    if f"{key}.used" in arrays:
        coloured[_outline(arrays[f"{key}.used"])] = USED_RGB
    return coloured


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the voxels of a plane's region that have a neighbour outside."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(mask & ~inner)
