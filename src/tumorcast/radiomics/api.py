"""One image, one or several regions, from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumorcast.errors import Finding
from tumorcast.imaging import Region, Tumor, Unit
from tumorcast.radiomics.presets import settings_of
from tumorcast.radiomics.result import Extraction
from tumorcast.radiomics.settings import Settings

if TYPE_CHECKING:
    from tumorcast.radiomics.inputs import ImageLike, MaskLike

Params = str | Path | Mapping[str, Any] | Settings


def extract(
    image: ImageLike,
    mask: MaskLike,
    *,
    preset: str | None = None,
    params: Params | None = None,
) -> dict[str, float]:
    """Return the features of one region by PyRadiomics' names.

    Parameters
    ----------
    image
        A path, a `Volume` or a SimpleITK image.
    mask
        A path, a `Mask` or a SimpleITK label image.
    preset
        Name of a preset, such as ``"hnscc-1562"``.
    params
        A PyRadiomics parameter file (YAML or JSON), its content as a mapping, or `Settings`.

    Returns
    -------
    Values such as ``original_glcm_Contrast``; NaN where a feature is not defined on this region:
    `extract_with_reasons` says why.

    Raises
    ------
    BadInputError
        When image or mask cannot be used.
    StudyRefusedError
        When the settings cannot be used.
    """
    return dict(extract_with_reasons(image, mask, preset=preset, params=params).values)


def extract_with_reasons(
    image: ImageLike,
    mask: MaskLike,
    *,
    preset: str | None = None,
    params: Params | None = None,
) -> Extraction:
    """Return the features of one region with what was found; parameters as for `extract`."""
    # The kernels take a third of a second to import; the settings are useful without them.
    from tumorcast.radiomics.extraction import extract_regions  # noqa: PLC0415
    from tumorcast.radiomics.inputs import scan_of  # noqa: PLC0415

    settings = settings_of(preset, params)
    findings: list[Finding] = []
    scan = scan_of(image, mask, settings.options, findings)
    (found,) = extract_regions(scan, settings).values()
    return Extraction(found.values, found.reasons, (*findings, *found.findings), found.diagnostics)


def extract_in_regions(
    image: ImageLike,
    mask: MaskLike,
    regions: Sequence[Region],
    *,
    preset: str | None = None,
    params: Params | None = None,
    unit: Unit | None = None,
) -> dict[str, Extraction]:
    """Return the features of several regions around one tumour by the regions' names.

    The image is read and checked once; every region has the values that it has alone.

    Parameters
    ----------
    image, mask, preset, params
        As for `extract`; the mask is the tumour's.
    regions
        Where to measure; at least one.
    unit
        What the voxels of a file that does not say so measure: around a tumour in HU, air outside
        the patient is left out.

    Raises
    ------
    BadInputError
        When image or mask cannot be used, or no region has a voxel.
    StudyRefusedError
        When the settings cannot be used.
    """
    if tuple(regions) == (Tumor(),):
        return {"tumor": extract_with_reasons(image, mask, preset=preset, params=params)}
    from tumorcast.radiomics.around import extract_around  # noqa: PLC0415
    from tumorcast.radiomics.inputs import scan_of  # noqa: PLC0415

    settings = settings_of(preset, params)
    findings: list[Finding] = []
    scan = scan_of(image, mask, settings.options, findings)
    if unit is not None:
        scan = replace(scan, volume=replace(scan.volume, unit=unit))
    found = extract_around(scan, regions, settings)
    return {name: replace(e, findings=(*findings, *e.findings)) for name, e in found.items()}
