"""Does the pipeline find what was planted, and how much of it?

Simulated head and neck cancer with known causes: each arm holds some of them. An arm that holds a
cause must beat the arm that lacks it, and radiomics of the tumour and its rim with clinical
variables must come within 0.03 of the best score that anyone could compute for these patients.

    python benchmarks/planted_signal.py --cases 1000 --cache features.parquet
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from tumorcast.cohort import EVER_DAYS
from tumorcast.cohort.simulate import SimulatedCohort, simulate
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.imaging import Shell, Tumor
from tumorcast.metrics import auroc
from tumorcast.radiomics import RadiomicsExtractor, settings_of
from tumorcast.validation import Design, cross_validate

ARMS: dict[str, tuple[tuple[str, ...], int | None, tuple[str, ...]]] = {
    # blocks, columns kept, causes that the blocks can show
    "volume": (("ct.tumor.original_shape_MeshVolume",), None, ("volume",)),
    "shell": (("ct.shell_0_5mm",), 36, ("rim", "volume")),
    "tumour": (("ct.tumor",), 36, ("texture", "volume")),
    "tumour + shell": (("ct.tumor", "ct.shell_0_5mm"), 36, ("texture", "rim", "volume")),
    "clinical": (("clinical",), None, ("clinical",)),
    "tumour + clinical": (("ct.tumor", "clinical"), 36, ("texture", "volume", "clinical")),
    "everything": (
        ("ct.tumor", "ct.shell_0_5mm", "clinical"), 36, ("texture", "rim", "volume", "clinical"),
    ),
}  # fmt: skip
LADDERS = [
    ("volume", "tumour"), ("tumour", "tumour + shell"), ("shell", "tumour + shell"),
    ("tumour", "tumour + clinical"), ("clinical", "tumour + clinical"),
    ("tumour + shell", "everything"), ("tumour + clinical", "everything"),
]  # fmt: skip
MARGIN = 0.03


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cache", type=Path, help="Parquet file that keeps the features")
    options = parser.parse_args()
    simulated = simulate("hnscc-dm", n=options.cases, seed=options.seed)
    table = features_of(simulated, options.cache)
    measured = validate(simulated, table, Design(folds=5, repeats=options.repeats, seed=1))
    report = compare(simulated, measured)
    print(report.to_string(index=False, float_format="{:.3f}".format))
    failures = failures_of(report.set_index("arm"))
    print("\n".join(failures) or "every ladder rises, and everything is within reach")
    return int(bool(failures))


def features_of(simulated: SimulatedCohort, cache: Path | None) -> FeatureTable:
    """Extract the radiomics of the tumour and its rim, and add the clinical values."""
    if cache is not None and cache.exists():
        radiomics = pd.read_parquet(cache)
    else:
        extractor = RadiomicsExtractor(
            "ct", (Tumor(), Shell(0, 5)), settings_of("ct-original", None)
        )
        start = time.perf_counter()
        rows = [extractor.extract(case) for case in simulated.cohort]
        print(f"{(time.perf_counter() - start) / len(rows):.2f} s a case")
        radiomics = pd.DataFrame(rows, index=list(simulated.cohort.case_ids))
        if cache is not None:
            radiomics.to_parquet(cache)
    clinical = pd.DataFrame(
        [dict(case.clinical) for case in simulated.cohort], index=list(simulated.cohort.case_ids)
    )
    if list(radiomics.index) != list(clinical.index):
        raise SystemExit("the cache holds the features of another cohort: delete it")
    return FeatureTable(pd.concat([radiomics, clinical], axis=1))


def validate(
    simulated: SimulatedCohort, table: FeatureTable, design: Design
) -> dict[str, list[float]]:
    """Return the AUROC of each arm in each repeat."""
    models = {arm: TabularModel(blocks, select=keep) for arm, (blocks, keep, _) in ARMS.items()}
    predictions = cross_validate(
        models, ModelInputs(table), simulated.outcome, design, horizons_days=[EVER_DAYS]
    ).predictions
    return {
        arm: [
            auroc((rows["event"] == 1).astype(int), rows["risk"])
            for _, rows in predictions.of(arm, EVER_DAYS).groupby("repeat")
        ]
        for arm in ARMS
    }


def compare(simulated: SimulatedCohort, measured: dict[str, list[float]]) -> pd.DataFrame:
    """Set each arm beside what its causes attain: in the population and in these patients."""
    label = (simulated.outcome.event == 1).astype(int)
    truth = simulated.truth
    return pd.DataFrame(
        {
            "arm": arm,
            "measured": np.mean(measured[arm]),
            "sd": np.std(measured[arm]),
            "best here": auroc(label, truth.best_score(causes)),
            "attainable": truth.attainable_auroc(causes),
        }
        for arm, (_, _, causes) in ARMS.items()
    )


def failures_of(report: pd.DataFrame) -> list[str]:
    value = report["measured"]
    failures = [
        f"{higher} ({value[higher]:.3f}) does not beat {lower} ({value[lower]:.3f})"
        for lower, higher in LADDERS
        if value[higher] <= value[lower]
    ]
    gap = report.loc["everything", "best here"] - value["everything"]
    if gap > MARGIN:
        failures.append(f"everything is {gap:.3f} below the best score, more than {MARGIN}")
    return failures


if __name__ == "__main__":
    raise SystemExit(main())
