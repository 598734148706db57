"""Millimetres to voxels, for filters that are round in space."""

from __future__ import annotations

from tumorcast.errors import BadInputError
from tumorcast.radiomics.ibsi.config import Dimension

_SAME = 1e-3


def equal_spacing_mm(
    spacing_mm: tuple[float, float, float], dimension: Dimension, name: str
) -> float:
    """Return the spacing that the axes of a filter have in common.

    Parameters
    ----------
    spacing_mm
        Along (z, y, x).
    dimension
        The filter works in the plane (y, x) or in space.
    name
        Of the filter, for the refusal.

    Raises
    ------
    BadInputError
        ``IBS-10`` when they differ.
    """
    axes = spacing_mm[1:] if dimension == "2D" else spacing_mm
    if max(axes) > min(axes) * (1 + _SAME):
        expected = "y and x" if dimension == "2D" else "all axes"
        raise BadInputError(
            "IBS-10",
            f"voxels of {' x '.join(f'{step:g}' for step in spacing_mm)} mm (z, y, x) for the "
            f"image type {name}",
            expected=f"one spacing along {expected}",
            fix="set spacing_mm, such as [1, 1, 1], or filter in the plane",
        )
    return axes[-1]
