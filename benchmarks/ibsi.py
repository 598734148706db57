"""Count which of IBSI's published reference values and response maps are met.

    python benchmarks/ibsi.py --data RESEARCH_DATA

RESEARCH_DATA holds IBSI's phantoms, its tables of consensus values and its reference response maps
under ``ibsi/``. What is compared, and how, is what the tests compare.
"""

from __future__ import annotations

import argparse
import csv
import runpy
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np

from tumorcast.imaging import read_volume
from tumorcast.radiomics import extract_with_reasons

TESTS = Path(__file__).resolve().parents[1] / "tests"
SECOND = TESTS / "oracles" / "ibsi_2" / "reference_values.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    root = parser.parse_args().data / "ibsi"
    total = np.zeros(2, np.int64)
    for name, met, exist in [*first(root), *second(root), *maps(root)]:
        print(f"{name:50s} {met:5d} of {exist}", flush=True)
        total += (met, exist)
    print(f"{'all':50s} {total[0]:5d} of {total[1]}")


def first(root: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the configurations of the first chapter with values met and existing."""
    for letter in ("digital", *"abcde"):
        table = "dig_phantom" if letter == "digital" else f"chest_config_{letter}"
        phantom = "digital" if letter == "digital" else "ct_radiomics"
        found = measured(root / f"ibsi_1_{phantom}_phantom" / "nifti", f"ibsi-1-{letter}")
        path = root / "ibsi_1_reference_values" / f"ibsi_1_{table}.csv"
        values = [row for row in rows(path) if row["reference value"]]
        met = sum(
            within(found["original_" + row["tag"]], row["reference value"], row["tolerance"])
            for row in values
        )
        yield f"first chapter, ibsi-1-{letter}", met, len(values)


def second(root: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the filters of the second chapter with values met and existing."""
    columns = runpy.run_path(str(TESTS / "radiomics" / "ibsi" / "test_presets.py"))["COLUMNS"]
    values = [row for row in rows(SECOND) if row["consensus_value"]]
    for letter in "ab":
        found = measured(root / "ibsi_1_ct_radiomics_phantom" / "nifti", f"ibsi-2-{letter}")
        for test, column in columns.items():
            if not test.endswith(letter.upper()):
                continue
            mine = [row for row in values if row["filter_id"] == test]
            met = sum(
                within(found[f"{column}_{r['feature_tag']}"], r["consensus_value"], r["tolerance"])
                for r in mine
            )
            yield f"second chapter, features {test} {column}"[:50], met, len(mine)


def maps(root: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the reference response maps by filter."""
    module = runpy.run_path(str(TESTS / "radiomics" / "ibsi" / "test_response_maps.py"))
    reference_of = module["references"](root.parent)
    counted: dict[str, list[bool]] = {}
    for test, (phantom, filter_) in module["TESTS"].items():
        folder = root / "ibsi_2_digital_phantom" / "nifti" / phantom / "image"
        volume = read_volume(folder / f"{phantom}.nii.gz")
        reference = reference_of(test)
        every = slice(None, None, reference.stride)
        image = np.asarray(volume.array, np.float64)
        found = filter_.respond(image, volume.geometry.spacing_mm)[every, every, every]
        worst = np.abs(found - reference.values).max()
        met = bool(worst <= module["TOLERANCE"] * reference.range)
        counted.setdefault(type(filter_).__name__, []).append(met)
    for kind, met in counted.items():
        yield f"second chapter, response maps, {kind}", sum(met), len(met)


def measured(nifti: Path, preset: str) -> Mapping[str, float]:
    """Return features and diagnostics, all with the prefix of the image itself or of a filter."""
    found = extract_with_reasons(
        nifti / "image" / "phantom.nii.gz", nifti / "mask" / "mask.nii.gz", preset=preset
    )
    steps = {f"original_{tag}": float(str(x)) for tag, x in found.diagnostics.items()}
    return {**steps, **found.values}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def within(found: float, value: str, tolerance: str) -> bool:
    """Tell whether a value, at the digits that the table gives, is within the tolerance."""
    digits = max(3, len(Decimal(value).normalize().as_tuple().digits))
    reach = float(tolerance) * (1 + 1e-9) + 1e-12
    return abs(float(f"{found:.{digits}g}") - float(value)) <= reach


if __name__ == "__main__":
    main()
