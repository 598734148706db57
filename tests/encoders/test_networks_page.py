"""The page on networks says what the registries hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tumorcast.encoders import ENCODERS, PUBLISHED

OWN = [name for name in ENCODERS if name not in PUBLISHED]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
ROWS = {
    match[1]: (float(match[2]), int(match[3]), int(match[4]))
    for match in re.finditer(r"^\| `(\w+)` \| ([\d.]+) M \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
}


def test_every_encoder_has_a_row() -> None:
    assert set(ROWS) == set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_the_row_is_true(name: str) -> None:
    millions, n_features, multiple = ROWS[name]
    encoder = ENCODERS[name]
    assert (encoder.n_features, encoder.size_multiple) == (n_features, multiple)
    count = sum(p.numel() for p in encoder.build(2, 32).parameters()) / 1e6
    assert millions == pytest.approx(count, rel=0.01)


def published_rows() -> dict[str, list[str]]:
    table = PAGE.split("## Published weights")[1].split("##")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in rows}


def test_every_published_encoder_has_its_row() -> None:
    rows = published_rows()
    assert set(rows) == set(PUBLISHED)
    for name, encoder in PUBLISHED.items():
        _, features, spacing, window, licence, _ = rows[name]
        about = encoder.publication
        assert int(features) == encoder.n_features
        assert spacing == ("open" if about.spacing_mm is None else f"{about.spacing_mm:g} mm")
        low, high = about.window or (0, 0)
        assert window == (f"{low:g} to {high:g} HU" if about.window else "open")
        assert licence == about.licence


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_encoder_has_as_many_parameters_as_its_row_says(name: str) -> None:
    millions = float(published_rows()[name][0].removesuffix(" M"))
    count = sum(p.numel() for p in PUBLISHED[name].build(1, 16).parameters()) / 1e6
    assert millions == pytest.approx(count, rel=0.01)
