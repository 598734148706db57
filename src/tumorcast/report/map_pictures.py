"""One slice of each attribution map over the image that it explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from tumorcast.report.data_uri import pixels_uri
from tumorcast.report.run_files import damaged
from tumorcast.report.words import name_words, region_words, sentence

SIDE_PIXELS = 320
METHODS = {"integrated_gradients": "Integrated gradients", "grad_cam": "Grad-CAM"}
_RAISES, _LOWERS, _OUTLINE = (228, 60, 150), (60, 150, 235), (255, 214, 90)


@dataclass(frozen=True)
class MapPicture:
    """A slice through a map, with what has to be known of it.

    Parameters
    ----------
    shares
        Region in words, and its share of the map's size.
    stamp
        Empty, or that the map failed a sanity test.
    """

    uri: str
    title: str
    alt: str
    shares: tuple[tuple[str, float], ...]
    mask_share: float
    similarity: tuple[float, float]
    stamp: str
    complete: bool
    gap_share: float


def map_pictures(path: Path, entries: Sequence[Mapping[str, Any]]) -> tuple[MapPicture, ...]:
    """Return the pictures of one patient; none without maps.

    Parameters
    ----------
    path
        ``maps/CASE.npz``.
    entries
        What ``maps.json`` says of the patient's maps.

    Raises
    ------
    StudyRefusedError
        ``RUN-02`` when the file is damaged.
    """
    if not entries:
        return ()
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
        return tuple(_picture(arrays, entry) for entry in entries)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise damaged(path, error) from error


def _picture(arrays: Mapping[str, NDArray[Any]], entry: Mapping[str, Any]) -> MapPicture:
    image, method = entry["image"], entry["method"]
    values = arrays[f"{image}.{method}"]
    place = int(np.abs(values).sum(axis=(1, 2)).argmax())
    pixels = overlay(arrays[f"{image}.crop"][place], values[place], arrays[f"{image}.tumor"][place])
    title = f"{METHODS[method]}, {name_words(image)}"
    change = abs(entry["change"])
    return MapPicture(
        pixels_uri(pixels, "png"),
        title,
        f"Axial slice with the map of {title}",
        tuple((sentence(region_words(name)), share) for name, share in entry["shares"].items()),
        entry["mask_share"],
        (entry["parameter_similarity"], entry["label_similarity"]),
        entry["stamp"],
        entry["complete"],
        abs(entry["gap"]) / change if change else 0.0,
    )


def overlay(
    crop: NDArray[np.floating], values: NDArray[np.floating], tumor: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return a slice in grey with the map in colour and the tumour's outline, (y, x, RGB)."""
    factor = max(1, SIDE_PIXELS // len(crop))
    block = np.ones((factor, factor))
    grey = np.kron(np.clip(crop.astype(np.float64), 0, 1), block)[..., np.newaxis] * 255
    sized = np.kron(values.astype(np.float64), block)[..., np.newaxis]
    top = float(np.quantile(np.abs(values), 0.99)) or float(np.abs(values).max()) or 1.0
    color = np.where(sized > 0, np.array(_RAISES), np.array(_LOWERS))
    cover = 0.8 * np.clip(np.abs(sized) / top, 0, 1)
    pixels = grey * (1 - cover) + color * cover
    drawn = np.kron(tumor, block).astype(bool)
    pixels[drawn & ~binary_erosion(drawn)] = _OUTLINE
    return np.asarray(np.clip(pixels, 0, 255), dtype=np.uint8)
