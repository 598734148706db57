"""The same slice twice: dropped if it is the same, refused if not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.header import Header
from tumorcast.imaging.dicom.pixels import stored_values
from tumorcast.imaging.dicom.stack import SAME_PLACE_MM, Stack, stack_of


def without_duplicates(headers: Sequence[Header], findings: list[Finding] | None) -> Stack:
    """Sort the slices of a series and drop identical copies.

    Raises
    ------
    BadInputError
        ``DCM-06`` two files share a SOP Instance UID but not their pixels; ``DCM-05`` two
        different slices lie at one position; ``DCM-10`` as `stack_of`.
    """
    unique, dropped = _without_same_instance(headers)
    stack = stack_of(unique)
    keep, last = [0], 0
    for i in range(1, len(stack.headers)):
        if stack.depth_mm[i] - stack.depth_mm[last] > SAME_PLACE_MM:
            keep.append(i)
            last = i
        elif _same(stack.headers[last], stack.headers[i]):
            dropped += 1
        else:
            raise _two_slices(stack, last, i)
    if dropped:
        note(
            findings,
            Finding(
                "DCM-05",
                "repaired",
                f"{dropped} slices that are there twice, with identical voxels",
                "each slice once",
                "nothing to do: one of each was taken",
                file=str(Path(headers[0].path).parent),
            ),
        )
    return Stack(
        tuple(stack.headers[i] for i in keep), stack.depth_mm[keep], stack.offsets_mm[keep]
    )


def _without_same_instance(headers: Sequence[Header]) -> tuple[list[Header], int]:
    seen: dict[str, Header] = {}
    for header in headers:
        twin = seen.setdefault(header.sop_instance or header.path, header)
        if twin is not header and not (twin.position == header.position and _same(twin, header)):
            raise fault(
                "DCM-06",
                f"{Path(twin.path).name} and {Path(header.path).name} have the same SOP Instance "
                "UID but different voxels",
                "one file for each SOP Instance UID",
                "find out which of the two is right and remove the other",
                header.path,
            )
    return list(seen.values()), len(headers) - len(seen)


def _same(one: Header, two: Header) -> bool:
    scale = (one.slope, one.intercept) == (two.slope, two.intercept)
    return scale and bool(np.array_equal(stored_values(one), stored_values(two)))


def _two_slices(stack: Stack, i: int, j: int) -> Exception:
    one, two = stack.headers[i], stack.headers[j]
    return fault(
        "DCM-05",
        f"{Path(one.path).name} and {Path(two.path).name} both lie at {stack.depth_mm[i]:.2f} mm, "
        "with different voxels",
        "one slice at each position",
        "separate the two phases or reconstructions into two series",
        two.path,
    )
