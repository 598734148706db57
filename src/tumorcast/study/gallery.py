"""Pictures of example cases for the report, as small arrays in the run directory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tumorcast.cohort import Case, Cohort
from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask, Region, Unit, Volume, prepare_pair, resample_to
from tumorcast.study.planes import grey_of, upright, view_of, window_of

SIDE_PIXELS = 224
MAX_MEASURED = 48
"""Masks of at most so many cases, evenly spread over the cohort, are read to find the examples."""


def write_gallery(cohort: Cohort, regions: Sequence[Region], folder: Path) -> tuple[Path, ...]:
    """Write a large, a medium and a small tumour, each as one ``.npz``.

    The arrays are `case`, `title`, `volume_ml`, `pixel_mm`, `images`, `windows`, `regions` and, for
    each plane, ``PLANE.IMAGE`` (uint8) and ``PLANE.REGION`` (bool). The planes halve the tumour's
    volume. Rows run from anterior to posterior (axial) or from superior to inferior, columns from
    the patient's right to left, or from anterior to posterior (sagittal).

    The first image is the one that the tumour was drawn on, a CT if there is one; PET in the space
    of a CT follows on the same pixels, and PET alone is dark on white.

    Parameters
    ----------
    cohort
        Cases that can be used.
    regions
        Shown beside the tumour, where they can be built.
    folder
        Created if need be; pictures of an earlier run are removed.

    Returns
    -------
    The files; none for a cohort without masks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    written = []
    for number, (case, title) in enumerate(_examples(cohort)):
        path = folder / f"{number}.npz"
        np.savez_compressed(path, **_arrays(case, regions, title))
        written.append(path)
    return tuple(written)


def _examples(cohort: Cohort) -> list[tuple[Case, str]]:
    drawn = [case for case in cohort if base_image(case)]
    step = max(1, -(-len(drawn) // MAX_MEASURED))
    measured = sorted(_volumes_mm3(drawn[::step]), key=lambda pair: (-pair[0], pair[1].case_id))
    if not measured:
        return []
    places = {len(measured) // 2: "Medium", len(measured) - 1: "Small", 0: "Large"}
    return [(measured[place][1], f"{size} tumour") for place, size in sorted(places.items())]


def _volumes_mm3(cases: Sequence[Case]) -> Iterator[tuple[float, Case]]:
    for case in cases:
        volume_mm3 = case.source(base_image(case)).tumor().volume_mm3
        if volume_mm3:
            yield volume_mm3, case


def base_image(case: Case) -> str:
    """Return the image that the tumour is shown on; empty when no mask was drawn."""
    drawn = [name for name, source in case.images.items() if source.mask is not None]
    return min(drawn, key=lambda name: (case.images[name].unit != "HU", name), default="")


def _arrays(case: Case, regions: Sequence[Region], title: str) -> dict[str, Any]:
    base = base_image(case)
    source = case.source(base)
    image, tumor = prepare_pair(source.volume().reoriented(), source.tumor().reoriented())
    view = view_of(tumor, SIDE_PIXELS)
    masks = {"tumor": tumor, **_built(regions, tumor, image)}
    shown = {base: image, **_pet_over(case, base, image)}
    arrays: dict[str, Any] = {
        "case": np.array(case.case_id),
        "title": np.array(title),
        "volume_ml": np.array(tumor.volume_mm3 / 1000),
        "pixel_mm": np.array(view.pixel_mm),
        "images": np.array(list(shown)),
        "regions": np.array(list(masks)),
    }
    windows = []
    for name, volume in shown.items():
        window = window_of(volume, view)
        windows.append(_words(window, volume.unit))
        dark_on_white = name == base and volume.unit == "SUVbw"
        for plane, grid in view.grids.items():
            grey = grey_of(resample_to(volume, grid, "linear").array, window)
            arrays[f"{plane}.{name}"] = upright(255 - grey if dark_on_white else grey, plane)
    for name, mask in masks.items():
        for plane, grid in view.grids.items():
            arrays[f"{plane}.{name}"] = upright(resample_to(mask, grid, "linear").array, plane)
    return arrays | {"windows": np.array(windows)}


def _built(regions: Sequence[Region], tumor: Mask, image: Volume) -> dict[str, Mask]:
    built = {}
    for region in regions:
        try:
            built[region.name] = region.build(tumor, image).mask
        except BadInputError:  # nothing of it lies in this patient, so there is no contour
            continue
    return built


def _pet_over(case: Case, base: str, image: Volume) -> dict[str, Volume]:
    if image.unit != "HU":
        return {}
    pet = {n: s.volume() for n, s in case.images.items() if n != base and s.unit == "SUVbw"}
    return {name: v for name, v in pet.items() if v.geometry.same_space(image.geometry)}


def _words(window: tuple[float, float], unit: Unit) -> str:
    shown = {"HU": " HU", "SUVbw": " SUV", "arbitrary": ""}[unit]
    return f"{window[0]:.4g} to {window[1]:.4g}{shown}"
