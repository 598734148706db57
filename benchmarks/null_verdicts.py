"""How often a verdict says "adds" of a block that holds nothing.

Tables alone, nothing is extracted. In half of the studies no column is related to the outcome; in
the others one clinical variable and the volume are, and the radiomics of both images and the
laboratory values are noise. A study counts when any block of noise is said to add.

The models are those of a study (``--model study``), or a ridge regression on all columns, which is
some hundred times faster (``--model ridge``); folds, tests and the rule are the same.

Usage: python benchmarks/null_verdicts.py [--studies 100] [--patients 120] [--model ridge]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import FeatureTable, Ledger, ModelInputs
from tumorcast.study.doubt.ablation import plan_ablation
from tumorcast.study.doubt.steps import gains_of
from tumorcast.study.kept import plan_of
from tumorcast.study.models import build_models
from tumorcast.study.plan import Plan
from tumorcast.validation import Design, OutcomeModel, cross_validate, scores_of
from tumorcast.validation.comparison import compare
from tumorcast.validation.verdict import verdicts

SIGNAL = {"clinical variables", "tumour volume"}
N_COLUMNS = {"clinical": 4, "lab": 4, "volume": 1, "ct.tumor": 40, "pt.tumor": 40}


def plan() -> Plan:
    """Return a study of two images with one arm on both."""
    image = {"path": "{id}.nii.gz", "mask": "{id}_mask.nii.gz"}
    names = [f"x{number}" for number in range(4)]
    columns = {name: {"kind": "number", "known": "baseline"} for name in names}
    columns |= {
        f"l{number}": {"kind": "number", "known": "baseline", "block": "lab"}
        for number in range(4)
    }  # fmt: skip
    document = {
        "study": "null",
        "preset": "standard",
        "cohort": {
            "table": "table.csv", "id": "id",
            "images": {"ct": {**image, "unit": "HU"}, "pt": {**image, "unit": "SUVbw"}},
        },
        "columns": columns,
        "endpoint": {"name": "event", "event": "event"},
        "radiomics": {"ct": {"preset": "ct-original"}, "pt": {"preset": "pet-original"}},
        "arms": {"radiomics": {"blocks": ["ct", "pt"]}},
        "validation": {"folds": 5, "repeats": 1, "seed": 0},
        "learner": "logistic",
        "selection": {"correlation": 0.9, "keep": 10, "method": "univariate"},
    }  # fmt: skip
    return plan_of(document, Path())


def cohort(n: int, seed: int, *, signal: bool) -> tuple[ModelInputs, Outcome]:
    """Return the table and the outcome, 30% with the event, of one study."""
    rng = np.random.default_rng([seed, 41])
    names = [
        f"{block}.{'original_glcm_f' if block.endswith('tumor') else kind}{number}"
        for block, kind in zip(N_COLUMNS, "xlv__", strict=True)
        for number in range(N_COLUMNS[block])
    ]
    values = rng.normal(size=(n, len(names)))
    risk = rng.logistic(size=n)
    if signal:
        risk += 0.9 * values[:, 0] + 0.7 * values[:, names.index("volume.v0")]
    event = (risk >= np.quantile(risk, 0.7)).astype(np.int64)
    frame = pd.DataFrame(values, [f"P{number:03d}" for number in range(n)], names)
    inputs = ModelInputs(FeatureTable(frame))
    return inputs, Outcome(inputs.case_ids, event)


@dataclass
class Ridge:
    """Ridge regression of the event on the columns of some blocks."""

    blocks: tuple[str, ...]
    penalty: float = 20.0
    threshold: float = 0.3

    def clone(self) -> Self:
        return replace(self)

    def fit(
        self, inputs: ModelInputs, outcome: Outcome, *, horizon_days: float, seed: int,  # noqa: ARG002
        ledger: Ledger,
    ) -> Self:  # fmt: skip
        matrix = self._matrix(inputs)
        self.mean_, target = matrix.mean(axis=0), outcome.event - outcome.event.mean()
        centred = matrix - self.mean_
        gram = centred.T @ centred + self.penalty * np.eye(matrix.shape[1])
        self.weights_ = np.linalg.solve(gram, centred.T @ target)
        ledger.record("ridge", inputs.case_ids, {"weights": self.weights_})
        return self

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.asarray((self._matrix(inputs) - self.mean_) @ self.weights_)

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.clip(0.3 + self.predict_risk(inputs), 0.001, 0.999)

    def importance(self) -> dict[str, float]:
        return {}

    def _matrix(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return inputs.table.select(self.blocks).frame.to_numpy(np.float64)


def answers(the_plan: Plan, n: int, seed: int, *, signal: bool, model: str) -> dict[str, str]:
    """Return the verdict on every block of one study."""
    inputs, outcome = cohort(n, seed, signal=signal)
    ablation = plan_ablation(the_plan, inputs.table)
    models: dict[str, OutcomeModel] = {
        name: Ridge(arm.blocks) for name, arm in ablation.arms.items()
    }
    if model == "study":
        models = dict(build_models(replace(the_plan, arms=dict(ablation.arms))))
    found = cross_validate(models, inputs, outcome, Design(5, 1, seed), horizons_days=[np.inf])
    pairs = [(step.with_it, step.without) for step in ablation.steps]
    scores = {arm: scores_of(found.predictions, arm, np.inf) for arm in models}
    gains = gains_of(ablation.blocks, ablation.steps, compare(scores, (), pairs, {}))
    judged = verdicts(gains, margin=0.02)
    return {verdict.block: verdict.answer for verdict in judged}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", type=int, default=100)
    parser.add_argument("--patients", type=int, default=120)
    parser.add_argument("--model", choices=("ridge", "study"), default="ridge")
    asked = parser.parse_args()
    the_plan = plan()
    wrong, start = 0, time.perf_counter()
    of_noise: Counter[str] = Counter()
    of_signal: Counter[str] = Counter()
    for number in range(asked.studies):
        signal = number % 2 == 1
        found = answers(the_plan, asked.patients, number, signal=signal, model=asked.model)
        true = SIGNAL if signal else set()
        of_noise.update(answer for block, answer in found.items() if block not in true)
        of_signal.update(answer for block, answer in found.items() if block in true)
        false = [b for b, answer in found.items() if answer == "adds" and b not in true]
        wrong += bool(false)
        done = number + 1
        print(
            f"{done} studies: a block of noise 'adds' in {wrong}; blocks of noise {dict(of_noise)},"
            f" with signal {dict(of_signal)}; {(time.perf_counter() - start) / done:.1f} s each",
            flush=True,
        )


if __name__ == "__main__":
    main()
