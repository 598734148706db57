"""A trained network's maps tell in which region lies what it has learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.explain.case_score import CaseScore
from tumorcast.explain.gradients import integrated_gradients
from tumorcast.features import CropBlock, FeatureTable, Ledger, ModelInputs
from tumorcast.fusion.network import NetworkModel
from tumorcast.fusion.train import TrainingSettings
from tumorcast.metrics import auroc

SIDE, N_CASES, N_TRAIN, N_MAPS = 16, 240, 200, 16
QUIET, COARSE = 0.03, 0.09
"""Standard deviations of the two textures."""


@dataclass(frozen=True)
class Planted:
    """Crops whose tumour, and whose rim of two voxels, each have one of two textures.

    Parameters
    ----------
    inputs
        The crops.
    regions
        Voxels of tumour and rim by name, shape (case, z, y, x).
    coarse
        Whether a region has the coarse texture, by name, shape (case,).
    """

    inputs: ModelInputs
    regions: dict[str, NDArray[np.bool_]]
    coarse: dict[str, NDArray[np.int64]]


@pytest.fixture(scope="module")
def planted() -> Planted:
    random = np.random.default_rng(0)
    coarse = {name: random.integers(0, 2, N_CASES) for name in ("tumor", "rim")}
    grid = np.indices((SIDE,) * 3)[:, np.newaxis]
    centre = random.uniform(6.5, 8.5, size=(3, N_CASES, 1, 1, 1))
    radius = random.uniform(3, 4, size=(N_CASES, 1, 1, 1))
    distance = np.sqrt(((grid - centre) ** 2).sum(axis=0))
    tumor = distance <= radius
    regions = {"tumor": tumor, "rim": (distance <= radius + 2) & ~tumor}
    image = 0.4 + 0.04 * random.normal(size=tumor.shape) + 0.15 * tumor
    for name, inside in regions.items():
        spread = np.where(coarse[name], COARSE, QUIET)[:, None, None, None]
        image += inside * spread * random.normal(size=tumor.shape)
    crops = np.stack([image.clip(0, 1), tumor], axis=1).astype(np.float16)
    ids = [f"case {number:03d}" for number in range(N_CASES)]
    table = FeatureTable(pd.DataFrame({"clinical.age": random.normal(60, 9, N_CASES)}, index=ids))
    block = CropBlock.of(crops, np.ones(N_CASES, dtype=bool))
    return Planted(ModelInputs(table, {"ct": block}), regions, coarse)


def learned(planted: Planted, label: NDArray[np.int64]) -> NetworkModel:
    """Return a network that has learned the label, and tells new cases apart."""
    train, held_out = np.arange(N_TRAIN), np.arange(N_TRAIN, N_CASES)
    model = NetworkModel(
        ("ct",), "cnn3d", training=TrainingSettings(max_epochs=12, patience=12), n_inner_folds=2
    )
    outcome = Outcome(planted.inputs.case_ids, label)
    model.fit(
        planted.inputs.rows(train), outcome.rows(train),
        horizon_days=np.inf, seed=1, ledger=Ledger(),
    )  # fmt: skip
    assert auroc(label[held_out], model.predict_risk(planted.inputs.rows(held_out))) > 0.8
    return model


@pytest.mark.slow
def test_what_a_region_adds_tells_the_outcomes_apart_where_it_decides_them(
    planted: Planted,
) -> None:
    held_out = np.arange(N_TRAIN, N_TRAIN + N_MAPS)
    apart, density = {}, {}
    for decides, label in planted.coarse.items():
        model = learned(planted, label)
        maps = [
            integrated_gradients(CaseScore(model, planted.inputs.rows(held_out[[n]])), max_pieces=0)
            .maps["ct"].image
            for n in range(N_MAPS)
        ]  # fmt: skip
        own = {name: inside[held_out] for name, inside in planted.regions.items()}
        sums = {
            name: np.array([one[here].sum() for one, here in zip(maps, inside, strict=True)])
            for name, inside in own.items()
        }
        event = label[held_out] == 1
        apart[decides] = {n: abs(s[event].mean() - s[~event].mean()) for n, s in sums.items()}
        size = {
            name: np.mean(
                [np.abs(one[here]).mean() for one, here in zip(maps, inside, strict=True)]
            )
            for name, inside in own.items()
        }
        density[decides] = size["tumor"] / size["rim"]
    assert apart["tumor"]["tumor"] > 2 * apart["tumor"]["rim"]
    assert apart["rim"]["rim"] > 2 * apart["rim"]["tumor"]
    assert density["tumor"] > 1.3 * density["rim"]
