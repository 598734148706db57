"""Time training and prediction against a plain MONAI script, in one run.

    python benchmarks/train_epoch.py [--peer PYTHON_OF_MONAI] [--encoders cnn3d swin3d]

Both sides read the same files, come to the same crops (how far they differ is printed), train the
same network from the same weights with the same batches, shares of augmented crops, optimiser and
schedule, judge the same held-out cases after each epoch, and predict all cases. The peer is what
its tutorials teach: `CacheDataset` with everything cached, `DataLoader`, dictionary transforms.
Its augmentations interpolate one after the other, ours once. Each side is a process of its own;
they take turns, a ratio is the median over the turns, and the first epoch is not counted. On a CPU
one thread computes, ours with the allocator settings of tumorcast's workers, and what counts are
CPU seconds of the process and all below it, so that a busy machine disturbs little. The same is run
with those settings for the peer, and with its loading in processes of its own. On a GPU look at the
wall clock. `--peer` is an interpreter that has MONAI and tumorcast, by default this one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from training_parts.shared import HELD_OUT, write_cohort

PARTS = Path(__file__).parent / "training_parts"


def child(python: str, name: str, words: list[object], settings: Mapping[str, str]) -> dict:
    """Return what a program prints, run alone."""
    command = [python, "-W", "ignore", str(PARTS / name), *map(str, words)]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def rate_and_work(encoder: str, threads: int) -> tuple[float, float, float]:
    """Return the device's measured rate of matrix products and the network's work a case.

    Returns
    -------
    Operations a second in the precision of training, and operations of a step and of a prediction
    of one case; a multiplication and an addition are two.
    """
    found = child(sys.executable, "child_floor.py", [encoder, threads], {})
    return found["rate"], found["step"], found["predict"]


def line(name: str, turns: list[tuple[dict, dict]], clock: str) -> str:
    """Return one line: what both sides took for each stage, and the median ratios."""
    cells = []
    for stage in ("crops", "epoch", "predict"):
        ours, peer = (statistics.median(t[k][stage][clock] for t in turns) for k in (0, 1))
        ratio = statistics.median(p[stage][clock] / o[stage][clock] for o, p in turns)
        cells.append(f"{peer:7.2f} / {ours:5.2f} = {ratio:4.1f}x")
    both = [(each["crops"][clock] + each["epoch"][clock] for each in turn) for turn in turns]
    whole = statistics.median(theirs / own for own, theirs in both)
    return f"  {name:24} {clock:5} " + "   ".join(cells) + f"   with caching {whole:4.1f}x"


def measure(encoder: str, folder: Path, arguments: argparse.Namespace) -> None:
    """Print the table of one encoder."""
    from tumorcast.engine.pool import WORKER_ENVIRONMENT  # noqa: PLC0415

    threads = {"OMP_NUM_THREADS": str(arguments.threads)}
    allocator = {k: v for k, v in WORKER_ENVIRONMENT.items() if k.startswith("MALLOC_")}
    words: list[object] = [folder, encoder, arguments.epochs, arguments.threads]
    variants = {
        "plain": ([*words, 0], threads),
        "our allocator settings": ([*words, 0], {**threads, **allocator}),
        f"{arguments.workers} workers": ([*words, arguments.workers], threads),
    }
    turns: dict[str, list[tuple[dict, dict]]] = {name: [] for name in variants}
    for _ in range(arguments.turns):
        ours = child(sys.executable, "child_ours.py", words, {**threads, **allocator})
        for name, (asked, settings) in variants.items():
            turns[name].append((ours, child(arguments.peer, "child_peer.py", asked, settings)))
    first, peer = turns["plain"][0]
    away = max(abs(a - b) for a, b in zip(first["before"], peer["before"], strict=True))
    print(f"\n{encoder} on {first['device']}: crops differ by at most {peer['crops_differ']:.1e}, "
          f"logits of the untrained network on one crop by {away:.1e}")  # fmt: skip
    print("  peer / ours, seconds:                crops                   "
          "an epoch                 prediction")  # fmt: skip
    for name, pairs in turns.items():
        for clock in ("cpu", "wall"):
            print(line(name, pairs, clock), flush=True)
    rate, step, prediction = rate_and_work(encoder, arguments.threads)
    clock = "wall" if first["device"] == "cuda" else "cpu"
    for side, who in enumerate(("ours", "peer")):
        spent = {
            stage: statistics.median(turn[side][stage][clock] for turn in turns["plain"])
            for stage in ("epoch", "predict")
        }
        work = (arguments.cases - HELD_OUT) * step + HELD_OUT * prediction
        shares = work / spent["epoch"], arguments.cases * prediction / spent["predict"]
        print(f"  {who}: {shares[0] / rate:.0%} of the rate of matrix products "
              f"({rate / 1e9:.0f} GFLOP/s) in an epoch, "
              f"{shares[1] / rate:.0%} in prediction")  # fmt: skip


def main() -> None:
    """Make the cohort and measure each encoder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--encoders", nargs="+", default=["cnn3d", "swin3d"])
    parser.add_argument("--cases", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_cohort(Path(folder), arguments.cases)
        for encoder in arguments.encoders:
            measure(encoder, Path(folder), arguments)


if __name__ == "__main__":
    main()
