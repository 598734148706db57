"""Attribution maps of networks, against closed forms and against networks that know nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from tumorcast.cohort import Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.explain.attribution import Explainer
from tumorcast.explain.case_score import CaseScore
from tumorcast.explain.gradients import (
    COMPLETE,
    grad_cam,
    integrated_gradients,
    last_spatial_layer,
)
from tumorcast.explain.maps import GRAD_CAM, INTEGRATED, maps_of_fold
from tumorcast.explain.optional import require_captum
from tumorcast.explain.sanity import Sanity, similarity
from tumorcast.features import CropBlock, FeatureTable, Ledger, ModelInputs
from tumorcast.fusion.network import NetworkModel
from tumorcast.fusion.train import TrainingSettings
from tumorcast.validation import FoldTask, Split, permuted

SIDE = 16
MODEL = NetworkModel(
    ("ct", "pt"),
    "cnn3d",
    blocks=("clinical",),
    select=None,
    training=TrainingSettings(max_epochs=2, patience=2),
    n_inner_folds=2,
)
Made = tuple[ModelInputs, Outcome]


@pytest.fixture(scope="module")
def crops() -> Made:
    """Return 20 cases with a CT, and a PET that every fourth lacks."""
    random = np.random.default_rng(0)
    label = np.arange(20, dtype=np.int64) % 2
    arrays = random.uniform(0.2, 0.8, size=(2, 20, 2, SIDE, SIDE, SIDE)).astype(np.float16)
    arrays[:, :, 1] = np.indices((SIDE,) * 3).sum(axis=0) < 20
    arrays[0, label == 1, 0, :8] *= 0.5
    ids = [f"case {row:02d}" for row in range(20)]
    table = FeatureTable(pd.DataFrame({"clinical.age": random.normal(60, 9, 20)}, index=ids))
    blocks = {
        "ct": CropBlock.of(arrays[0], np.ones(20, dtype=bool)),
        "pt": CropBlock.of(arrays[1], np.arange(20) % 4 != 0),
    }
    return ModelInputs(table, blocks), Outcome(tuple(ids), label)


@pytest.fixture(scope="module")
def network(crops: Made) -> NetworkModel:
    return MODEL.clone().fit(*crops, horizon_days=np.inf, seed=3, ledger=Ledger())


def test_a_cases_score_is_its_risk_and_its_parts_add_up(crops: Made, network: NetworkModel) -> None:
    inputs = crops[0]
    risk = network.predict_risk(inputs)
    for case in (1, 4):
        score = CaseScore(network, inputs.rows(np.array([case])))
        assert abs(score(*score.crops).detach().item() - risk[case]) < 1e-4
        found = integrated_gradients(score, max_pieces=0)
        total = sum(one.image.sum() + one.mask.sum() for one in found.maps.values())
        assert abs(total - found.change - found.gap) < 1e-12
        assert abs(found.gap) <= found.scatter
        assert found.complete is (abs(found.gap) <= COMPLETE * abs(found.change))
        assert list(found.maps) == (["ct", "pt"] if case != 4 else ["ct"])


def test_blocks_of_a_network_add_up_with_images_as_blocks(
    crops: Made, network: NetworkModel
) -> None:
    explainer = Explainer(network, crops[0], np.arange(0, 20, 5), seed=1)
    found, columns = explainer.blocks(7), explainer.columns(7)
    score = network.predict_risk(crops[0])[7]
    assert explainer.block_names == ("clinical", "ct.crop", "pt.crop")
    assert columns.names == ("clinical.age", "ct.crop", "pt.crop")
    assert [explainer.block_of(name) for name in columns.names] == list(explainer.block_names)
    assert abs(found.base + found.values.sum() - score) < 1e-4 * max(1.0, abs(score))


def test_equal_crops_give_equal_scores(crops: Made, network: NetworkModel) -> None:
    rows = np.array([1, 1, 4, 2, 4])
    frame = crops[0].table.frame.iloc[rows].set_axis([f"row {row}" for row in range(5)])
    blocks = {image: block.rows(rows) for image, block in crops[0].crops.items()}
    again = ModelInputs(FeatureTable(frame), blocks)
    alone = np.concatenate([network.predict_risk(again.rows(np.array([row]))) for row in range(5)])
    np.testing.assert_allclose(network.predict_risk(again), alone, atol=1e-5)


class Weighted(nn.Module):
    """A weighted sum of the voxels of one crop, with the attributes of a `CaseScore`."""

    def __init__(self, join: str) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(1)
        self.weights = torch.randn(1, 2, 4, 4, 4, dtype=torch.float64, generator=draw)
        self.crops = (torch.rand(1, 2, 4, 4, 4, dtype=torch.float64, generator=draw),)
        self.images, self.model = ("ct",), SimpleNamespace(join=join)

    def forward(self, crop: Tensor) -> Tensor:
        return (self.weights * crop).flatten(1).sum(dim=1)


@pytest.mark.parametrize("join", ["branches", "channels"])
def test_integrated_gradients_of_a_sum_are_weight_times_value(join: str) -> None:
    score = Weighted(join)
    found = integrated_gradients(score)  # type: ignore[arg-type]
    expected = (score.weights * score.crops[0]).numpy()[0]
    np.testing.assert_allclose(found.maps["ct"].image, expected[0], atol=1e-12)
    mask = expected[1] if join == "branches" else np.zeros((4, 4, 4))
    np.testing.assert_allclose(found.maps["ct"].mask, mask, atol=1e-12)
    assert (found.steps, found.complete) == (44, True)


class Rectified(Weighted):
    """What of the weighted sum exceeds 0.3 of it at the crop of the case, times 1e5 at the start.

    Up to 1e-5 of the way it rises by a quarter of the whole, as a mean over few voxels does.
    """

    def forward(self, crop: Tensor) -> Tensor:
        share = super().forward(crop) / super().forward(self.crops[0])
        return torch.relu(share - 0.3) + (1e5 * share).clamp_max(1) / 4


def test_integrated_gradients_find_kinks_and_what_happens_next_to_the_empty_crop() -> None:
    score = Rectified("branches")
    found = integrated_gradients(score)  # type: ignore[arg-type]
    # Along the way only the share changes, so each voxel gets its share of the change.
    part = (score.weights * score.crops[0]).numpy()[0]
    expected = (0.7 + 0.25) * part / part.sum()
    assert found.change == pytest.approx(0.95)
    assert found.complete
    np.testing.assert_allclose(found.maps["ct"].image, expected[0], rtol=COMPLETE)


def test_a_path_that_is_too_long_to_follow_has_an_incomplete_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tumorcast.explain.gradients.MAX_SECONDS", 0.0)
    found = integrated_gradients(Rectified("branches"))  # type: ignore[arg-type]
    assert (found.steps, found.complete) == (44, False)


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["cnn3d", "swin3d", "vit3d"])
def test_parts_of_voxels_add_up_to_the_score(crops: Made, encoder: str) -> None:
    inputs = ModelInputs(crops[0].table, {"ct": crops[0].crops["ct"]})
    model = replace(MODEL, images=("ct",), encoder=encoder)
    model.fit(inputs, crops[1], horizon_days=np.inf, seed=3, ledger=Ledger())
    found = integrated_gradients(CaseScore(model, inputs.rows(np.array([1]))))
    total = float(found.maps["ct"].image.sum() + found.maps["ct"].mask.sum())
    assert abs(total - found.change) <= COMPLETE * abs(found.change)


def test_grad_cam_is_what_raises_the_score_weighted_by_its_mean_gradient(
    crops: Made, network: NetworkModel
) -> None:
    alone = replace(MODEL, images=("ct",), n_inner_folds=2)
    inputs = ModelInputs(crops[0].table, {"ct": crops[0].crops["ct"]})
    model = alone.fit(inputs, crops[1], horizon_days=np.inf, seed=1, ledger=Ledger())
    model.members_ = model.members_[:1]
    score = CaseScore(model, inputs.rows(np.array([5])))
    layer = last_spatial_layer(score, score.networks[0].encoders["ct"])
    assert layer is not None
    kept: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    value = score(*score.crops)
    hook.remove()
    (slope,) = torch.autograd.grad(value.sum(), kept)
    weight = slope.mean(dim=(2, 3, 4), keepdim=True)
    coarse = torch.relu((weight * kept[0]).sum(dim=1, keepdim=True))
    fine = nn.functional.interpolate(coarse, size=(SIDE,) * 3, mode="trilinear")
    expected = fine.detach().numpy()[0, 0]
    assert expected.max() > 1e-6
    np.testing.assert_allclose(grad_cam(score)["ct"], expected, atol=1e-10)


def test_an_encoder_that_loses_places_early_has_no_grad_cam() -> None:
    encoder = nn.Sequential(
        nn.Conv3d(2, 3, 2, stride=2), nn.Flatten(), nn.Linear(24, 5), nn.ReLU(), nn.Linear(5, 1)
    ).double()
    crops = (torch.rand(1, 2, 4, 4, 4, dtype=torch.float64),)
    score = type("Score", (), {"crops": crops, "__call__": lambda _, crop: encoder(crop)})()
    assert last_spatial_layer(score, encoder) is None


def test_shuffled_parameters_are_the_same_values_elsewhere(
    crops: Made, network: NetworkModel
) -> None:
    score = CaseScore(network, crops[0].rows(np.array([1])))
    other = score.shuffled(seed=2)
    pairs = list(zip(score.parts.parameters(), other.parts.parameters(), strict=True))
    assert all(torch.equal(a.reshape(-1).sort()[0], b.reshape(-1).sort()[0]) for a, b in pairs)
    assert any(not torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(other(*other.crops), score(*score.crops))


def test_a_map_that_does_not_change_fails() -> None:
    random = np.random.default_rng(1)
    one, where = random.normal(size=(6, 6, 6)), np.ones((6, 6, 6), dtype=bool)
    assert similarity(one, 3 * one + 1, where) == pytest.approx(1)
    assert similarity(one, -one, where) == pytest.approx(1)
    assert abs(similarity(one, random.normal(size=one.shape), where)) < 0.2
    assert similarity(one, np.zeros_like(one), where) == 0
    assert (Sanity(0.9, 0.1).stamp, Sanity(0.1, 0.6).stamp) == ("failed sanity test",) * 2
    assert Sanity(0.5, 0.2).stamp == ""


def test_the_maps_of_a_fold_carry_their_tests(
    crops: Made, network: NetworkModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, outcome = crops
    split = Split(0, 0, np.arange(16), np.arange(16, 20))
    task = FoldTask("deep", MODEL, np.inf, split, seed=3)
    monkeypatch.setattr("tumorcast.explain.gradients.MAX_PIECES", 12)
    (made,) = maps_of_fold(network, task, inputs, outcome, ["case 16"])
    assert [(one.image, one.method) for one in made.maps] == [
        ("ct", INTEGRATED), ("ct", GRAD_CAM),
    ]  # fmt: skip
    own = CaseScore(network, inputs.rows(np.array([16])))
    whole = integrated_gradients(own).maps["ct"]
    assert np.array_equal(made.maps[0].values, whole.image)
    assert np.array_equal(made.maps[1].values, grad_cam(own)["ct"])
    shuffled = integrated_gradients(own.shuffled(seed=3), max_pieces=0).maps["ct"]
    expected = similarity(whole.image, shuffled.image, made.crops["ct"] > 0)
    assert made.maps[0].sanity.parameters == pytest.approx(expected)
    image, mask = np.abs(whole.image).sum(), np.abs(whole.mask).sum()
    assert made.maps[0].mask_share == pytest.approx(mask / (image + mask))


def test_a_map_that_a_network_of_dealt_outcomes_draws_too_fails(
    crops: Made, network: NetworkModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, outcome = crops
    given: list[Outcome] = []

    def learned(_task: FoldTask, _inputs: ModelInputs, dealt: Outcome) -> SimpleNamespace:
        given.append(dealt)
        return SimpleNamespace(model=network)

    monkeypatch.setattr("tumorcast.explain.maps.fit_fold", learned)
    monkeypatch.setattr("tumorcast.explain.gradients.MAX_PIECES", 0)
    task = FoldTask("deep", MODEL, np.inf, Split(0, 0, np.arange(16), np.arange(16, 20)), seed=3)
    (made,) = maps_of_fold(network, task, inputs, outcome, ["case 16"])
    assert np.array_equal(given[0].event, permuted(outcome, 3, inputs.groups).event)
    assert made.maps[0].sanity.labels == pytest.approx(1)
    assert made.maps[0].sanity.stamp == "failed sanity test"


def test_maps_without_captum_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tumorcast.explain.optional.find_spec", lambda _name: None)
    with pytest.raises(StudyRefusedError, match="captum") as caught:
        require_captum()
    assert caught.value.findings[0].code == "EXP-02"
