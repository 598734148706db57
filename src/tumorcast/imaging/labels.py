"""Which voxels of a label image are the region."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding, first_of
from tumorcast.imaging.guard import empty

_LABELS_SHOWN = 12


def foreground(
    array: NDArray[Any],
    *,
    label: int | None = None,
    threshold: float | None = None,
    findings: list[Finding] | None = None,
    file: str = "",
) -> NDArray[np.bool_]:
    """Return the voxels of the region, in the shape of `array`.

    Parameters
    ----------
    array
        Labels with background 0, or probabilities.
    label
        The label to take. ``None`` takes the only label there is; a single label other than 1
        (such as 255) is taken and reported.
    threshold
        For probabilities: voxels at or above it are the region. It is never guessed.
    findings
        Receives what was repaired.
    file
        Named in the errors.

    Raises
    ------
    BadInputError
        ``MSK-02`` nothing is labelled; ``MSK-04`` the values are not whole numbers and no
        threshold was given; ``MSK-05`` there are several labels and none was chosen; ``MSK-06``
        the label asked for is absent, or a label and a threshold were both given.
    """
    if threshold is not None:
        return _above(array, threshold, label, file)
    labels = _labels_of(array, file)
    if not labels:
        raise _empty("a mask without a single labelled voxel", file)
    if label is None and len(labels) > 1:
        raise BadInputError(
            "MSK-05",
            f"{len(labels)} labels: {first_of(labels, _LABELS_SHOWN)}",
            expected="one label, or a choice among them",
            fix=f"say which label is the tumour, such as label: {labels[0]}",
            file=file,
            consequence="ask",
        )
    if label is not None and label not in labels:
        raise BadInputError(
            "MSK-06",
            f"no voxel with label {label}; the labels are {first_of(labels, _LABELS_SHOWN)}",
            expected=f"label {label}",
            fix=f"say which label is the tumour, such as label: {labels[0]}",
            file=file,
        )
    if label is None and labels[0] != 1 and findings is not None:
        findings.append(
            Finding(
                "MSK-07",
                "repaired",
                f"the only label is {labels[0]}",
                "1",
                f"nothing to do: label {labels[0]} was taken as the tumour",
                file=file,
            )
        )
    return _where(array, labels[0] if label is None else label)


def all_labels(array: NDArray[Any], *, file: str = "") -> dict[int, NDArray[np.bool_]]:
    """Return the voxels of every label above 0, by label, each in the shape of `array`.

    Raises
    ------
    BadInputError
        ``MSK-02`` nothing is labelled; ``MSK-04`` the values are not whole numbers.
    """
    labels = _labels_of(array, file)
    if not labels:
        raise _empty("a mask without a single labelled voxel", file)
    return {label: _where(array, label) for label in labels}


def _where(array: NDArray[Any], label: int) -> NDArray[np.bool_]:
    inside = empty(array.shape, np.bool_)
    np.equal(array, label, out=inside)
    return inside


def _above(
    array: NDArray[Any], threshold: float, label: int | None, file: str
) -> NDArray[np.bool_]:
    if label is not None:
        raise BadInputError(
            "MSK-06",
            f"both label {label} and threshold {threshold:g}",
            expected="a label for labels, a threshold for probabilities",
            fix="give one of the two",
            file=file,
        )
    inside = np.asarray(array >= threshold)
    if not inside.any():
        raise _empty(f"no voxel at or above the threshold {threshold:g}", file)
    return inside


def _labels_of(array: NDArray[Any], file: str) -> list[int]:
    nonzero = array[array != 0]
    if array.dtype.kind == "f" and not np.array_equal(nonzero, np.rint(nonzero)):
        low, high = np.nanmin(array), np.nanmax(array)
        raise BadInputError(
            "MSK-04",
            f"values from {low:g} to {high:g} that are not whole numbers",
            expected="labels, or probabilities with a threshold",
            fix="give the threshold at which a voxel is tumour, such as threshold: 0.5",
            file=file,
            consequence="ask",
        )
    return [int(value) for value in np.unique(nonzero)]


def _empty(found: str, file: str) -> BadInputError:
    return BadInputError(
        "MSK-02",
        found,
        expected="at least one voxel of tumour",
        fix="draw the tumour, or leave this image out for this case",
        file=file,
    )
