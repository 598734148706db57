"""Pictures of example cases for the report, as small arrays in the run directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Case, Cohort
from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Region, Unit, Volume, prepare_pair, resample_to

WINDOWS: Mapping[Unit, tuple[float, float]] = {"HU": (-160.0, 240.0), "SUVbw": (0.0, 10.0)}
"""Shown range by unit; other images are shown from their 1st to their 99th percentile."""
PIXEL_MM = 1.0
MARGIN_MM = 30.0
MAX_EXTENT_MM = 400.0
TITLES = ("Largest tumour", "Median tumour", "Smallest tumour")


def write_gallery(cohort: Cohort, regions: Sequence[Region], folder: Path) -> tuple[Path, ...]:
    """Write the largest, the median and the smallest tumour, each as one ``.npz``.

    The arrays are `case`, `title`, `volume_ml`, `pixel_mm`, `images`, `windows`, `regions` and, for
    each plane, ``PLANE.IMAGE`` (uint8) and ``PLANE.REGION`` (bool), cut through the tumour's centre
    of gravity. Rows run from anterior to posterior (axial) or from superior to inferior, columns
    from the patient's right to left, or from anterior to posterior (sagittal).

    Returns
    -------
    The files; none for a cohort without masks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    volumes = sorted((volume, case.case_id) for case in cohort if (volume := _volume_mm3(case)))
    if not volumes:
        return ()
    chosen = dict.fromkeys(volumes[place][1] for place in (-1, len(volumes) // 2, 0))
    written = []
    for number, (case_id, title) in enumerate(zip(chosen, TITLES, strict=False)):
        path = folder / f"{number}.npz"
        arrays = _arrays(cohort.select([case_id]).cases[0], regions, title)
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
        written.append(path)
    return tuple(written)


def _volume_mm3(case: Case) -> float:
    drawn = _drawn(case)
    return case.source(drawn[0]).tumor().volume_mm3 if drawn else 0.0


def _drawn(case: Case) -> list[str]:
    return [name for name, source in case.images.items() if source.mask is not None]


def _arrays(case: Case, regions: Sequence[Region], title: str) -> dict[str, NDArray[Any]]:
    base = _drawn(case)[0]
    source = case.source(base)
    image, tumor = prepare_pair(source.volume(), source.tumor())
    grid = _picture_grid(tumor)
    shown = {base: image}
    for name, other in case.images.items():
        if name != base and other.volume().geometry.same_space(image.geometry):
            shown[name] = other.volume()
    masks = {"tumor": tumor, **_built(regions, tumor, image)}
    windows = {name: _window(volume) for name, volume in shown.items()}
    arrays: dict[str, Any] = {
        "case": np.array(case.case_id),
        "title": np.array(title),
        "volume_ml": np.array(tumor.volume_mm3 / 1000),
        "pixel_mm": np.array(PIXEL_MM),
        "images": np.array(list(shown)),
        "windows": np.array([_words(windows[name], shown[name].unit) for name in shown]),
        "regions": np.array(list(masks)),
    }
    on_grid = {name: resample_to(mask, grid) for name, mask in masks.items()}
    center = np.round(np.argwhere(on_grid["tumor"].array).mean(axis=0)).astype(int)
    for name, volume in shown.items():
        low, high = windows[name]
        values = resample_to(volume, grid, "linear").array
        grey = np.clip((values - low) / (high - low), 0, 1) * 255
        arrays |= _planes(name, grey.astype(np.uint8), center)
    for name, mask in on_grid.items():
        arrays |= _planes(name, mask.array, center)
    return arrays


def _built(regions: Sequence[Region], tumor: Mask, image: Volume) -> dict[str, Mask]:
    built = {}
    for region in regions:
        try:
            built[region.name] = region.build(tumor, image).mask
        except BadInputError:  # nothing of it lies in this patient, so there is no contour
            continue
    return built


def _picture_grid(tumor: Mask) -> Geometry:
    oriented = tumor.reoriented()
    start, stop = oriented.bounding_box()
    spacing = np.array(oriented.geometry.spacing_mm)
    extent_mm = (np.array(stop) - start) * spacing + 2 * MARGIN_MM
    margin = np.ceil((np.minimum(extent_mm, MAX_EXTENT_MM) / spacing - stop + start) / 2)
    before = np.maximum(margin, 0).astype(int)
    around = oriented.geometry.crop(start, stop).pad(before.tolist(), before.tolist())
    return around.with_spacing((PIXEL_MM,) * 3)


def _planes(name: str, array: NDArray[Any], center: NDArray[Any]) -> dict[str, NDArray[Any]]:
    z, y, x = center
    return {
        f"axial.{name}": array[z],
        f"coronal.{name}": array[::-1, y],
        f"sagittal.{name}": array[::-1, :, x],
    }


def _window(volume: Volume) -> tuple[float, float]:
    if volume.unit in WINDOWS:
        return WINDOWS[volume.unit]
    low, high = np.percentile(volume.array, [1, 99])
    return float(low), max(float(high), float(low) + 1e-6)


def _words(window: tuple[float, float], unit: Unit) -> str:
    shown = {"HU": " HU", "SUVbw": " SUV", "arbitrary": ""}[unit]
    return f"{window[0]:g} to {window[1]:g}{shown}"
