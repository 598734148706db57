"""The contract of regions has been seen to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tumorcast.imaging import Mask, RegionMask, Volume, check_region


@dataclass(frozen=True)
class Broken:
    change: Callable[[Mask], RegionMask]
    name: str = "broken"

    def build(self, tumor: Mask, image: Volume) -> RegionMask:
        return self.change(tumor)


def empty(tumor: Mask) -> RegionMask:
    return RegionMask(replace(tumor, array=np.zeros_like(tumor.array)), 1.0)


def random(tumor: Mask) -> RegionMask:
    array = np.random.default_rng().random(tumor.array.shape) < 0.5
    return RegionMask(replace(tumor, array=array), 1.0)


@pytest.mark.parametrize(
    ("region", "complaint"),
    [
        (Broken(lambda tumor: RegionMask(tumor, 1.0), name="shell 5 mm"), "column"),
        (Broken(lambda tumor: RegionMask(tumor.flip(0), 1.0)), "grid"),
        (Broken(empty), "empty"),
        (Broken(random), "second time"),
        (Broken(lambda tumor: RegionMask(tumor, 1.1)), "keeps 1.1"),
    ],
)
def test_broken_regions_are_caught(region: Broken, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_region(region)
