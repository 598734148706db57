"""Small cohorts and a model without any machinery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import FeatureTable, Ledger, ModelInputs
from tumorcast.validation import Predictions


@dataclass
class MeanDifference:
    """Scores along the difference of the class means of the training rows."""

    fitted_on: list[tuple[str, ...]] = field(default_factory=list)

    def clone(self) -> Self:
        return type(self)(self.fitted_on)

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        matrix = inputs.table.frame.to_numpy(np.float64)
        label = outcome.binary_at(horizon_days).label
        self.direction_ = matrix[label == 1].mean(axis=0) - matrix[label == 0].mean(axis=0)
        self.share_ = float(label.mean())
        self.fitted_on.append(inputs.case_ids)
        ledger.record("means", inputs.case_ids, {"direction": self.direction_})
        return self

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.asarray(inputs.table.frame.to_numpy(np.float64) @ self.direction_)

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.asarray(expit(self.predict_risk(inputs)))

    @property
    def threshold(self) -> float:
        return self.share_

    def importance(self) -> dict[str, float]:
        return {"a.x": 1.0}


def make_inputs(values: NDArray[np.float64], patients: tuple[str, ...] = ()) -> ModelInputs:
    frame = pd.DataFrame(
        values,
        index=pd.Index([f"c{i:03d}" for i in range(len(values))], dtype=object),
        columns=[f"a.x{j}" for j in range(values.shape[1])],
    )
    return ModelInputs(FeatureTable(frame), patient_ids=patients)


def make_outcome(label: NDArray[np.int64], time_days: NDArray[np.float64] | None = None) -> Outcome:
    return Outcome(tuple(f"c{i:03d}" for i in range(len(label))), label, time_days)


def make_predictions(
    event: NDArray[np.int64],
    arms: Mapping[str, NDArray[np.float64]],
    *,
    time_days: NDArray[np.float64] | None = None,
    horizons_days: Sequence[float] = (EVER_DAYS,),
    patients: Sequence[str] | None = None,
    threshold: float | NDArray[np.float64] = 0.5,
) -> Predictions:
    """Return predictions of arms from their risks, shape (repeat, n), as log-odds."""
    cases = [f"c{i:03d}" for i in range(len(event))]
    return Predictions(
        pd.concat(
            [
                pd.DataFrame(
                    {
                        "case": cases,
                        "patient": cases if patients is None else patients,
                        "centre": "",
                        "arm": arm,
                        "repeat": repeat,
                        "fold": 0,
                        "horizon_days": days,
                        "risk": risk,
                        "probability": expit(risk),
                        "event": event,
                        "time": np.nan if time_days is None else time_days,
                        "threshold": threshold,
                    }
                )
                for days in horizons_days
                for arm, risks in arms.items()
                for repeat, risk in enumerate(risks)
            ],
            ignore_index=True,
        )
    )


@pytest.fixture
def noise() -> Callable[..., tuple[ModelInputs, Outcome]]:
    """Return a maker of cohorts in which nothing predicts anything."""

    def make(n: int, columns: int, events: int, seed: int) -> tuple[ModelInputs, Outcome]:
        rng = np.random.default_rng(seed)
        label = np.zeros(n, dtype=np.int64)
        label[rng.permutation(n)[:events]] = 1
        return make_inputs(rng.standard_normal((n, columns))), make_outcome(label)

    return make
