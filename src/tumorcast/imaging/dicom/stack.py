"""Slices in order along their normal, and whether they lie on a regular grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.header import Header

SAME_PLACE_MM = 0.01
_ROUNDING = 0.1
"""Positions written with few decimals deviate by up to a tenth of a step from even spacing."""
_LARGEST_JUMP = 2.0
_GAP = 1.5
_LARGEST_TILT_DEGREES = 30.0
_SMALLEST_TILT = 1e-3
_SAME_DIRECTION = 1e-4


@dataclass(frozen=True)
class Stack:
    """Slices with increasing position along the normal.

    Parameters
    ----------
    headers
        One a slice.
    depth_mm
        Position of each along the normal.
    offsets_mm
        Shift of each within its plane against the first, along (columns, rows); shape (slices, 2).
    """

    headers: tuple[Header, ...]
    depth_mm: NDArray[np.float64]
    offsets_mm: NDArray[np.float64]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the slices."""
        return normal_of(self.headers[0])

    @property
    def steps_mm(self) -> NDArray[np.float64]:
        """Distance of each slice to the next."""
        steps: NDArray[np.float64] = np.diff(self.depth_mm)
        return steps

    @property
    def spacing_mm(self) -> float:
        """The usual step: the median, of two candidates the smaller."""
        return float(np.sort(self.steps_mm)[(len(self.steps_mm) - 1) // 2])

    @property
    def is_even(self) -> bool:
        """Whether the slices lie evenly spaced, within the rounding of their positions."""
        n = len(self.depth_mm)
        grid = np.linspace(self.depth_mm[0], self.depth_mm[-1], n)
        return bool(np.abs(self.depth_mm - grid).max() <= _ROUNDING * self.spacing_mm)

    @property
    def tilt_degrees(self) -> float:
        """Angle between the line of first voxels and the normal."""
        height = float(self.depth_mm[-1] - self.depth_mm[0])
        return math.degrees(math.atan2(float(np.linalg.norm(self.offsets_mm[-1])), height))

    @property
    def is_tilted(self) -> bool:
        """Whether the slices are shifted within their planes by more than rounding."""
        return math.radians(self.tilt_degrees) > _SMALLEST_TILT


def stack_of(headers: Sequence[Header]) -> Stack:
    """Sort the slices of one series.

    Raises
    ------
    BadInputError
        ``DCM-10`` size, spacing or orientation change, or are absent.
    """
    _check_alike(headers)
    normal = normal_of(headers[0])
    positions = np.array([header.position for header in headers])
    depth = positions @ normal
    order = sorted(range(len(headers)), key=lambda i: (depth[i], headers[i].path))
    ordered = tuple(headers[i] for i in order)
    along = np.array(headers[0].orientation).reshape(2, 3)
    offsets = (positions[order] - positions[order[0]]) @ along.T
    return Stack(ordered, depth[order], offsets)


def check_stack(stack: Stack, max_gap_slices: int, findings: list[Finding] | None) -> None:
    """Judge the spacing and the tilt of a stack without duplicates.

    Raises
    ------
    BadInputError
        ``DCM-01`` slices are missing; ``DCM-02`` there is one slice only; ``DCM-03`` the spacing
        jumps by more than a factor of two; ``DCM-04`` the tilt exceeds 30 degrees; ``DCM-10`` the
        slices do not lie on a line.
    """
    if len(stack.headers) < 2:
        raise fault(
            "DCM-02",
            "a series with one slice",
            "at least two slices",
            "export the whole series",
            stack.headers[0].path,
        )
    _check_spacing(stack, max_gap_slices, findings)
    _check_tilt(stack, findings)


def normal_of(header: Header) -> NDArray[np.float64]:
    """Return the unit vector across a slice: along its rows times along its columns."""
    row, column = np.array(header.orientation).reshape(2, 3)
    normal: NDArray[np.float64] = np.cross(row, column)
    normal /= np.linalg.norm(normal)
    return normal


def _check_alike(headers: Sequence[Header]) -> None:
    first = headers[0]
    for header in headers:
        if not (header.position and header.spacing_mm and header.orientation):
            raise _differs(header, "no position, spacing or orientation", "all three in each slice")
        if (header.rows, header.columns) != (first.rows, first.columns):
            raise _differs(
                header,
                f"{header.rows} x {header.columns} voxels",
                f"{first.rows} x {first.columns}, as in {Path(first.path).name}",
            )
        if not np.allclose(header.spacing_mm, first.spacing_mm, rtol=1e-4):
            raise _differs(
                header,
                f"a pixel spacing of {header.spacing_mm} mm",
                f"{first.spacing_mm}, as in {Path(first.path).name}",
            )
        if not np.allclose(header.orientation, first.orientation, atol=_SAME_DIRECTION):
            raise _differs(
                header,
                f"orientation {header.orientation}",
                f"{first.orientation}, as in {Path(first.path).name}",
            )
    row, column = np.array(first.orientation).reshape(2, 3)
    if np.linalg.norm(np.cross(row, column)) < 0.5 or min(first.spacing_mm) <= 0:
        raise _differs(first, "an orientation or a spacing that spans no plane", "a plane")


def _differs(header: Header, found: str, expected: str) -> BadInputError:
    return fault(
        "DCM-10", found, expected, "separate the two acquisitions, or export again", header.path
    )


def _check_spacing(stack: Stack, max_gap_slices: int, findings: list[Finding] | None) -> None:
    steps, usual = stack.steps_mm, stack.spacing_mm
    if stack.is_even:
        return
    ratio = steps / usual
    whole = np.abs(ratio - np.rint(ratio)) <= 2 * _ROUNDING
    missing = int((np.rint(ratio) - 1).clip(0).sum())
    if whole.all() and missing:
        if missing > max_gap_slices:
            raise _gap(stack, int(np.argmax(steps)), missing)
        text = ", ".join(f"{stack.depth_mm[i]:.2f}" for i in np.flatnonzero(ratio > _GAP))
        found = f"{missing} missing slices after {text} mm"
    else:
        if ratio.max() > _LARGEST_JUMP or ratio.min() < 1 / _LARGEST_JUMP:
            at = int(np.argmax(np.abs(np.log(ratio))))
            raise _jump(stack, at)
        found = f"slices {steps.min():.3g} to {steps.max():.3g} mm apart"
    note(
        findings,
        Finding(
            "DCM-01" if missing and whole.all() else "DCM-03",
            "repaired",
            found,
            "evenly spaced slices",
            f"nothing to do: the image was interpolated from the true positions at {usual:.4g} mm",
            file=str(Path(stack.headers[0].path).parent),
        ),
    )


def _gap(stack: Stack, at: int, missing: int) -> BadInputError:
    one, two = stack.headers[at], stack.headers[at + 1]
    return fault(
        "DCM-01",
        f"gap between {Path(one.path).name} ({stack.depth_mm[at]:.2f} mm) and "
        f"{Path(two.path).name} ({stack.depth_mm[at + 1]:.2f} mm): {missing} slices missing",
        f"a slice each {stack.spacing_mm:.4g} mm",
        f"export the series again, or allow the gap: max_gap_slices: {missing}",
        one.path,
    )


def _jump(stack: Stack, at: int) -> BadInputError:
    one, two = stack.headers[at], stack.headers[at + 1]
    return fault(
        "DCM-03",
        f"{Path(one.path).name} and {Path(two.path).name} lie {stack.steps_mm[at]:.4g} mm apart "
        f"in a series of {stack.spacing_mm:.4g} mm",
        "spacing that changes by less than a factor of 2",
        "export the series again, or separate the two acquisitions",
        one.path,
    )


def _check_tilt(stack: Stack, findings: list[Finding] | None) -> None:
    height = stack.depth_mm[-1] - stack.depth_mm[0]
    line = np.outer((stack.depth_mm - stack.depth_mm[0]) / height, stack.offsets_mm[-1])
    off_line = float(np.abs(stack.offsets_mm - line).max())
    first = stack.headers[0]
    if off_line > 0.5 * min(first.spacing_mm):
        at = int(np.abs(stack.offsets_mm - line).max(axis=1).argmax())
        raise _differs(
            stack.headers[at], f"a slice shifted by {off_line:.3g} mm", "slices on a straight line"
        )
    if not stack.is_tilted:
        return
    angle = stack.tilt_degrees
    if angle > _LARGEST_TILT_DEGREES:
        raise fault(
            "DCM-04",
            f"slices tilted by {angle:.1f} degrees",
            f"a tilt of at most {_LARGEST_TILT_DEGREES:g} degrees",
            "reconstruct the series without gantry tilt",
            first.path,
        )
    note(
        findings,
        Finding(
            "DCM-04",
            "repaired",
            f"slices tilted by {angle:.2f} degrees",
            "slices stacked along their normal",
            "nothing to do: each slice was shifted to its place by linear interpolation",
            file=str(Path(first.path).parent),
        ),
    )
