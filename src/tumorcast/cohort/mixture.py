"""A cohort that was not scanned in one way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tumorcast.cohort.facts import ImageFacts
from tumorcast.errors import Finding

MIXED_SPACING = 1.5
"""Texture features measured at spacings that differ by more than this factor do not compare."""
_SHOWN = 4


def mixed_acquisitions(
    images: Mapping[str, Sequence[ImageFacts]], centres: Iterable[str]
) -> Iterator[Finding]:
    """Warn of what differs between hospitals and so may be learned in place of the disease.

    ``COH-01`` distances between slices that differ by more than a factor of 1.5; ``COH-02`` several
    scanners, kernels, or images with and without contrast. One finding for each image.

    Parameters
    ----------
    images
        Facts by case id.
    centres
        Of the cases; all empty when the study does not say.
    """
    fix = "resample (the presets do), and compare the performance by thickness and centre"
    if len({centre for centre in centres if centre}) == 0:
        fix += "; name the centre or the scanner of each case under cohort.centre"
    by_name: dict[str, list[ImageFacts]] = {}
    for facts in images.values():
        for image in facts:
            by_name.setdefault(image.image, []).append(image)
    for name, found in by_name.items():
        steps = [round(image.spacing_mm[0], 2) for image in found]
        if max(steps) > MIXED_SPACING * min(steps):
            text = f"slices {min(steps):g} to {max(steps):g} mm apart: {_counted(steps, ' mm')}"
            expected = "slices equally far apart in every case"
            yield _warning("COH-01", f"image '{name}': {text}", expected, fix)
        kinds = [
            text
            for what in ("scanner", "kernel", "contrast")
            for text in _kinds(what, [getattr(image, what) for image in found])
        ]
        if kinds:
            yield _warning("COH-02", f"image '{name}': {'; '.join(kinds)}", "one protocol", fix)


def _kinds(what: str, values: Sequence[str]) -> Iterator[str]:
    said = [value for value in values if value]
    if len(set(said)) > 1:
        count = f"{len(set(said))} {what}s" if what != "contrast" else "contrast differs"
        yield f"{count}: {_counted(said, '')}"


def _counted(values: Sequence[object], unit: str) -> str:
    counts = Counter(values).most_common()
    shown = ", ".join(f"{value}{unit} in {count} cases" for value, count in counts[:_SHOWN])
    rest = sum(count for _, count in counts[_SHOWN:])
    return shown + (f", others in {rest}" if rest else "")


def _warning(code: str, found: str, expected: str, fix: str) -> Finding:
    return Finding(code, "warning", found, expected, fix)
