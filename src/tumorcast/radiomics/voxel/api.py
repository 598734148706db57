"""Feature maps from Python: as images, or as one NIfTI file each."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tumorcast.errors import Finding
from tumorcast.imaging import write_volume
from tumorcast.radiomics.presets import settings_of
from tumorcast.radiomics.voxel.maps import VoxelMaps

if TYPE_CHECKING:
    from tumorcast.radiomics.api import Params
    from tumorcast.radiomics.inputs import ImageLike, MaskLike

MapProgress = Callable[[str, int, int], None]


def no_map_progress(stage: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class MapFile:
    """One map on disk.

    Parameters
    ----------
    feature
        PyRadiomics' name, such as ``"original_glcm_Contrast"``.
    file
        The NIfTI file.
    voxels
        Voxels of the region.
    undefined
        How many of them are NaN.
    minimum, mean, maximum
        Over the others; NaN where there are none.
    """

    feature: str
    file: str
    voxels: int
    undefined: int
    minimum: float
    mean: float
    maximum: float


@dataclass(frozen=True)
class VoxelMapFiles:
    """Maps on disk, and what was found on the way."""

    files: tuple[MapFile, ...]
    findings: tuple[Finding, ...]

    def as_rows(self) -> list[dict[str, Any]]:
        """Return one row a map as plain JSON: a number that is not defined is ``None``."""
        return [
            {
                k: None if isinstance(v, float) and math.isnan(v) else v
                for k, v in asdict(each).items()
            }
            for each in self.files
        ]

    def write(self, path: Path) -> None:
        """Write the table of the maps as CSV."""
        rows = self.as_rows()
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def voxel_maps(
    image: ImageLike,
    mask: MaskLike,
    *,
    preset: str | None = None,
    params: Params | None = None,
    workers: int = 1,
) -> VoxelMaps:
    """Return a map of each feature around every voxel of one region.

    What PyRadiomics calls voxel-based extraction, with its settings ``kernelRadius``,
    ``maskedKernel`` and ``initValue``. The values are those that PyRadiomics gives with
    ``voxelBatch: 1``; in larger batches its GLCM JointAverage and MCC are lost at every voxel at
    which a direction has no pair.

    Parameters
    ----------
    image, mask, preset, params
        As for `extract`.
    workers
        Threads over which voxels are spread; no value depends on it.

    Returns
    -------
    By names such as ``original_glcm_Contrast``, on the box of the region and its kernels.

    Raises
    ------
    BadInputError
        When image or mask cannot be used.
    StudyRefusedError
        When the settings cannot be used.
    """
    parts = list(_by_image(image, mask, preset, params, workers))
    return replace(
        parts[0],
        numbers={name: each for part in parts for name, each in part.numbers.items()},
        outside={name: each for part in parts for name, each in part.outside.items()},
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def write_voxel_maps(
    image: ImageLike,
    mask: MaskLike,
    folder: str | Path,
    *,
    preset: str | None = None,
    params: Params | None = None,
    workers: int = 1,
    progress: MapProgress = no_map_progress,
) -> VoxelMapFiles:
    """Write each map to ``FOLDER/FEATURE.nii.gz``; parameters and refusals as for `voxel_maps`.

    Only the maps of one filtered image are held in memory at a time.
    """
    files: list[MapFile] = []
    findings: list[Finding] = []
    for maps in _by_image(image, mask, preset, params, workers):
        findings.extend(maps.findings)
        for done, name in enumerate(maps):
            files.append(_written(maps, name, Path(folder)))
            progress(f"maps {name.split('_')[0]}", done + 1, len(maps))
    return VoxelMapFiles(tuple(files), tuple(findings))


def _by_image(
    image: ImageLike, mask: MaskLike, preset: str | None, params: Params | None, workers: int
) -> Iterator[VoxelMaps]:
    # The kernels take a while to import; the settings are useful without them.
    from tumorcast.radiomics.inputs import scan_of  # noqa: PLC0415
    from tumorcast.radiomics.voxel.extraction import maps_of_images  # noqa: PLC0415

    settings = settings_of(preset, params)
    findings: list[Finding] = []
    scan = scan_of(image, mask, settings.options, findings)
    for maps in maps_of_images(scan, settings, workers):
        yield replace(maps, findings=(*findings, *maps.findings))
        findings.clear()


def _written(maps: VoxelMaps, name: str, folder: Path) -> MapFile:
    path = folder / f"{name}.nii.gz"
    write_volume(maps[name], path)
    values = maps.numbers[name]
    defined = values[~np.isnan(values)]
    spread = (defined.min(), defined.mean(), defined.max()) if defined.size else (math.nan,) * 3
    lowest, mean, highest = (float(each) for each in spread)
    undefined = values.size - defined.size
    return MapFile(name, str(path), values.size, undefined, lowest, mean, highest)
