"""Whether a new patient is a training case: recognised by scans, without any id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

_DIGITS = 6


def fingerprint(image: Mapping[str, Any]) -> str | None:
    """Return what tells an image and the tumour drawn on it from any other; no voxel is in it.

    Parameters
    ----------
    image
        `ImageFacts` as plain JSON. Without a tumour there is no fingerprint.
    """
    if not image["quantiles"]:
        return None
    numbers = [image["volume_cc"], *image["quantiles"], *image["spacing_mm"]]
    text = " ".join(f"{number:.{_DIGITS}g}" for number in numbers)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def fingerprints(images: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the fingerprints of some images."""
    return frozenset(found for image in images if (found := fingerprint(image)) is not None)
