"""Time the 1562 features against PyRadiomics, in one run, one core each.

    python benchmarks/radiomics.py --peer PYTHON_OF_PYRADIOMICS --data RESEARCH_DATA

The peer runs in an environment of its own (pyradiomics-bhklab 3.1.4), as one process on one core,
which is its fairest form: a second SimpleITK thread makes it slower. Both read the same files and
take turns, each in a process of its own. Times are CPU seconds, so that a busy machine disturbs
little; a ratio is the median over the turns. Ours is the second extraction of its process; what
the first costs more is printed apart. Peak memory is that of the process, libraries included;
behind it what of it is no page of a library's file, which is what a second process costs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from radiomics_parts import cases, floor

PARTS = Path(__file__).parent / "radiomics_parts"
SECTIONS = ("sizes", "stages", "linear", "metal", "full", "first")
SIZES = ("small", "medium", "large", "huge")
LONG = {"huge"}
"""Sizes at which the peer takes minutes: one turn."""
BALLS = (2_000, 8_000, 32_000, 128_000, 512_000)
ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}
FIRST_CALL = """
import sys
from tumorcast.radiomics import extract
extract(sys.argv[1], sys.argv[2], preset="hnscc-1562")
"""


class Bench:
    """The two sides, with the files that they share."""

    def __init__(self, peer: str, data: Path, folder: Path, turns: int) -> None:
        self.peer, self.data, self.folder, self.turns = peer, data, folder, turns
        self.params = self.written(own=False)

    def written(self, *, own: bool) -> str:
        """Return the path of the preset's parameter file, with or without our own settings."""
        from tumorcast.radiomics import PRESETS  # noqa: PLC0415

        content = PRESETS["hnscc-1562"].as_dict()
        content["setting"]["additionalInfo"] = False
        for name in () if own else ("intensityRange", "minimumTextureVoxels"):
            del content["setting"][name]
        path = self.folder / f"params-{own}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def ours(self, case: cases.Written, n_regions: int, runs: int = 2) -> dict:
        """Return what our process prints."""
        return child(sys.executable, "child_ours.py", case, n_regions, self.params, runs)

    def theirs(self, case: cases.Written, n_regions: int) -> dict:
        """Return what the peer's process prints."""
        return child(self.peer, "child_peer.py", case, n_regions, self.params, 1)


