"""IBSI's features of one region, from reading to tags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging import match_to_image
from tumorcast.radiomics.ibsi.config import Config
from tumorcast.radiomics.ibsi.diagnostics import image_diagnostics, mask_diagnostics
from tumorcast.radiomics.ibsi.elements import texture_of
from tumorcast.radiomics.ibsi.glcm import glcm_features
from tumorcast.radiomics.ibsi.ivh import ivh_features
from tumorcast.radiomics.ibsi.morphology import morphology
from tumorcast.radiomics.ibsi.ngtdm import difference_features
from tumorcast.radiomics.ibsi.peaks import peak_features
from tumorcast.radiomics.ibsi.region import Region, interpolate, resegment
from tumorcast.radiomics.ibsi.sizes import (
    dependence_features,
    edge_distances,
    run_features,
    zone_features,
)
from tumorcast.radiomics.ibsi.statistics import histogram, statistics
from tumorcast.radiomics.inputs import ImageLike, MaskLike, scan_of
from tumorcast.radiomics.options import Options


def extract(image: ImageLike, mask: MaskLike, config: Config) -> dict[str, float]:
    """Return IBSI's features of one region by IBSI's own tags, such as ``cm_contrast_3D_avg``.

    The definitions are those of the IBSI reference manual (Zwanenburg et al., Radiology 2020),
    the tags those of its tables of reference values. What a step of the processing did is there
    too, as in ``int_mask_vox_count_reseg_roi``.

    Parameters
    ----------
    image
        A path, a `Volume` or a SimpleITK image.
    mask
        A path, a `Mask` or a SimpleITK label image.
    config
        Interpolation, re-segmentation, discretisation and the dimensions of textures.

    Returns
    -------
    Values by tag; NaN where a feature is not defined on this region.

    Raises
    ------
    BadInputError
        When image or mask cannot be used: ``IBS-04`` re-segmentation leaves nothing, ``IBS-05``
        and ``IBS-06`` intensities need bins, ``IBS-07`` intensities are not finite; otherwise as
        `imaging.read_volume`, `imaging.read_mask` and `imaging.match_to_image`.
    """
    initial = _read(image, mask)
    interpolated = interpolate(initial, config)
    region = resegment(interpolated, config)
    levels = _levels(region.values, config)
    found = {
        **image_diagnostics(initial, "init"),
        **image_diagnostics(interpolated, "interp"),
        **mask_diagnostics(initial, "init"),
        **mask_diagnostics(interpolated, "interp"),
        **mask_diagnostics(region, "reseg"),
        **morphology(region),
        **peak_features(region),
        **statistics(region.values),
        **histogram(levels),
        **ivh_features(region.values, config),
    }
    return found | _textures(region, levels, config)


def _read(image: ImageLike, mask: MaskLike) -> Region:
    scan = scan_of(image, mask, Options(), [])
    (roi,) = scan.masks.values()
    roi, _ = match_to_image(roi, scan.volume.geometry)
    voxels = np.asarray(scan.volume.array, np.float64)
    if not np.isfinite(voxels).all():
        raise BadInputError(
            "IBS-07",
            "voxels that are NaN or infinite",
            expected="finite intensities",
            fix="repair or exclude the image",
        )
    body = np.asarray(roi.array, bool)
    return Region(voxels, body, body, scan.volume.geometry.spacing_mm)


def _levels(values: NDArray[np.float64], config: Config) -> NDArray[np.int64]:
    if config.binning is not None:
        return config.binning.levels(values, config.intensity_range[0])
    levels = np.rint(values).astype(np.int64)
    if (levels != values).any() or levels.min() < 1:
        raise BadInputError(
            "IBS-06",
            f"intensities from {values.min():g} to {values.max():g} used as grey levels",
            expected="whole numbers from 1 on",
            fix="set binning",
        )
    return levels


def _textures(region: Region, levels: NDArray[np.int64], config: Config) -> dict[str, float]:
    found: dict[str, float] = {}
    for dimension in config.dimensions:
        texture = texture_of(region.intensity, levels, dimension)
        distances = edge_distances(
            region.morphological, region.intensity, in_plane=dimension == "2D"
        )
        found |= glcm_features(texture)
        found |= run_features(texture)
        found |= zone_features(texture, distances)
        found |= difference_features(texture)
        found |= dependence_features(texture)
    return found
