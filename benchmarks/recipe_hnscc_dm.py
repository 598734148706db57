"""How much of the attainable AUROC does the head-and-neck recipe reach?

Simulates the cohort, runs the recipe of the published system (five folds, stratified by outcome
and subsite) and prints for each arm the AUROC by three years, the best AUROC that anyone could
reach on these patients and in the population from what the arm sees, and the differences between
arms with their paired tests. Run again to resume.

    python benchmarks/recipe_hnscc_dm.py --n 1497 --workers 16          # the published size: a GPU
    python benchmarks/recipe_hnscc_dm.py --n 400 --crop 48 --epochs 8 --without resnet,densenet
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast import study
from tumorcast.study.attainable import ATTAINABLE
from tumorcast.study.progress import console_progress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", choices=sorted(study.RECIPES), default="hnscc-dm")
    parser.add_argument("--n", type=int, help="patients; by default the population's")
    parser.add_argument("--crop", type=int, help="voxels a side; by default the recipe's")
    parser.add_argument("--epochs", type=int, help="longest training; by default the recipe's")
    parser.add_argument("--without", default="", help="arms to leave out, with commas between")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, help="by default runs/RECIPE-N")
    options = parser.parse_args()
    without = tuple(arm for arm in options.without.split(",") if arm)
    size = study.Size(options.n, options.crop, options.epochs, full=True, without=without)
    output = options.output or Path("runs") / f"{options.recipe}-{options.n or 'full'}"
    with console_progress() as progress:
        result = study.demo(
            options.recipe, output, size=size, workers=options.workers, progress=progress
        )
    attainable = json.loads((result.run_dir / ATTAINABLE).read_text(encoding="utf-8"))
    print(arms_table(result.metrics["arms"], attainable["arms"]))
    print(comparisons_table(result.metrics["comparisons"]))


def arms_table(arms: dict[str, Any], attainable: dict[str, Any]) -> str:
    """Set each arm's AUROC beside what can be attained."""
    rows = [
        {
            "arm": name,
            "AUROC": arm["auroc"]["value"],
            "low": arm["auroc"]["ci_low"],
            "high": arm["auroc"]["ci_high"],
            "AUPRC": arm["auprc"]["value"],
            "best here": attainable[name]["these_patients"],
            "difference": arm["auroc"]["value"] - attainable[name]["these_patients"],
            "attainable": attainable[name]["population"],
        }
        for name, arm in arms.items()
    ]
    return _text(pd.DataFrame(rows))


def comparisons_table(comparisons: list[dict[str, Any]]) -> str:
    """Return the paired tests, adjusted for their number (Holm)."""
    columns = ["arm", "reference", "difference", "ci_low", "ci_high", "p_value", "p_holm"]
    return _text(pd.DataFrame(comparisons)[columns])


def _text(table: pd.DataFrame) -> str:
    text: str = table.to_string(index=False, float_format="{:.3f}".format)
    return text + "\n"


if __name__ == "__main__":
    main()
