"""IBSI's consensus values through the doors that users take: presets, files, command line."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tumorcast.radiomics import PRESETS, Settings, extract, extract_with_reasons
from tumorcast.radiomics.ibsi import Config

REFERENCE = Path(__file__).parents[2] / "oracles" / "ibsi_2" / "reference_values.csv"
COLUMNS = {
    "1.A": "original", "1.B": "original",
    "2.A": "mean-2D-5", "2.B": "mean-3D-5",
    "3.A": "log-2D-1-5mm", "3.B": "log-3D-1-5mm",
    "4.A": "laws-L5E5-max-energy-7", "4.B": "laws-L5E5E5-max-energy-7",
    "5.A": "gabor-2D-5mm-2mm-1-5-0deg-step-22-5deg-average",
    "5.B": "gabor-3D-5mm-2mm-1-5-0deg-step-22-5deg-average",
    "6.A": "wavelet-db3-LH-1-average", "6.B": "wavelet-db3-LLH-1-average",
    "7.A": "wavelet-db3-HH-2-average", "7.B": "wavelet-db3-HHH-2-average",
    "8.A": "simoncelli-2D-1", "8.B": "simoncelli-3D-1",
    "9.A": "simoncelli-2D-2", "9.B": "simoncelli-3D-2",
}  # fmt: skip
"""Image type of each configuration of the second chapter."""


def within(found: float, value: float, tolerance: float, digits: int = 3) -> bool:
    """Tell whether a value, at the digits that the tables give, is within the tolerance."""
    return abs(float(f"{found:.{digits}g}") - value) <= tolerance * (1 + 1e-9) + 1e-12


@pytest.fixture
def chest(real_data: Path) -> tuple[Path, Path]:
    """Return image and mask of the CT phantom."""
    nifti = real_data / "ibsi" / "ibsi_1_ct_radiomics_phantom" / "nifti"
    return nifti / "image" / "phantom.nii.gz", nifti / "mask" / "mask.nii.gz"


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize(("preset", "count"), [("ibsi-2-a", 162), ("ibsi-2-b", 161)])
def test_every_consensus_value_of_the_filters_is_met(
    preset: str, count: int, chest: tuple[Path, Path]
) -> None:
    found = extract(*chest, preset=preset)
    missed, reached = [], 0
    with REFERENCE.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["consensus_value"] and row["filter_id"].endswith(preset[-1].upper()):
                column = f"{COLUMNS[row['filter_id']]}_{row['feature_tag']}"
                value, tolerance = float(row["consensus_value"]), float(row["tolerance"])
                if within(found[column], value, tolerance):
                    reached += 1
                else:
                    missed.append(f"{column}: {found[column]:.6g}, not {value} +- {tolerance}")
    total = reached + len(missed)
    print(f"{preset}: {reached} of {total} consensus values met", *missed, sep="\n")
    assert missed == []
    assert reached == count


@pytest.mark.real_data
def test_the_command_line_gives_the_consensus_values(
    benchmark_of: Callable[[str], Any], tmp_path: Path
) -> None:
    case = benchmark_of("chest_config_c")
    table = tmp_path / "features.csv"
    command = [sys.executable, "-c", "from tumorcast.cli import main; main()", "extract"]
    subprocess.run(
        [*command, str(case.image), str(case.mask), "--preset", "ibsi-1-c", "-o", str(table)],
        check=True,
        capture_output=True,
    )
    with table.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert len(case.values) == 270
    every = {name.removeprefix("original_"): cell for name, cell in row.items()}
    for value in case.values:
        assert within(float(every[value.tag]), value.value, value.tolerance, value.digits), (
            value.tag
        )


@pytest.mark.real_data
@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_a_parameter_file_gives_the_consensus_values(
    suffix: str, benchmark_of: Callable[[str], Any], tmp_path: Path
) -> None:
    case = benchmark_of("dig_phantom")
    params = tmp_path / f"params{suffix}"
    content = {"standard": "ibsi", "setting": {"dimensions": ["2D", "3D"]}}
    params.write_text(json.dumps(content))
    found = extract_with_reasons(case.image, case.mask, params=params)
    every = {tag.removeprefix("original_"): x for tag, x in found.values.items()}
    every |= {tag: float(str(x)) for tag, x in found.diagnostics.items()}
    for value in case.values:
        assert within(every[value.tag], value.value, value.tolerance, value.digits)
    assert {tag for tag, x in found.values.items() if math.isnan(x)} == set(found.reasons)


def test_the_presets_are_the_configurations_that_have_consensus_values(
    configs: Mapping[str, Config],
) -> None:
    for name, config in configs.items():
        letter = name.removeprefix("chest_config_")
        preset = PRESETS["ibsi-1-digital" if name == "dig_phantom" else f"ibsi-1-{letter}"]
        assert preset.ibsi == config
        assert preset.standard == "ibsi"


@pytest.mark.parametrize("name", [name for name, s in PRESETS.items() if s.ibsi is not None])
def test_presets_come_back_from_their_own_file(name: str) -> None:
    content = json.loads(json.dumps(PRESETS[name].as_dict()))
    assert Settings.from_dict(content) == PRESETS[name]