def child(python: str, name: str, case: cases.Written, n: int, params: str, runs: int) -> dict:
    """Return what the program prints, run alone on one core."""
    masks = ",".join(case.masks[:n])
    command = [python, "-W", "ignore", str(PARTS / name), case.image, masks, params, str(runs)]
    done = subprocess.run(
        command, env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def agreement(ours: dict, peer: dict) -> str:
    """Return how many features of the tumour agree to 1e-6 relative."""
    pairs = [(ours["values"][0].get(name), value) for name, value in peer["values"][0].items()]
    close = sum(a is not None and abs(a - b) <= 1e-6 * abs(b) for a, b in pairs)
    return f"{close}/{len(pairs)}"


def sizes(bench: Bench, wanted: list[str]) -> None:
    """Print one line a tumour, alone and with four shells."""
    layout = "{:8} {:>8} {:>8} {:>9} {:>9} {:>7} {:>14} {:>14} {:>10}"
    bench.ours(cases.sized_case("small", bench.data, bench.folder), 1)  # compiles the kernels
    print(layout.format("tumour", "voxels", "regions", "peer s", "ours s", "times",
                        "peer MB (own)", "ours MB (own)", "agree"))  # fmt: skip
    for size in wanted:
        case = cases.sized_case(size, bench.data, bench.folder)
        for n in (1, 5):
            turns = [
                (bench.ours(case, n), bench.theirs(case, n))
                for _ in range(1 if size in LONG else bench.turns)
            ]
            ours, peer = turns[0]
            ratio = statistics.median(p["seconds"][0] / o["seconds"][-1] for o, p in turns)
            seconds = [statistics.median(t[k]["seconds"][-1] for t in turns) for k in (1, 0)]
            print(layout.format(
                size, round(ours["values"][0]["original_shape_VoxelVolume"]), n,
                *(f"{each:.2f}" for each in seconds), f"{ratio:.1f}x",
                *(f"{each['peak_mb']:.0f} ({each['own_mb']:.0f})" for each in (peer, ours)),
                agreement(ours, peer),
            ), flush=True)  # fmt: skip


def stages(bench: Bench) -> None:
    """Print where our time goes, and the floor of each stage."""
    rate = floor.rates()
    print("one core: " + ", ".join(f"{value / 1e9:.2f} G {name}/s" for name, value in rate.items()))
    for size, n in (("large", 1), ("large", 5)):
        case = cases.sized_case(size, bench.data, bench.folder)
        found = child(sys.executable, "child_stages.py", case, n, bench.params, 4)
        least = floor.floor_seconds(found["sizes"], rate)
        total = found["stages"].pop("total")
        print(f"{size} tumour, {n} region(s): {1000 * total:.0f} ms, "
              f"floor {1000 * sum(least.values()):.0f} ms")  # fmt: skip
        for stage, seconds in sorted(found["stages"].items(), key=lambda item: -item[1]):
            bound = f"{1000 * least[stage]:8.1f}" if stage in least else " " * 8
            print(f"  {stage:28} {1000 * seconds:8.1f} ms {100 * seconds / total:5.0f}%  {bound}")


def linear(bench: Bench) -> None:
    """Print what a voxel costs in balls of different sizes."""
    for n_voxels in BALLS:
        found = bench.ours(cases.ball_case(n_voxels, bench.folder), 1, 3)
        seconds = min(found["seconds"][1:])
        print(f"ball of {n_voxels:7} voxels: {seconds:6.2f} s, "
              f"{1e6 * seconds / n_voxels:6.2f} us a voxel", flush=True)  # fmt: skip


def compared(bench: Bench, what: str, changed: cases.Written, params: str) -> None:
    """Print what our extraction of the large tumour costs as it is and as it was changed."""
    plain = cases.sized_case("large", bench.data, bench.folder)
    both = [(case, params) for case in (plain, changed)]
    turns = [
        [child(sys.executable, "child_ours.py", case, 1, given, 4) for case, given in both]
        for _ in range(bench.turns)
    ]
    seconds = [[min(each["seconds"][1:]) for each in turn] for turn in turns]
    ratio = statistics.median(after / before for before, after in seconds)
    memory = " -> ".join(f"{each['peak_mb']:.0f} MB" for each in turns[0])
    print(f"{what}: {ratio:.2f} times the time ({min(seconds)[0]:.2f} s), {memory}", flush=True)


def metal(bench: Bench) -> None:
    """Print what metal in the tumour costs, clipped to the range of the preset and not."""
    one, implant = (cases.metal_case(n, bench.data, bench.folder) for n in (1, 100))
    compared(bench, "one voxel of 1e5 HU, clipped to [-1024, 3071]", one, bench.written(own=True))
    compared(bench, "one voxel of 1e5 HU, not clipped", one, bench.params)
    compared(bench, "100 voxels of 1e4 to 1e5 HU, not clipped", implant, bench.params)


def full_size(bench: Bench) -> None:
    """Print what the tumour costs in a CT of full size, and what the peer takes there."""
    full = cases.full_size_case("large", bench.data, bench.folder)
    compared(bench, "in a CT of 512 x 512 x 150", full, bench.params)
    ours, peer = bench.ours(full, 1), bench.theirs(full, 1)
    print(f"  the peer: {peer['seconds'][0]:.1f} s and {peer['peak_mb']:.0f} MB, "
          f"agree {agreement(ours, peer)}", flush=True)  # fmt: skip


def first_call(bench: Bench) -> None:
    """Print what the first extraction of a fresh process takes, imports and reading included."""
    case = cases.sized_case("small", bench.data, bench.folder)
    command = [sys.executable, "-W", "ignore", "-c", FIRST_CALL, case.image, case.masks[0]]
    for what, cache in (("kernels compiled before", {}),
                        ("the first ever, kernels compiled now",
                         {"NUMBA_CACHE_DIR": str(bench.folder / "kernels")})):  # fmt: skip
        wall, cpu = [], []
        for _ in range(1 if cache else 5):
            start, before = time.perf_counter(), children_cpu()
            subprocess.run(command, env={**os.environ, **ONE_CORE, **cache}, check=True)
            wall.append(time.perf_counter() - start)
            cpu.append(children_cpu() - before)
        print(f"first call of a process, {what}: {statistics.median(cpu):.1f} s of CPU, "
              f"{min(wall):.1f} s by the clock", flush=True)  # fmt: skip


def children_cpu() -> float:
    """Return the CPU seconds of the child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Run the sections that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", default=os.environ.get("PYRADIOMICS_PYTHON"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sections", nargs="+", default=list(SECTIONS), choices=SECTIONS)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=SIZES)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    if not arguments.peer:
        parser.error("name the interpreter that has PyRadiomics: --peer, or PYRADIOMICS_PYTHON")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.peer, arguments.data, Path(folder), arguments.turns)
        run = {
            "sizes": lambda: sizes(bench, arguments.sizes),
            "stages": lambda: stages(bench),
            "linear": lambda: linear(bench),
            "metal": lambda: metal(bench),
            "full": lambda: full_size(bench),
            "first": lambda: first_call(bench),
        }
        for section in arguments.sections:
            print(f"\n{section}")
            run[section]()


if __name__ == "__main__":
    main()
