"""What is said of an image beside its faults."""

from __future__ import annotations

import pytest

from tumorcast.cohort.facts import slices_first


@pytest.mark.parametrize(
    ("spacing_mm", "expected"),
    [
        ((3.0, 1.0, 1.0), (3.0, 1.0, 1.0)),
        ((3.27, 5.47, 5.47), (3.27, 5.47, 5.47)),
        ((0.8, 0.8, 5.0), (5.0, 0.8, 0.8)),
        ((0.8, 5.0, 0.8), (5.0, 0.8, 0.8)),
        ((2.0, 2.0, 2.0), (2.0, 2.0, 2.0)),
    ],
)
def test_slices_lie_across_the_two_axes_that_are_alike(
    spacing_mm: tuple[float, float, float], expected: tuple[float, float, float]
) -> None:
    assert slices_first(spacing_mm) == expected
