"""The page on networks says what the registries hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tumorcast.encoders import ENCODERS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
ROWS = {
    match[1]: (float(match[2]), int(match[3]), int(match[4]))
    for match in re.finditer(r"^\| `(\w+)` \| ([\d.]+) M \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
}


def test_every_encoder_has_a_row() -> None:
    assert set(ROWS) == set(ENCODERS)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_row_is_true(name: str) -> None:
    millions, n_features, multiple = ROWS[name]
    encoder = ENCODERS[name]
    assert (encoder.n_features, encoder.size_multiple) == (n_features, multiple)
    count = sum(p.numel() for p in encoder.build(2, 32).parameters()) / 1e6
    assert millions == pytest.approx(count, rel=0.01)
