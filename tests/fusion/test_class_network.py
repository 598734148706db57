"""Networks of several classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import cross_entropy

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import CropBlock, FeatureTable, Ledger, ModelInputs
from tumorcast.fusion.class_endpoint import ClassEndpoint
from tumorcast.fusion.class_network import ClassNetworkModel
from tumorcast.fusion.endpoint import Rows
from tumorcast.fusion.train import TrainingSettings

LEVELS = ("dark", "grey", "bright")
MODEL = ClassNetworkModel(
    ("ct",),
    "cnn3d",
    blocks=("clinical",),
    select=None,
    training=TrainingSettings(max_epochs=6, patience=6),
    n_inner_folds=2,
)


@pytest.fixture(scope="module")
def cohort() -> tuple[ModelInputs, Outcome]:
    """Return 24 cases whose class is the brightness of their image."""
    rng = np.random.default_rng(0)
    label = np.arange(24) % 3
    crops = np.zeros((24, 2, 16, 16, 16), dtype=np.float16)
    crops[:, 0] = (0.2 + 0.3 * label)[:, np.newaxis, np.newaxis, np.newaxis]
    crops[:, 0] += rng.normal(0, 0.02, size=crops[:, 0].shape)
    crops[:, 1, 4:12, 4:12, 4:12] = 1
    names = [f"c{row:02d}" for row in range(24)]
    frame = pd.DataFrame({"clinical.age": rng.normal(60, 9, 24)}, index=pd.Index(names))
    blocks = {"ct": CropBlock.of(crops, np.ones(24, dtype=bool))}
    return ModelInputs(FeatureTable(frame), blocks), Outcome(tuple(names), label, None, LEVELS)


def test_the_loss_is_the_cross_entropy_and_starts_at_the_shares() -> None:
    label = torch.tensor([0, 1, 1, 2, 2, 2])
    rows = Rows(label.float(), torch.ones(6).double(), label, torch.full((6,), torch.nan).double())
    endpoint = ClassEndpoint().learn(rows, EVER_DAYS)
    output = torch.randn((6, 3), generator=torch.Generator().manual_seed(1))
    assert endpoint.n_outputs == 3
    assert float(endpoint.loss(output, rows)) == pytest.approx(float(cross_entropy(output, label)))
    start = torch.tensor([endpoint.start()])
    assert endpoint.incidence(start, EVER_DAYS)[0].tolist() == pytest.approx([1 / 6, 1 / 3, 1 / 2])
    again = ClassEndpoint().restore(endpoint.state())
    assert again.start() == endpoint.start()
    assert float(endpoint.loss(output[:0], rows.take(np.array([], dtype=np.int64)))) == 0


def test_a_network_learns_classes_and_is_its_state(cohort: tuple[ModelInputs, Outcome]) -> None:
    inputs, outcome = cohort
    ledger = Ledger()
    model = MODEL.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=ledger)
    probability = model.predict_class_probability(inputs)
    assert probability.shape == (24, 3)
    assert probability.sum(axis=1) == pytest.approx(1)
    brightness = probability @ np.arange(3)
    assert np.corrcoef(brightness, outcome.event)[0, 1] > 0.5
    restored = MODEL.clone().restore(model.state())
    assert np.array_equal(restored.predict_class_probability(inputs), probability)
    assert {"ct", "clinical.age"} <= set(model.importance())
    members = [step for step in ledger.steps if step.step.endswith("network")]
    assert len(members) == 2


def test_rows_without_a_class_are_refused(cohort: tuple[ModelInputs, Outcome]) -> None:
    inputs, outcome = cohort
    rows = np.flatnonzero(outcome.event != 1)
    with pytest.raises(StudyRefusedError, match=r"END-15.*class grey"):
        MODEL.clone().fit(
            inputs.rows(rows), outcome.rows(rows), horizon_days=EVER_DAYS, seed=0, ledger=Ledger()
        )
