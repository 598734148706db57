"""What an extraction returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tumorcast.errors import Finding


@dataclass(frozen=True)
class Extraction:
    """The features of one region of one image.

    Parameters
    ----------
    values
        By PyRadiomics' name, such as ``original_glcm_Contrast``, in PyRadiomics' order, or by
        IBSI's tag, such as ``original_cm_contrast_3D_avg``; NaN where a feature is not defined.
    reasons
        Why, for every feature that is NaN.
    findings
        What was repaired, clipped or doubtful.
    diagnostics
        Facts about image and region, under PyRadiomics' ``diagnostics_`` names or IBSI's tags;
        empty when ``additionalInfo`` is off.
    """

    values: Mapping[str, float]
    reasons: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    diagnostics: Mapping[str, object] = field(default_factory=dict)
