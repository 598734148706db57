"""Time the reading of DICOM against what a user would write with other libraries.

    PYTHONPATH=. python benchmarks/dicom.py --peers /path/of/their/environment/bin/python

The other environment holds pydicom, rt-utils, SimpleITK and dcmrtstruct2nii. Two jobs: list the
series of 10,000 files, and read a CT of 512 x 512 x 150 with a structure set to voxels and mask.
Each is done once to warm up, then in turn by everybody; printed are medians of the time that
passed and of what all processes computed, which on a busy machine is the fairer one, and the
medians of the ratios of runs that followed each other.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests.fuzzing.conftest import computing_seconds
from tests.imaging.dicom.conftest import image, save

from tumorcast.imaging import Mask, read_mask, read_volume
from tumorcast.imaging.dicom import write_rtstruct
from tumorcast.imaging.dicom.index import index_folder

PEERS = Path(__file__).with_name("dicom_peers.py")
Run = Callable[[Path], tuple[float, float, int]]
"""Returns the seconds that passed, those that were computed, and the result."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", required=True, help="Python of the other environment")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--slices", type=int, default=150)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        [options.peers, str(PEERS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as peers:  # fmt: skip
        root = Path(folder)
        many_files(root / "many", options.files)
        full_size(root / "full", options.slices)
        cache = root / "index.json"
        compare(
            f"{options.files:,} files",
            root / "many",
            {
                "tumorcast": ours(lambda path: len(index_folder(path).series())),
                f"tumorcast, {options.workers} workers": ours(
                    lambda path: len(index_folder(path, workers=options.workers).series())
                ),
                "tumorcast, second look": ours(
                    lambda path: len(index_folder(path, cache=cache).series())
                ),
                "pydicom": theirs(peers, "index_pydicom"),
                "SimpleITK": theirs(peers, "index_simpleitk"),
            },
            options.runs,
        )
        compare(
            f"512 x 512 x {options.slices} and a structure set",
            root / "full",
            {
                "tumorcast": ours(read),
                "pydicom + rt-utils": theirs(peers, "read_pydicom"),
                "SimpleITK + dcmrtstruct2nii": theirs(peers, "read_simpleitk"),
            },
            options.runs,
        )
        assert peers.stdin is not None
        peers.stdin.close()


def compare(title: str, folder: Path, contenders: dict[str, Run], runs: int) -> None:
    timed: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    results = {name: run(folder)[2] for name, run in contenders.items()}
    for _ in range(runs):
        for name, run in contenders.items():
            timed[name].append(run(folder)[:2])
    print(f"\n{title}, medians of {runs} runs, and how many times as fast tumorcast is")
    first = timed["tumorcast"]
    for name, times in timed.items():
        row = f"{name:32}"
        for kind, unit in enumerate(("s", "s of computing")):
            seconds = statistics.median(one[kind] for one in times)
            ratio = statistics.median(b[kind] / a[kind] for a, b in zip(first, times, strict=True))
            row += f" {seconds:8.3f} {unit} {ratio:6.2f}"
        print(f"{row}  result {results[name]:,}")


def ours(read_it: Callable[[Path], int]) -> Run:
    def run(folder: Path) -> tuple[float, float, int]:
        started, computed = time.perf_counter(), computing_seconds()
        result = read_it(folder)
        return time.perf_counter() - started, computing_seconds() - computed, result

    return run


def theirs(peers: subprocess.Popen[str], job: str) -> Run:
    def run(folder: Path) -> tuple[float, float, int]:
        assert peers.stdin is not None
        assert peers.stdout is not None
        peers.stdin.write(f"{job} {folder}\n")
        peers.stdin.flush()
        for line in peers.stdout:
            if line.startswith("RESULT "):
                _, seconds, computed, result = line.split()
                return float(seconds), float(computed), int(result)
        raise SystemExit(f"{job} failed in the other environment")

    return run


def read(folder: Path) -> int:
    volume = read_volume(folder / "ct")
    mask = read_mask(folder / "rs.dcm", "GTV", geometry=volume.geometry)
    return int(np.count_nonzero(mask.array))


def many_files(root: Path, count: int) -> None:
    """Write series of 100 files of one size, alike but for their numbers."""
    rng = np.random.default_rng(0)
    for start in range(0, count, 100):
        series = f"1.2.3.4{start:08d}"
        folder = root / f"patient-{start // 400}" / f"series-{start}"
        folder.mkdir(parents=True)
        voxels = rng.integers(0, 2000, (8, 8)).astype(np.int16)
        data = image(voxels, 99_999, "CT", (0.0, 0.0, 0.0), series)
        data.ImagePositionPatient = ["0", "0", "000123456"]
        data.PatientID = f"P{start // 400}"
        save(data, folder / "template")
        raw = (folder / "template").read_bytes()
        (folder / "template").unlink()
        for number in range(min(100, count - start)):
            numbered = raw.replace(b".100000", f".{100_001 + number}".encode())
            place = f"{3 * number:09d}".encode()
            (folder / f"{number:03d}.dcm").write_bytes(numbered.replace(b"000123456", place))


def full_size(root: Path, slices: int) -> None:
    """Write a CT with noise, and a tumour of five centimetres drawn on it."""
    (root / "ct").mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(slices):
        voxels = rng.normal(1064, 20, (512, 512)).astype(np.int16)
        data = image(voxels, number, "CT", (-200.0, -200.0, 2.0 * number), "1.2.3.5")
        data.SliceThickness = "2"
        save(data, root / "ct" / f"{number:03d}.dcm")
    geometry = read_volume(root / "ct").geometry
    z, y, x = np.indices(geometry.shape, sparse=True)
    inside = ((z - slices / 2) * 2.0) ** 2 + ((y - 250) * 0.8) ** 2 + ((x - 240) * 0.6) ** 2 < 625
    write_rtstruct(Mask(inside, geometry, "GTV"), root / "rs.dcm", root / "ct")


if __name__ == "__main__":
    main()
