"""Every setting of PyRadiomics, with its name, its default and the values it accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any, Self

from tumorcast.errors import refuse
from tumorcast.radiomics import checks
from tumorcast.radiomics.checks import Check


def _setting(name: str, default: Any, check: Check) -> Any:
    return field(default=default, metadata={"name": name, "check": check})


@dataclass(frozen=True)
class Options:
    """The settings that hold for an extraction or for one image type.

    The meaning of each is that of PyRadiomics' documentation ("Customizing the extraction"),
    whose name stands beside each field. Two are our own: ``intensityRange`` declares the range
    to which the image is clipped before anything else, and ``minimumTextureVoxels`` the smallest
    region in which texture is measured.
    """

    bin_width: float = _setting("binWidth", 25, checks.positive)
    bin_count: int | None = _setting("binCount", None, checks.optional(checks.positive_int))
    normalize: bool = _setting("normalize", False, checks.boolean)
    normalize_scale: float = _setting("normalizeScale", 1, checks.positive)
    remove_outliers: float | None = _setting(
        "removeOutliers", None, checks.optional(checks.positive)
    )
    resampled_spacing_mm: tuple[float, float, float] | None = _setting(
        "resampledPixelSpacing", None, checks.optional(checks.spacing)
    )
    """Along (x, y, z), as in PyRadiomics; 0 keeps the spacing of the mask."""
    interpolator: str | None = _setting("interpolator", "sitkBSpline", checks.interpolator)
    pad_distance: int = _setting("padDistance", 5, checks.non_negative_int)
    pre_crop: bool = _setting("preCrop", False, checks.boolean)
    resegment_range: tuple[float, ...] | None = _setting(
        "resegmentRange", None, checks.optional(checks.one_or_two_numbers)
    )
    resegment_mode: str = _setting(
        "resegmentMode", "absolute", checks.one_of("absolute", "relative", "sigma")
    )
    resegment_shape: bool = _setting("resegmentShape", False, checks.boolean)
    intensity_range: tuple[float, ...] | None = _setting(
        "intensityRange", None, checks.optional(checks.ordered_pair)
    )
    label: int = _setting("label", 1, checks.positive_int)
    label_channel: int = _setting("label_channel", 0, checks.non_negative_int)
    minimum_dimensions: int | None = _setting(
        "minimumROIDimensions", None, checks.optional(checks.one_of(1, 2, 3))
    )
    """PyRadiomics refuses by default what has fewer than 2; here such a region has its shape."""
    minimum_voxels: int | None = _setting(
        "minimumROISize", None, checks.optional(checks.positive_int)
    )
    minimum_texture_voxels: int = _setting("minimumTextureVoxels", 10, checks.positive_int)
    geometry_tolerance: float | None = _setting(
        "geometryTolerance", None, checks.optional(checks.tolerance)
    )
    correct_mask: bool = _setting("correctMask", False, checks.boolean)
    additional_info: bool = _setting("additionalInfo", True, checks.boolean)
    distances: tuple[int, ...] = _setting("distances", (1,), checks.positive_ints)
    force_2d: bool = _setting("force2D", False, checks.boolean)
    force_2d_dimension: int = _setting("force2Ddimension", 0, checks.one_of(0, 1, 2))
    weighting_norm: str | None = _setting(
        "weightingNorm",
        None,
        checks.optional(checks.one_of("manhattan", "euclidean", "infinity", "no_weighting")),
    )
    voxel_array_shift: float = _setting("voxelArrayShift", 0, checks.number)
    symmetrical_glcm: bool = _setting("symmetricalGLCM", True, checks.boolean)
    gldm_alpha: float = _setting("gldm_a", 0, checks.non_negative)
    sigma_mm: tuple[float, ...] = _setting("sigma", (), checks.positives)
    wavelet: str = _setting("wavelet", "coif1", checks.wavelet)
    level: int = _setting("level", 1, checks.positive_int)
    start_level: int = _setting("start_level", 0, checks.non_negative_int)
    gradient_use_spacing: bool = _setting("gradientUseSpacing", True, checks.boolean)
    lbp2d_radius: float = _setting("lbp2DRadius", 1, checks.positive)
    lbp2d_samples: int = _setting("lbp2DSamples", 8, checks.positive_int)
    lbp2d_method: str = _setting(
        "lbp2DMethod", "uniform", checks.one_of("default", "ror", "uniform", "var")
    )
    lbp3d_levels: int = _setting("lbp3DLevels", 2, checks.positive_int)
    lbp3d_radius: float = _setting("lbp3DIcosphereRadius", 1, checks.positive)
    lbp3d_subdivision: int = _setting("lbp3DIcosphereSubdivision", 1, checks.non_negative_int)
    kernel_radius: int = _setting("kernelRadius", 1, checks.positive_int)
    masked_kernel: bool = _setting("maskedKernel", True, checks.boolean)
    init_value: float = _setting("initValue", 0, checks.number_or_nan)
    voxel_batch: int | None = _setting("voxelBatch", None, checks.optional(checks.positive_int))

    def updated(self, values: Mapping[str, Any], where: str) -> Self:
        """Return the options with settings given under their PyRadiomics names.

        Parameters
        ----------
        values
            By PyRadiomics' name.
        where
            What a refusal calls the place, such as ``"setting"``.

        Raises
        ------
        StudyRefusedError
            ``RAD-01`` an unknown setting; ``RAD-02`` a value that the setting does not accept.
        """
        return replace(self, **{_FIELD[k]: v for k, v in checked(values, where).items()})

    def as_dict(self) -> dict[str, Any]:
        """Return the settings that have a value, under PyRadiomics' names, as plain JSON."""
        values = {item.metadata["name"]: getattr(self, item.name) for item in fields(self)}
        given = {name: value for name, value in values.items() if value not in (None, ())}
        return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return "nan" if value != value else value  # noqa: PLR0124 - only NaN differs from itself


_FIELD: dict[str, str] = {item.metadata["name"]: item.name for item in fields(Options)}
_CHECK: dict[str, Callable[[Any], Any]] = {
    item.metadata["name"]: item.metadata["check"] for item in fields(Options)
}
VOXEL_SETTING_NAMES = ("kernelRadius", "maskedKernel", "initValue", "voxelBatch")
"""Settings of feature maps, which have a section of their own in a parameter file."""
SETTING_NAMES: tuple[str, ...] = tuple(_FIELD)


def checked(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the values in the form in which they are kept; raises as `Options.updated`."""
    result = {}
    for name, value in values.items():
        if name not in _CHECK:
            raise unknown("RAD-01", f"setting '{name}' in {where}", name, SETTING_NAMES)
        try:
            result[name] = _CHECK[name](value)
        except checks.NotAcceptedError as error:
            raise refuse(
                "RAD-02",
                f"{where}: {name} = {value!r}",
                expected=str(error),
                fix=f"give {name} such a value, or leave it out for the default",
            ) from None
    return result


def unknown(code: str, what: str, name: str, known: tuple[str, ...]) -> Exception:
    """Return the refusal of a name that nobody knows, with the nearest ones that exist."""
    near = get_close_matches(str(name), known, n=1, cutoff=0.6) or [
        other for other in known if other.lower() == str(name).lower()
    ]
    hint = f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(known)}"
    return refuse(code, f"unknown {what}", expected="a name that is documented", fix=hint)
