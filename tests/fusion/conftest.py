"""Made-up cohorts that the tests of the outcome models share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import expit
from torch import Tensor

from tumorcast.cohort import Outcome
from tumorcast.features import FeatureTable, ModelInputs

MakeCohort = Callable[..., tuple[ModelInputs, Outcome]]
Minimise = Callable[[Callable[[Tensor], Tensor], int], Tensor]


@pytest.fixture
def make_cohort() -> MakeCohort:
    """Return a function that makes inputs with a CT, a PET and a clinical signal.

    A third of the cases lacks the PET if `lacking`; follow-up is censored if `horizon_days`.
    """

    def make(
        n: int = 150,
        *,
        signal: float = 1.0,
        columns: int = 8,
        lacking: bool = False,
        censored: bool = False,
        seed: int = 0,
    ) -> tuple[ModelInputs, Outcome]:
        random = np.random.default_rng(seed)
        ids = [f"case {number:04d}" for number in range(n)]
        ct, pt, age = random.normal(size=(3, n))
        frame = pd.DataFrame(
            random.normal(size=(n, 2 * columns)),
            ids,
            [f"{image}.tumor.f{j}" for image in ("ct", "pt") for j in range(columns)],
        )
        frame["ct.tumor.f0"], frame["pt.tumor.f0"] = ct, pt
        frame["clinical.age"] = 60 + 10 * age
        frame["clinical.sex"] = random.choice(np.array(["F", "M"], dtype=object), n)
        if lacking:
            absent = np.arange(n) % 3 == 0
            frame.loc[absent, frame.columns[frame.columns.str.startswith("pt")]] = np.nan
        event = random.random(n) < expit(signal * (ct + pt + age) - 1)
        inputs = ModelInputs(FeatureTable(frame))
        if not censored:
            return inputs, Outcome(tuple(ids), event.astype(np.int64))
        time, end = random.uniform(1, 1000, n), random.uniform(1, 2000, n)
        seen = event & (time <= end)
        return inputs, Outcome(tuple(ids), seen.astype(np.int64), np.where(seen, time, end))

    return make


@pytest.fixture
def minimised() -> Minimise:
    """Return a function that finds the parameters, in double precision, of the least loss."""

    def search(loss: Callable[[Tensor], Tensor], n_parameters: int) -> Tensor:
        parameters = torch.zeros(n_parameters, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS(
            [parameters], max_iter=500, tolerance_grad=1e-10, tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )  # fmt: skip

        def closure() -> Tensor:
            optimizer.zero_grad()
            value = loss(parameters)
            value.backward()  # type: ignore[no-untyped-call]
            return value

        optimizer.step(closure)  # type: ignore[no-untyped-call]
        return parameters.detach()

    return search
