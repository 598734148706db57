"""IBSI's features of one region, from reading to tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tumorcast.radiomics.ibsi.config import Config

if TYPE_CHECKING:
    from tumorcast.radiomics.inputs import ImageLike, MaskLike


def extract(image: ImageLike, mask: MaskLike, config: Config) -> dict[str, float]:
    """Return IBSI's features of one region by IBSI's own tags, such as ``cm_contrast_3D_avg``.

    The definitions are those of the IBSI reference manual (Zwanenburg et al., Radiology 2020),
    the tags those of its tables of reference values. What a step of the processing did is there
    too, as in ``int_mask_vox_count_reseg_roi``. Features of a response map begin with the name
    of its filter, as in ``log-3D-1-5mm_stat_mean``.

    Parameters
    ----------
    image
        A path, a `Volume` or a SimpleITK image.
    mask
        A path, a `Mask` or a SimpleITK label image.
    config
        Interpolation, re-segmentation, discretisation, filters and families of features.

    Returns
    -------
    Values by tag; NaN where a feature is not defined on this region.

    Raises
    ------
    BadInputError
        When image or mask cannot be used: ``IBS-04`` re-segmentation leaves nothing, ``IBS-05``
        and ``IBS-06`` intensities need bins, ``IBS-07`` intensities are not finite, ``IBS-10`` a
        filter needs voxels of equal sides, ``IBS-11`` bins are too many; otherwise as
        `imaging.read_volume`, `imaging.read_mask` and `imaging.match_to_image`.
    """
    # The kernels take a second to import; a configuration is useful without them.
    from tumorcast.radiomics.ibsi.extraction import ORIGINAL, measure_scan  # noqa: PLC0415
    from tumorcast.radiomics.inputs import scan_of  # noqa: PLC0415
    from tumorcast.radiomics.options import Options  # noqa: PLC0415

    (measured,) = measure_scan(scan_of(image, mask, Options(), []), config, []).values()
    values = {tag.removeprefix(ORIGINAL): value for tag, value in measured.values.items()}
    return {**measured.diagnostics, **values}
