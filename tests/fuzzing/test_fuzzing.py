"""Spoiled files of every kind are read or refused by name; a longer run is in the benchmarks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.fuzzing.conftest import Target, outcome, spoiled, targets_in

N_INPUTS = 25


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> list[Target]:
    return targets_in(tmp_path_factory.mktemp("sound"))


def test_every_sound_file_is_read(targets: list[Target]) -> None:
    assert {target.name: outcome(target) for target in targets} == {
        target.name: ("read", "") for target in targets
    }


@pytest.mark.filterwarnings("ignore")  # libraries may complain of what they are given
def test_spoiled_files_are_read_or_refused_by_name(targets: list[Target], tmp_path: Path) -> None:
    others = [target.seed for target in targets]
    faults = {}
    refused = 0
    for number in range(N_INPUTS * len(targets)):
        target = targets[number % len(targets)]
        content = spoiled(target, random.Random(f"suite {number}"), others)
        target.path.write_bytes(content)
        end, fault = outcome(target)
        target.path.write_bytes(target.seed)
        refused += end != "read"
        if fault:
            (tmp_path / f"{number}{target.path.suffix}").write_bytes(content)
            faults[f"{target.name} {number}"] = fault
    assert faults == {}
    assert refused > N_INPUTS * len(targets) / 2
