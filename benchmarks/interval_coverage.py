"""How often the 95% interval of an AUROC holds what it is about.

Simulated studies of a table with known truth: eight normal columns, of which three shift the
log-odds of the event. Each study is cross-validated by the fold executor; its AUROC and interval
are those that a run reports (2000 resampled patients). What they are about is the AUROC that the
models of the folds, as they were fitted, reach on fresh patients of the same population, who are
dealt among the models as the tested patients were. That value is computed from 20 000 patients.

Usage: python benchmarks/interval_coverage.py [--studies 300] [--patients 150] [--repeats 1]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import FeatureTable, Ledger, ModelInputs
from tumorcast.metrics import auroc
from tumorcast.study.doubt.figures import auroc_figures
from tumorcast.validation import Design, cross_validate

WEIGHTS = np.array([0.8, 0.6, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0])
SHARE_WITH_EVENT = 0.3
N_FRESH = 20_000
PENALTY = 5.0


@dataclass
class Ridge:
    """Ridge regression of the event on all columns; keeps every fit in `fits`."""

    fits: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=list)
    threshold: float = 0.3

    def clone(self) -> Self:
        return type(self)(self.fits)

    def fit(
        self, inputs: ModelInputs, outcome: Outcome, *, horizon_days: float, seed: int,  # noqa: ARG002
        ledger: Ledger,
    ) -> Self:  # fmt: skip
        matrix = inputs.table.frame.to_numpy(np.float64)
        self.mean_ = matrix.mean(axis=0)
        centred = matrix - self.mean_
        gram = centred.T @ centred + PENALTY * np.eye(matrix.shape[1])
        self.weights_ = np.linalg.solve(gram, centred.T @ (outcome.event - outcome.event.mean()))
        self.fits.append((self.mean_, self.weights_))
        ledger.record("ridge", inputs.case_ids, {"weights": self.weights_})
        return self

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return (inputs.table.frame.to_numpy(np.float64) - self.mean_) @ self.weights_

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.clip(SHARE_WITH_EVENT + self.predict_risk(inputs), 0.001, 0.999)

    def importance(self) -> dict[str, float]:
        return {}


def patients(n: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return columns and events of patients of the population."""
    values = rng.normal(size=(n, len(WEIGHTS)))
    log_odds = values @ WEIGHTS + np.log(SHARE_WITH_EVENT / (1 - SHARE_WITH_EVENT))
    return values, (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)


def study(n: int, repeats: int, seed: int) -> tuple[float, float, float, float]:
    """Return the estimate, its interval and the truth of one study."""
    rng = np.random.default_rng([seed, 17])
    values, event = patients(n, rng)
    names = [f"clinical.x{number}" for number in range(len(WEIGHTS))]
    frame = pd.DataFrame(values, [f"P{number:03d}" for number in range(n)], names)
    inputs = ModelInputs(FeatureTable(frame))
    model = Ridge()
    found = cross_validate(
        {"ridge": model}, inputs, Outcome(inputs.case_ids, event), Design(5, repeats, seed),
        horizons_days=[np.inf],
    )  # fmt: skip
    told = auroc_figures(found.predictions, seed=seed)["arms"]["ridge"]
    fresh, label = patients(N_FRESH, rng)
    truth = []
    for start in range(0, len(model.fits), 5):
        risk = np.empty(N_FRESH)
        for fold, (mean, weights) in enumerate(model.fits[start : start + 5]):
            risk[fold::5] = (fresh[fold::5] - mean) @ weights
        truth.append(auroc(label, risk))
    return told["value"], told["ci_low"], told["ci_high"], float(np.mean(truth))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--patients", type=int, default=150)
    parser.add_argument("--repeats", type=int, default=1)
    asked = parser.parse_args()
    start, rows = time.perf_counter(), []
    for seed in range(asked.studies):
        rows.append(study(asked.patients, asked.repeats, seed))
        if (seed + 1) % 10 == 0 or seed + 1 == asked.studies:
            value, low, high, truth = np.array(rows).T
            inside = np.mean((low <= truth) & (truth <= high))
            print(
                f"{seed + 1} studies of {asked.patients}: the interval holds the truth in"
                f" {inside:.1%}; mean estimate {value.mean():.3f}, mean truth {truth.mean():.3f};"
                f" {(time.perf_counter() - start) / (seed + 1):.2f} s each",
                flush=True,
            )


if __name__ == "__main__":
    main()
