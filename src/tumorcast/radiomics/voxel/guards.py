"""What feature maps cannot honour: refused or said by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding, refuse
from tumorcast.radiomics.guards import why_no_texture
from tumorcast.radiomics.names import REMOVED
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.region import MeasuredRegion
from tumorcast.radiomics.settings import Settings
from tumorcast.radiomics.voxel.families import FAMILIES


def mapped_features(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the features that have a map, by class.

    Raises
    ------
    StudyRefusedError
        ``RAD-20`` none has; ``RAD-27`` the settings follow IBSI.
    """
    if settings.ibsi is not None:
        raise refuse(
            "RAD-27",
            "maps under standard: ibsi",
            expected="settings of PyRadiomics, whose voxel-based mode defines what a map is",
            fix="give a parameter file of PyRadiomics or one of its presets",
        )
    wanted = {
        name: tuple(f for f in chosen if f not in REMOVED.get(name, ()))
        for name, chosen in settings.features.items()
        if name in FAMILIES
    }
    if not any(wanted.values()):
        raise refuse(
            "RAD-20",
            f"no map can be made of {', '.join(settings.features)}",
            expected=f"features of {', '.join(FAMILIES)}",
            fix="name them in featureClass; a shape belongs to the whole region",
        )
    return wanted


def refuse_unmappable(settings: Settings) -> None:
    """Refuse settings that contradict each other in maps.

    Raises
    ------
    StudyRefusedError
        ``RAD-21`` kernelRadius differs between image types; ``RAD-22`` LBP3D with kernels that
        reach out of the region.
    """
    for kind in settings.image_types:
        options = settings.options_of(kind)
        if options.kernel_radius != settings.options.kernel_radius:
            raise refuse(
                "RAD-21",
                f"kernelRadius {options.kernel_radius} for image type {kind.name}, "
                f"{settings.options.kernel_radius} for the others",
                expected="one kernelRadius for all maps",
                fix="write kernelRadius in voxelSetting alone, and make two runs for two radii",
            )
        if kind.name == "LBP3D" and not options.masked_kernel:
            raise refuse(
                "RAD-22",
                "LBP3D with maskedKernel: false",
                expected="an image with values around the region",
                fix="set maskedKernel: true; LBP3D is defined within the region only",
            )


def without_effect(settings: Settings) -> Iterator[Finding]:
    """Yield a warning for every setting that changes nothing in maps."""
    for name, reason in _idle(settings):
        yield Finding(
            "RAD-23",
            "warning",
            f"{name} has no effect on voxel maps: {reason}",
            "settings that change something",
            f"leave {name} out",
        )


def _idle(settings: Settings) -> Iterator[tuple[str, str]]:
    options = settings.options
    if options.voxel_batch is not None:
        yield "voxelBatch", "memory does not grow with the number of voxels at work"
    if options.resegment_shape:
        yield "resegmentShape", "no shape is measured"
    far = [d for d in options.distances if d > 2 * options.kernel_radius]
    if far:
        yield f"distances {far}", f"a kernel of radius {options.kernel_radius} is smaller"
    for name, chosen in settings.features.items():
        if name not in FAMILIES:
            yield f"feature class {name}", "a shape belongs to the whole region"
        for feature in chosen:
            if feature in REMOVED.get(name, ()):
                yield f"feature {name} {feature}", "PyRadiomics has removed it"


def refuse_small(name: str, region: MeasuredRegion, options: Options) -> None:
    """Refuse a region in which texture is not measured either.

    Raises
    ------
    BadInputError
        ``RAD-24``.
    """
    reason = why_no_texture(region, options)
    if reason:
        raise BadInputError(
            "RAD-24",
            f"no maps of region '{name}': {reason}",
            expected="a region in which kernels have neighbours",
            fix="leave this region out, set force2D for one slice, or lower minimumTextureVoxels",
        )


def said_undefined(image: str, values: Mapping[str, NDArray[np.float64]]) -> Iterator[Finding]:
    """Yield one warning for all maps of an image that hold NaN at as many voxels."""
    by_count: dict[int, list[str]] = {}
    for name, numbers in values.items():
        by_count.setdefault(int(np.isnan(numbers).sum()), []).append(name)
    for count, names in by_count.items():
        if count:
            n_voxels = values[names[0]].size
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
            yield Finding(
                "RAD-25",
                "warning",
                f"{count} of {n_voxels} voxels of image '{image}' are NaN in {shown}",
                "a kernel in which the feature is defined",
                "mask these voxels, or enlarge kernelRadius",
            )
