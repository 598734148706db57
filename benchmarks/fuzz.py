"""Spoil files of every kind that is read, and demand that each is read or refused by name.

    PYTHONPATH=. python benchmarks/fuzz.py --inputs 200000 --seed 1 --keep found/

Sound files of each kind are spoiled (bits, bytes, numbers, words, cuts, pieces moved, doubled or
taken from another kind, also behind the compression) and read through the public functions.
Reported, and kept for a look: any exception but `BadInputError` and `StudyRefusedError`, a reader
that crashed, took longer than 10 s, or ever held more than 1 GB.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import warnings
from collections import Counter
from pathlib import Path

from tests.fuzzing.conftest import Target, outcome, spoiled, targets_in


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", help="only these, such as csv xlsx")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        targets = targets_in(Path(folder))
        chosen = [one for one in targets if not options.kinds or one.name in options.kinds]
        faults = run(chosen, options.inputs, options.seed, options.keep)
    print(f"{sum(faults.values())} faults in {options.inputs:,} inputs: {dict(faults)}")
    return int(bool(faults))


def run(targets: list[Target], count: int, seed: int, keep: Path) -> Counter[str]:
    ends: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    others = [target.seed for target in targets]
    for number in range(count):
        target = targets[number % len(targets)]
        content = spoiled(target, random.Random(f"{seed} {number}"), others)
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


if __name__ == "__main__":
    raise SystemExit(main())
