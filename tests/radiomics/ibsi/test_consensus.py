"""IBSI's consensus values, all that exist, within the tolerances of the consensus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tumorcast.radiomics.ibsi import extract

COUNTS = {
    "dig_phantom": 482,
    "chest_config_a": 406,
    "chest_config_b": 406,
    "chest_config_c": 270,
    "chest_config_d": 270,
    "chest_config_e": 270,
}
"""Values with a consensus in each table."""


def met(found: Mapping[str, float], row: Any) -> bool:
    """Tell whether a value, at the digits that the tables give, is within the tolerance."""
    value = float(f"{found[row.tag]:.{row.digits}g}")
    # A tolerance of 0.1 on the difference of two decimal fractions must not fail on its last bit.
    return bool(abs(value - row.value) <= row.tolerance * (1 + 1e-9) + 1e-12)


@pytest.mark.real_data
@pytest.mark.parametrize("name", COUNTS)
def test_every_consensus_value_is_met(name: str, benchmark_of: Callable[[str], Any]) -> None:
    case = benchmark_of(name)
    found = extract(case.image, case.mask, case.config)
    missed = [
        f"{row.tag}: {found[row.tag]:.6g}, not {row.value} +- {row.tolerance}"
        for row in case.values
        if not met(found, row)
    ]
    reached = len(case.values) - len(missed)
    print(f"IBSI {name}: {reached} of {len(case.values)} consensus values met", *missed, sep="\n")
    assert missed == []
    assert reached == COUNTS[name]
