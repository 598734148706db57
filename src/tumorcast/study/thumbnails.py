"""A small picture of every image that something is drawn on, for the eye to run over a cohort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Case, Cohort
from tumorcast.engine import Task, key_of, run_tasks
from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask, Volume, prepare_pair, resample_to
from tumorcast.study.extraction import Machinery
from tumorcast.study.planes import grey_of, upright, view_of, window_of

SIDE_PIXELS = 128
MOST_CASES = 400
"""More pictures than this make a page that no browser likes."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class CaseThumbnails:
    """Draws the images of one case; an `Extractor`.

    For each image and plane: ``IMAGE.PLANE`` in grey (uint8), ``IMAGE.PLANE.drawn`` the mask as it
    was drawn and ``IMAGE.PLANE.used`` as it is used (bool), which is absent when it cannot be.
    """

    name: str = "case thumbnails"
    version: str = "1"

    def parameters(self) -> Mapping[str, object]:
        """Return the size of the pictures."""
        return {"side_pixels": SIDE_PIXELS}

    def input_digest(self, case: Case) -> str:
        """Return a digest of all images and masks."""
        return "\n".join(f"{name} {source.digest()}" for name, source in case.images.items())

    def extract(self, case: Case) -> Arrays:
        """Return the pictures; an image that cannot be read has none."""
        arrays: Arrays = {"side": np.array([SIDE_PIXELS])}
        for name, source in case.images.items():
            try:
                if source.mask is not None:
                    arrays |= _pictures(name, source.volume(), source.tumor())
            except BadInputError:  # it was told by the check, with the reason
                continue
        return arrays


def write_thumbnails(
    cohort: Cohort, first: frozenset[str], folder: Path, machinery: Machinery
) -> None:
    """Draw the cases and write one ``.npz`` a case, named by its place in the cohort.

    Parameters
    ----------
    first
        Cases to draw in any case, when there are more than `MOST_CASES`.
    folder
        Created if need be; pictures of an earlier check are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    extractor = CaseThumbnails()
    ordered = sorted(cohort, key=lambda case: case.case_id not in first)[:MOST_CASES]
    place = {case.case_id: number for number, case in enumerate(cohort)}
    tasks = [
        Task(
            key_of(
                extractor.name,
                extractor.version,
                dict(extractor.parameters()),
                [extractor.input_digest(case)],
            ),
            case.case_id,
            extractor.extract,
            (case,),
        )
        for case in ordered
        if any(source.mask is not None for source in case.images.values())
    ]
    results = run_tasks(
        tasks,
        workers=machinery.workers,
        store=machinery.store,
        on_progress=lambda done, total, _: machinery.progress("pictures", done, total),
    )
    for result in results:
        if result.error is None and len(result.value or {}) > 1:
            case_id = result.task.label
            path = folder / f"{place[case_id]:05d}.npz"
            arrays: dict[str, Any] = {"case": np.array(case_id), **(result.value or {})}
            np.savez_compressed(path, **arrays)


def _pictures(name: str, volume: Volume, drawn: Mask) -> Arrays:
    if not drawn.n_voxels:
        return {}
    volume, drawn = volume.reoriented(), drawn.reoriented()
    view = view_of(drawn, SIDE_PIXELS)
    window = window_of(volume, view)
    masks = dict(_masks(volume, drawn))
    arrays: Arrays = {}
    for plane, grid in view.grids.items():
        grey = grey_of(np.nan_to_num(resample_to(volume, grid, "linear").array), window)
        is_pet = volume.unit == "SUVbw"
        arrays[f"{name}.{plane}"] = upright(255 - grey if is_pet else grey, plane)
        for what, mask in masks.items():
            shown = upright(resample_to(mask, grid, "linear").array, plane)
            arrays[f"{name}.{plane}.{what}"] = shown
    return arrays


def _masks(volume: Volume, drawn: Mask) -> Iterator[tuple[str, Mask]]:
    yield "drawn", drawn
    try:
        yield "used", prepare_pair(volume, drawn)[1]
    except BadInputError:
        return
