"""Images and masks: columns that hold paths of files, or files that bear the cases' ids."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from tumorcast.cohort.clinical import column_tokens
from tumorcast.cohort.text_table import TextTable

IMAGE_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha", ".mhd")
MAX_FILES = 200_000
_MASK_WORDS = {"mask", "seg", "segmentation", "label", "roi", "gtv", "contour"}
_MODALITIES = {"ct": ("ct", "HU"), "pt": ("pt", "SUVbw"), "pet": ("pt", "SUVbw")}
_NOT_A_NAME = {"id", "path", "file", "nii", "gz", "nrrd", "mha", "mhd"}
_ROWS_LOOKED_AT = 50


def images_in_columns(table: TextTable, root: Path) -> dict[str, dict[str, Any]]:
    """Return the images whose paths stand in columns of the table, with their masks."""
    templates = {f"{{{name}}}": name for name in table.columns if _holds_files(table, name, root)}
    by_lower_name = {name.lower(): name for name in templates.values()}
    if {*by_lower_name} == {"image", "mask"}:
        return _batch(table, by_lower_name["image"])
    return _paired(templates)


def _batch(table: TextTable, column: str) -> dict[str, dict[str, Any]]:
    """Return the image of PyRadiomics' batch file, by the modality that its files' names say."""
    names = [Path(cell).name for cell in table.values(column) if cell]
    said = {key for name in names for key in _tokens(name) if key in _MODALITIES}
    key, unit = _MODALITIES[said.pop()] if len(said) == 1 else ("image", "arbitrary")
    return {key: {"unit": unit}}


def images_by_id(case_ids: tuple[str, ...], root: Path) -> dict[str, dict[str, Any]]:
    """Return the images below `root` whose paths follow from the id, for half of the cases."""
    counts: Counter[str] = Counter()
    ids = set(case_ids)
    for path in islice(_image_files(root), MAX_FILES):
        case_id = next((part for part in _parts_of(path) if part in ids), None)
        if case_id is not None:
            counts[path.replace(case_id, "{id}")] += 1
    regular = [template for template, count in counts.items() if 2 * count >= len(ids)]
    return _paired({template: template.rpartition("/")[2] for template in sorted(regular)})


def _holds_files(table: TextTable, name: str, root: Path) -> bool:
    filled = [cell for cell in table.values(name) if cell][:_ROWS_LOOKED_AT]
    there = sum(("/" in cell or "." in cell) and (root / cell).exists() for cell in filled)
    return bool(filled) and 2 * there >= len(filled)


def _image_files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(IMAGE_SUFFIXES):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _parts_of(path: str) -> Iterator[str]:
    """Yield folders, the file's stem, and what stands before ``__`` or ``_`` and ``-`` in it."""
    *folders, name = path.split("/")
    yield from reversed(folders)
    stem = name
    for suffix in IMAGE_SUFFIXES:
        stem = stem.removesuffix(suffix)
    yield stem
    yield from (stem[:i] for i, sign in enumerate(stem) if sign in "_-")


def _paired(templates: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return every image with the mask whose name is likest to its own."""
    masks = {t: name for t, name in templates.items() if _MASK_WORDS & set(column_tokens(name))}
    images: dict[str, dict[str, Any]] = {}
    for template, name in templates.items():
        if template in masks:
            continue
        key, unit = _modality(name)
        if key in images:
            key = "_".join(_tokens(name))
        images[key] = {"unit": unit, "path": template}
        mask = max(masks, key=lambda m: _likeness(masks[m], name), default=None)
        if mask is not None:
            images[key]["mask"] = mask
    return images


def _modality(name: str) -> tuple[str, str]:
    tokens = _tokens(name)
    for token in tokens:
        if token in _MODALITIES:
            return _MODALITIES[token]
    return "_".join(tokens) or "image", "arbitrary"


def _tokens(name: str) -> list[str]:
    return [token for token in column_tokens(name) if token not in _NOT_A_NAME]


def _likeness(mask: str, image: str) -> int:
    mask_words, image_words = set(column_tokens(mask)), set(column_tokens(image))
    modality = set(_MODALITIES)
    foreign = (mask_words & modality) - (image_words & modality)
    return len(mask_words & image_words) - len(foreign) * 10
