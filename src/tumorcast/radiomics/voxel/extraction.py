"""The extraction of feature maps: prepare, filter, then measure around every voxel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging import Geometry, Mask, Volume
from tumorcast.imaging.raster import box
from tumorcast.radiomics.filters import IMAGE_FILTERS
from tumorcast.radiomics.filters.image import FilterInput
from tumorcast.radiomics.grid import Box
from tumorcast.radiomics.guards import refuse_too_small
from tumorcast.radiomics.inputs import Scan
from tumorcast.radiomics.prepare import Prepared, prepare
from tumorcast.radiomics.region import MeasuredRegion
from tumorcast.radiomics.resegment import resegmented
from tumorcast.radiomics.settings import Settings
from tumorcast.radiomics.voxel.families import FAMILIES, Fill
from tumorcast.radiomics.voxel.guards import (
    mapped_features,
    refuse_small,
    refuse_unmappable,
    said_undefined,
    without_effect,
)
from tumorcast.radiomics.voxel.image import KernelImage, map_box
from tumorcast.radiomics.voxel.maps import VoxelMaps

CHUNK = 256
"""Voxels measured between two looks at whether the user has interrupted."""


def maps_of_images(scan: Scan, settings: Settings, workers: int = 1) -> Iterator[VoxelMaps]:
    """Yield the maps of each filtered image; PyRadiomics' ``execute`` with ``voxelBased=True``.

    Parameters
    ----------
    scan
        The image and one region.
    settings
        What to measure.
    workers
        Threads over which voxels are spread; no value depends on it.

    Raises
    ------
    StudyRefusedError
        As `mapped_features` and `refuse_unmappable`.
    BadInputError
        As `prepare`; ``RAD-11`` and ``RAD-24`` the region is too small; ``RAD-14`` resegmentation
        leaves nothing.
    """
    wanted = mapped_features(settings)
    refuse_unmappable(settings)
    (prepared,) = prepare(scan, settings.options)
    ((name, drawn),) = prepared.masks.items()
    whole = resegmented(name, drawn, prepared.array, settings.options)
    measured = MeasuredRegion(whole, prepared.spacing_mm)
    refuse_too_small(name, measured, settings.options)
    refuse_small(name, measured, settings.options)
    start, stop = map_box(whole, settings.options.kernel_radius)
    region = Mask(whole, _geometry(prepared), name).crop(start, stop)
    findings = [*without_effect(settings), *prepared.findings]
    for image, kernels in _images(prepared, whole, box(start, stop), settings, findings):
        values = _measured(image, kernels, wanted, workers)
        findings.extend(said_undefined(image, values))
        outside = dict.fromkeys(values, float(kernels.options.init_value))
        yield VoxelMaps(values, outside, region, tuple(findings))
        findings.clear()


def _geometry(prepared: Prepared) -> Geometry:
    return Volume.from_sitk(prepared.frame.image_of(prepared.array)).geometry


def _images(
    prepared: Prepared,
    whole: NDArray[np.bool_],
    limits: Box,
    settings: Settings,
    findings: list[Finding],
) -> Iterator[tuple[str, KernelImage]]:
    region = np.ascontiguousarray(whole[limits])
    for kind in settings.image_types:
        options = settings.options_of(kind)
        seen = whole.copy()
        if not options.masked_kernel:
            seen[limits] = True
        source = FilterInput(prepared.array, prepared.spacing_mm, seen, findings)
        for name, filtered in IMAGE_FILTERS[kind.name](source, options):
            # A filtered image reaches as far as what kernels see, which may be the region alone.
            array = np.zeros(whole.shape, filtered.dtype)
            array[source.box] = filtered
            yield name, KernelImage(array[limits], region, prepared.spacing_mm, options)


def _measured(
    image: str, kernels: KernelImage, wanted: Mapping[str, tuple[str, ...]], workers: int
) -> dict[str, NDArray[np.float64]]:
    values: dict[str, NDArray[np.float64]] = {}
    for name, chosen in wanted.items():
        family = FAMILIES[name]
        out = np.full((kernels.centres.size, family.n_columns), np.nan)
        if chosen and kernels.is_finite:
            _fill(family.prepare(kernels, chosen), kernels.centres, out, workers)
        for feature in chosen:
            values[f"{image}_{name}_{feature}"] = out[:, family.columns[feature]].copy()
    return values


def _fill(fill: Fill, centres: NDArray[np.int64], out: NDArray[np.float64], workers: int) -> None:
    parts = [slice(at, at + CHUNK) for at in range(0, centres.size, CHUNK)]
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(fill, centres[part], out[part]) for part in parts]:
            done.result()
