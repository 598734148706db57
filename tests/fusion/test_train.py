"""The training loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.encoders import Cnn3D
from tumorcast.encoders.precision import Precision
from tumorcast.encoders.reproducible import reproducible
from tumorcast.features import CropBlock
from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.binary_endpoint import BinaryEndpoint
from tumorcast.fusion.endpoint import Rows
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import Concatenation
from tumorcast.fusion.train import (
    TrainingSettings,
    predict,
    train,
)

SETTINGS = TrainingSettings(max_epochs=4, patience=4, batch_size=4)
FIT, STOP = np.arange(16), np.arange(16, 24)


@pytest.fixture(scope="module")
def data() -> NetworkData:
    random = np.random.default_rng(0)
    crops = random.random((24, 2, 8, 8, 8), dtype=np.float32)
    crops[::2, 0] *= 0.5
    return NetworkData(
        {"ct": CropBlock.of(crops, np.arange(24) != 5)},
        random.normal(size=(24, 2)).astype(np.float32),
        np.ones((24, 1), dtype=np.bool_),
    )


def target_of(weight: NDArray[np.float64] | None = None) -> BinaryTarget:
    return BinaryTarget(np.arange(24) % 2, np.ones(24) if weight is None else weight)


def rows_of(target: BinaryTarget) -> Rows:
    return Rows.of(Outcome(tuple(str(row) for row in range(24)), target.label), target)


def trained(
    data: NetworkData,
    target: BinaryTarget,
    settings: TrainingSettings = SETTINGS,
    seed: int = 0,
    fit_rows: NDArray[np.int64] = FIT,
    precision: Precision = "float32",
) -> tuple[FusionNetwork, list[float]]:
    encoder = Cnn3D(widths=(8, 8))
    with reproducible(seed, threads=1):
        network = FusionNetwork(
            {"ct": encoder.build(2, 8)},
            Concatenation(),
            branches={"ct": ("ct",)},
            n_features=encoder.n_features,
            columns=("clinical.a", "clinical.b"),
            start=[0.0],
            precision=precision,
        )
        losses = train(
            network,
            data,
            BinaryEndpoint().learn(rows_of(target).take(fit_rows), np.inf),
            rows_of(target),
            fit_rows,
            STOP,
            settings,
            learning_rate=2e-3,
            seed=seed,
        )
    return network, losses


def weights(network: FusionNetwork) -> list[bytes]:
    return [value.numpy().tobytes() for value in network.state_dict().values()]


def test_two_runs_are_equal_bit_for_bit_whatever_came_before(data: NetworkData) -> None:
    first, first_losses = trained(data, target_of())
    torch.rand(7)
    np.random.default_rng().random()
    second, second_losses = trained(data, target_of())
    assert weights(first) == weights(second)
    assert first_losses == second_losses


def test_another_seed_gives_other_weights(data: NetworkData) -> None:
    assert weights(trained(data, target_of())[0]) != weights(trained(data, target_of(), seed=1)[0])


def test_torch_is_left_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    before = torch.get_num_threads()
    with reproducible(0, threads=2):
        torch.rand(1)
        assert torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled() or torch.cuda.is_available()
    assert torch.get_num_threads() == before
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.equal(torch.rand(3), expected)


def test_the_weights_of_the_best_epoch_after_the_warm_up_are_kept(data: NetworkData) -> None:
    target = target_of()
    network, losses = trained(data, target, replace(SETTINGS, max_epochs=7, patience=7))
    endpoint = BinaryEndpoint().learn(rows_of(target).take(FIT), np.inf)
    kept = float(endpoint.loss(predict(network, data, STOP), rows_of(target).take(STOP)))
    assert len(losses) == 7
    assert kept == pytest.approx(min(losses[2:]), rel=1e-6)


def test_stops_when_the_held_out_loss_no_longer_falls(data: NetworkData) -> None:
    held_out_against_the_rest = np.r_[np.arange(16) % 2, (np.arange(8) + 1) % 2]
    target = BinaryTarget(held_out_against_the_rest, np.ones(24))
    settings = TrainingSettings(max_epochs=30, patience=2, batch_size=4)
    _, losses = trained(data, target, settings)
    best = 9 + int(np.argmin(losses[9:]))
    assert len(losses) == best + 1 + 2 < 30


def test_rows_of_weight_zero_and_of_no_part_have_no_influence(data: NetworkData) -> None:
    weight = np.ones(24)
    weight[[3, 4]] = 0.0
    crops = data.crops["ct"]
    array = crops.load(np.arange(24))
    reference, _ = trained(data, target_of(weight), fit_rows=FIT[:12])
    array[[3, 4, 12, 13]] = np.nan
    columns = data.columns.copy()
    columns[[3, 4, 12, 13]] = np.nan
    label = np.arange(24) % 2
    label[[3, 4, 12, 13]] = 1 - label[[3, 4, 12, 13]]
    poisoned = NetworkData({"ct": CropBlock.of(array, crops.present)}, columns, data.known)
    network, _ = trained(poisoned, BinaryTarget(label, weight), fit_rows=FIT[:12])
    assert weights(network) == weights(reference)


def test_bfloat16_trains_weights_and_losses_of_float32(data: NetworkData) -> None:
    seen: list[torch.dtype] = []

    class Watched(BinaryEndpoint):
        def loss(self, output: torch.Tensor, rows: Rows) -> torch.Tensor:
            seen.append(output.dtype)
            return super().loss(output, rows)

    exact, _ = trained(data, target_of())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.BinaryEndpoint", Watched)
        network, _ = trained(data, target_of(), precision="bfloat16")
    assert set(seen) <= {torch.float32, torch.float64}
    assert {value.dtype for value in network.state_dict().values()} == {torch.float32}
    assert weights(network) != weights(exact)
    close = predict(network, data, STOP), predict(exact, data, STOP)
    torch.testing.assert_close(*close, atol=0.05, rtol=0)


def test_weights_of_an_epoch_whose_loss_is_not_finite_are_never_kept(data: NetworkData) -> None:
    passed: list[float] = []

    class Broken(BinaryEndpoint):
        def loss(self, output: torch.Tensor, rows: Rows) -> torch.Tensor:
            loss = super().loss(output, rows)
            if torch.is_grad_enabled() and output.requires_grad:
                return loss
            passed.append(float(loss))
            return loss * math.nan if len(passed) == 2 else loss

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.BinaryEndpoint", Broken)
        network, losses = trained(data, target_of())
    assert math.isinf(losses[1])
    best = 2 + int(np.argmin(losses[2:]))
    again = BinaryEndpoint().learn(rows_of(target_of()).take(FIT), np.inf)
    kept = float(again.loss(predict(network, data, STOP), rows_of(target_of()).take(STOP)))
    assert kept == pytest.approx(losses[best], rel=1e-6)


def test_what_comes_after_a_bfloat16_encoder_is_not_rounded_to_it(data: NetworkData) -> None:
    network, _ = trained(data, target_of(), precision="bfloat16")
    output = predict(network, data, STOP)
    assert not torch.equal(output, output.bfloat16().double())
    seen: dict[str, torch.dtype] = {}

    def told(name: str) -> Callable[[nn.Module, object, torch.Tensor], None]:
        return lambda _module, _given, out: seen.update({name: out.dtype})

    inside = next(m for m in network.encoders.modules() if isinstance(m, nn.Conv3d))
    parts = {"inside": inside, "projection": network.projections["ct"], "head": network.head}
    for name, part in parts.items():
        part.register_forward_hook(told(name))
    predict(network, data, STOP)
    assert seen == {
        "inside": torch.bfloat16,
        "projection": torch.float32,
        "head": torch.float32,
    }


def test_strong_augmentation_is_another_training(data: NetworkData) -> None:
    strong, _ = trained(data, target_of(), replace(SETTINGS, augmentation="strong"))
    again, _ = trained(data, target_of(), replace(SETTINGS, augmentation="strong"))
    assert weights(strong) == weights(again)
    assert weights(strong) != weights(trained(data, target_of())[0])


def test_one_epoch_of_one_batch_trains(data: NetworkData) -> None:
    settings = TrainingSettings(max_epochs=1, patience=1, batch_size=64)
    before, _ = trained(data, target_of(), replace(settings, max_epochs=1))
    assert predict(before, data, np.arange(24)).isfinite().all()


def test_a_prediction_does_not_depend_on_the_other_rows(data: NetworkData) -> None:
    network, _ = trained(data, target_of())
    together = predict(network, data, np.arange(24))
    alone = torch.cat([predict(network, data, np.array([row])) for row in range(24)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
