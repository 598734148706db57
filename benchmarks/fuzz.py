"""Mutate files of every kind that is read, and demand that each is read or refused by name.

    python benchmarks/fuzz.py --inputs 200000 --seed 1 --keep found/

Seeds of each format are mutated (bits, bytes, numbers, cuts, pieces moved, doubled or taken from
another seed) and read through the public functions. Reported, and kept for a look: any exception
but `BadInputError` and `StudyRefusedError`, a reader that crashed or computed without end, and a
reading process that ever held more than 1 GB.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tests.bad_inputs.conftest import write_series, write_study
from tests.imaging.dicom.conftest import Edit

from tumorcast import study
from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.tables import read_table
from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.imaging import (
    Geometry,
    Mask,
    Volume,
    read_mask,
    read_volume,
    write_mask,
    write_volume,
)
from tumorcast.imaging.dicom import write_rtstruct, write_seg
from tumorcast.imaging.guard import decorator

MOST_SECONDS = 10.0
MOST_KILOBYTES = 1_000_000
NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


@dataclass(frozen=True)
class Target:
    """A file that is mutated where it lies, and how it is read."""

    name: str
    path: Path
    seed: bytes
    read: Callable[[Path], object]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        targets = targets_in(Path(folder))
        faults = run(targets, options.inputs, options.seed, options.keep)
    print(f"{sum(faults.values())} faults in {options.inputs:,} inputs: {dict(faults)}")
    return int(bool(faults))


def run(targets: list[Target], count: int, seed: int, keep: Path) -> Counter[str]:
    ends: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    others = [target.seed for target in targets]
    for number in range(count):
        target = targets[number % len(targets)]
        draw = random.Random(f"{seed} {number}")
        content = mutated(target.seed, draw, others)
        target.path.write_bytes(content)
        end, fault = outcome(target)
        ends[f"{target.name}: {end}"] += 1
        if fault:
            faults[f"{target.name}: {fault}"] += 1
            keep.mkdir(parents=True, exist_ok=True)
            name = f"{target.name}-{seed}-{number}{''.join(target.path.suffixes)}"
            (keep / name).write_bytes(content)
            print(f"{name}: {fault}", flush=True)
        target.path.write_bytes(target.seed)
        if (number + 1) % 10_000 == 0:
            print(f"{number + 1:,} inputs, {sum(faults.values())} faults", flush=True)
    for end, total in sorted(ends.items()):
        print(f"{total:8,} {end}")
    return faults


def outcome(target: Target) -> tuple[str, str]:
    """Read one file; return how it ended, and what is wrong with that."""
    started = time.process_time()
    end, fault = "read", ""
    try:
        target.read(target.path)
    except BadInputError as error:
        end = error.finding.code
        fault = f"{end}: {error.finding.found}" if end in {"LIM-02", "LIM-03"} else ""
        if not error.finding.fix or not error.finding.file:
            fault = fault or f"{end} without file or fix"
    except StudyRefusedError as error:
        end = error.findings[0].code
    except Exception as error:
        end, fault = type(error).__name__, f"{type(error).__name__}: {error}"[:200]
    if time.process_time() - started > MOST_SECONDS:
        fault = fault or "more than 10 s"
    return end, fault or too_large()


def too_large() -> str:
    """Return a complaint if the reading process ever held too much; a new one follows it."""
    child = getattr(decorator._LOCAL, "child", None)
    try:
        status = Path(f"/proc/{child.process.pid}/status").read_text() if child else ""
    except OSError:
        return ""
    peaks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    if peaks and peaks[0] > MOST_KILOBYTES:
        child.stop()
        return f"{peaks[0]:,} kB of memory"
    return ""


def mutated(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    data = bytearray(content)
    for _ in range(draw.choice([1, 1, 1, 2, 3, 8])):
        at = (
            draw.randrange(len(data) + 1)
            if draw.random() < 0.5
            else draw.randrange(min(len(data), 1500) + 1)
        )
        kind = draw.randrange(8)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            size = draw.choice([1, 2, 4])
            value = draw.choice(NUMBERS) & (256**size - 1)
            data[at : at + size] = value.to_bytes(size, draw.choice(["little", "big"]))
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + draw.randrange(1, 64)]
        elif kind == 4:
            data[at:at] = draw.randbytes(draw.randrange(1, 32))
        elif kind == 5:
            piece = data[at : at + draw.randrange(1, 256)]
            data[at:at] = piece * draw.choice([1, 2, 50])
        elif kind == 6:
            other = draw.choice(others)
            begin = draw.randrange(len(other))
            data[at : at + 64] = other[begin : begin + draw.randrange(1, 128)]
        else:
            data[at : at + 16] = draw.randbytes(min(16, len(data) - at))
    return bytes(data)


def targets_in(root: Path) -> list[Target]:
    """Write a sound file of each kind, in a cohort of its own where it needs one."""
    ct, pet = root / "ct", root / "pet"
    write_series(ct, 0, "CT")
    write_series(pet, 1, "PT")
    for folder in (ct, pet):
        for path in sorted(folder.iterdir())[3:]:
            path.unlink()
    volume = read_volume(ct)
    array = np.zeros(volume.geometry.shape, dtype=bool)
    array[:, 5:15, 6:18] = True
    array[1, 8:11, 9:12] = False
    mask = Mask(array, volume.geometry, "GTV")
    write_rtstruct(mask, root / "rs.dcm", ct)
    write_seg(mask, root / "seg.dcm", ct)
    grid = Geometry.of_spacing(mask.geometry.shape, (3.0, 0.8, 0.6))
    small = Volume(volume.array, grid)
    targets = [
        ("ct", ct / "01.dcm", lambda path: read_volume(path.parent)),
        ("pet", pet / "01.dcm", lambda path: read_volume(path.parent)),
        ("rtstruct", root / "rs.dcm", lambda path: read_mask(path, geometry=mask.geometry)),
        ("seg", root / "seg.dcm", lambda path: read_mask(path, geometry=mask.geometry)),
    ]
    for syntax in ("RLELossless", "JPEGLSLossless"):
        folder = root / syntax
        shutil.copytree(ct, folder)
        compress(folder / "01.dcm", syntax)
        targets.append((syntax, folder / "01.dcm", lambda path: read_volume(path.parent)))
    for ending in ("nii", "nii.gz", "nrrd", "mha"):
        write_volume(small, root / f"image.{ending}")
        targets.append((ending, root / f"image.{ending}", read_volume))
    write_mask(replace(mask, geometry=grid), root / "mask.nii")
    targets.append(("mask.nii", root / "mask.nii", read_mask))
    write_study(root, "images/{id}.nii.gz", "HU")
    write_workbook(root / "clinical.xlsx")
    targets += [
        (name, root / name, lambda path: read_table(TableSource(path=path.name), root))
        for name in ("clinical.csv", "clinical.xlsx")
    ]
    targets.append(("study.yaml", root / "study.yaml", study.load))
    return [Target(name, path, path.read_bytes(), read) for name, path, read in targets]


def compress(path: Path, syntax: str) -> None:
    from pydicom import uid  # noqa: PLC0415

    with Edit(path) as data:
        data.compress(getattr(uid, syntax), generate_instance_uid=False)


def write_workbook(path: Path) -> None:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook()
    book.active.append(["id", "age", "relapse"])
    for number in range(6):
        book.active.append([f"C{number:02d}", 50 + number, number % 2])
    book.save(path)


if __name__ == "__main__":
    raise SystemExit(main())
