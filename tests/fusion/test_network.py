"""Networks as outcome models: leak-free, reproducible, complete in their state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import expit

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import CropBlock, FeatureTable, Ledger, ModelInputs, state_digest
from tumorcast.fusion import LateFusion, TabularModel
from tumorcast.fusion.checkpoint import Checkpoints
from tumorcast.fusion.endpoints import ENDPOINTS
from tumorcast.fusion.member import network_data
from tumorcast.fusion.network import NetworkModel
from tumorcast.fusion.train import TrainingSettings, predict
from tumorcast.metrics import auroc, brier
from tumorcast.validation import FoldTask, Split, run_fold

MODEL = NetworkModel(
    ("ct", "pt"),
    "cnn3d",
    blocks=("clinical",),
    select=None,
    training=TrainingSettings(max_epochs=2, patience=2),
    n_inner_folds=2,
)
Cohort = tuple[ModelInputs, Outcome]


def textured_crops(n: int, size: int, seed: int) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
    """Return balls of equal brightness and contrast, and whether their texture is coarse."""
    random = np.random.default_rng(seed)
    label = np.arange(n, dtype=np.int64) % 2
    squared = ((np.indices((size,) * 3) - (size - 1) / 2) ** 2).sum(axis=0)
    crops = np.zeros((n, 2, size, size, size), dtype=np.float16)
    for row in range(n):
        ball = squared < (random.uniform(0.25, 0.4) * size) ** 2
        texture = gaussian_filter(random.normal(size=ball.shape), 1.5 if label[row] else 0.7)
        image = 0.2 + 0.3 * ball + 0.1 * texture / texture.std() + random.normal(0, 0.02)
        crops[row] = np.clip(image, 0, 1), ball
    return crops, label


@pytest.fixture(scope="module")
def two_images() -> Cohort:
    """Return 36 cases with two images, one of which every third case lacks, and two columns."""
    crops, label = textured_crops(36, 16, seed=1)
    random = np.random.default_rng(2)
    names = [f"case {row:02d}" for row in range(36)]
    frame = pd.DataFrame(
        {
            "clinical.age": random.normal(60 + 5 * label, 10),
            "clinical.sex": random.choice(np.array(["F", "M"], dtype=object), 36),
        },
        index=names,
    )
    frame.loc[names[3], "clinical.age"] = np.nan
    present = np.arange(36) % 3 != 0
    blocks = {
        "ct": CropBlock.of(crops, np.ones(36, dtype=bool)),
        "pt": CropBlock.of(crops[::-1].copy(), present),
    }
    return ModelInputs(FeatureTable(frame), blocks), Outcome(tuple(names), label)


def fitted(
    cohort: Cohort, model: NetworkModel = MODEL, seed: int = 0, ledger: Ledger | None = None
) -> NetworkModel:
    inputs, outcome = cohort
    record = Ledger() if ledger is None else ledger
    return model.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=seed, ledger=record)


@pytest.fixture(scope="module")
def reference(two_images: Cohort) -> NetworkModel:
    return fitted(two_images)


def test_prediction_and_threshold(two_images: Cohort, reference: NetworkModel) -> None:
    inputs, _ = two_images
    probability = reference.predict_probability(inputs)
    risk = reference.predict_risk(inputs)
    assert probability.shape == risk.shape == (36,)
    assert np.all((probability > 0) & (probability < 1))
    assert np.array_equal(np.argsort(probability, kind="stable"), np.argsort(risk, kind="stable"))
    assert 0 < reference.threshold < 1


def test_two_fits_are_equal_bit_for_bit_in_any_order_of_the_rows(
    two_images: Cohort, reference: NetworkModel
) -> None:
    inputs, outcome = two_images
    order = np.random.default_rng(0).permutation(36)
    again = fitted((inputs.rows(order), outcome.rows(order)))
    assert state_digest(again.state()) == state_digest(reference.state())
    assert np.array_equal(again.predict_risk(inputs), reference.predict_risk(inputs))


def test_a_fit_that_was_interrupted_goes_on_to_the_same_model(
    two_images: Cohort, reference: NetworkModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    inputs, outcome = two_images
    model = replace(MODEL, checkpoints=Checkpoints(tmp_path, every_seconds=0))
    with monkeypatch.context() as patch:
        patch.setattr("tumorcast.fusion.network.mean_by_name", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fitted(two_images, model)
    damaged, _ = tmp_path.iterdir()
    damaged.write_bytes(damaged.read_bytes()[:-1])
    ledger = Ledger()
    again = model.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=ledger)
    assert state_digest(again.state()) == state_digest(reference.state())
    assert [finding.code for finding in ledger.findings] == ["TRN-01"]
    assert not list(tmp_path.iterdir())


def test_images_that_say_nothing_do_not_drown_what_columns_say() -> None:
    """As well as a logistic regression on the columns would tell the same new patients apart."""
    random = np.random.default_rng(5)
    n, n_learned = 460, 160
    names = tuple(f"case {row:03d}" for row in range(n))
    columns = random.normal(size=(n, 8))
    label = (random.random(n) < expit(columns @ np.full(8, 0.5))).astype(np.int64)
    crops = random.random((n, 2, 8, 8, 8)).astype(np.float16)
    table = FeatureTable(
        pd.DataFrame(columns, names, [f"clinical.x{number}" for number in range(8)])
    )
    inputs = ModelInputs(table, {"ct": CropBlock.of(crops, np.ones(n, dtype=bool))})
    outcome, learned, new = Outcome(names, label), np.arange(n_learned), np.arange(n_learned, n)

    def reached(model: NetworkModel | TabularModel) -> float:
        model.fit(
            inputs.rows(learned), outcome.rows(learned), horizon_days=EVER_DAYS, seed=0,
            ledger=Ledger(),
        )  # fmt: skip
        return float(auroc(label[new], model.predict_risk(inputs.rows(new)), np.ones(len(new))))

    network = NetworkModel(
        ("ct",), "swin3d", blocks=("clinical",), select=None, n_inner_folds=2,
        training=TrainingSettings(max_epochs=4, patience=4),
    )  # fmt: skip
    alone, both = reached(TabularModel(("clinical",), select=None)), reached(network)
    assert both > alone - 0.03, (both, alone)


def test_an_average_takes_a_network_that_was_trained_alone(
    two_images: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, outcome = two_images
    kept = replace(MODEL, checkpoints=Checkpoints(tmp_path, keep_finished=True))
    alone = fitted(two_images, kept)
    assert len(list(tmp_path.iterdir())) == MODEL.n_inner_folds
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda *_: pytest.fail("it is trained"))
    late = LateFusion({"clinical": TabularModel(("clinical",)), "network": kept})
    late.fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    assert state_digest(late.members_["network"].state()) == state_digest(alone.state())
    with pytest.raises(pytest.fail.Exception, match="it is trained"):
        late.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=1, ledger=Ledger())


def test_another_seed_gives_another_model(two_images: Cohort, reference: NetworkModel) -> None:
    assert state_digest(fitted(two_images, seed=1).state()) != state_digest(reference.state())


@pytest.mark.parametrize(("voxel", "value"), [(6e4, np.nan), (-6e4, 1e30)])
def test_poisoned_test_rows_change_no_fitted_parameter(
    two_images: Cohort, voxel: float, value: float
) -> None:
    inputs, outcome = two_images
    split = Split(repeat=0, fold=0, train=np.arange(12, 36), test=np.arange(12))
    task = FoldTask("network", MODEL, EVER_DAYS, split, seed=0)
    table = inputs.table.frame.copy()
    table.loc[table.index[split.test], "clinical.age"] = value
    crops = {}
    for image, block in inputs.crops.items():
        array = block.load(np.arange(36))
        array[split.test] = voxel
        crops[image] = CropBlock.of(array, block.present)
    clean = run_fold(task, inputs, outcome)
    poisoned = run_fold(task, replace(inputs, table=FeatureTable(table), crops=crops), outcome)
    assert poisoned["risk"] != clean["risk"]
    for learned in ("steps", "rows", "threshold", "importance"):
        assert poisoned[learned] == clean[learned]


def test_voxels_of_an_absent_image_cannot_matter(
    two_images: Cohort, reference: NetworkModel
) -> None:
    inputs, outcome = two_images
    pt = inputs.crops["pt"]
    spoilt = pt.load(np.arange(36))
    spoilt[~pt.present] = np.nan
    crops = {**inputs.crops, "pt": CropBlock.of(spoilt, pt.present)}
    others = replace(inputs, crops=crops)
    model = fitted((others, outcome))
    assert state_digest(model.state()) == state_digest(reference.state())
    assert np.array_equal(model.predict_risk(others), reference.predict_risk(inputs))


@pytest.mark.parametrize("head", ["gated", "cross_attention"])
def test_every_head_learns_restores_and_does_not_see_what_is_absent(
    two_images: Cohort, head: str
) -> None:
    """A whole source of the table is absent where all its values are missing."""
    inputs, outcome = two_images
    table = inputs.table.frame.copy()
    table["lab.cga"], table["lab.ggt"] = np.linspace(-1, 1, 36), np.arange(36) % 5 / 5
    table.loc[table.index[5::6], ["lab.cga", "lab.ggt"]] = np.nan
    inputs = replace(inputs, table=FeatureTable(table))
    settings = replace(MODEL, head=head, blocks=("clinical", "lab"))
    model = fitted((inputs, outcome), settings)
    restored = settings.restore(model.state())
    assert np.array_equal(restored.predict_risk(inputs), model.predict_risk(inputs))
    assert state_digest(restored.state()) == state_digest(model.state())
    assert {"ct", "pt", "lab.cga"} <= set(model.importance())
    for member in model.members_:
        data = network_data(inputs, model.images, member.preparation)
        assert data.known[:, list(member.network.sources).index("lab")].tolist() == [
            row % 6 != 5 for row in range(36)
        ]
        spoilt = data.columns.copy()
        for column in member.network.sources["lab"]:
            spoilt[5::6, column] = np.nan
        rows = np.arange(36)
        poisoned = predict(member.network, replace(data, columns=spoilt), rows)
        assert torch.equal(poisoned, predict(member.network, data, rows))


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (replace(MODEL, mask="gate"), "pt"),
        (replace(MODEL, join="channels"), "ct+pt"),
        (replace(MODEL, join="channels", mask="gate"), "ct+pt"),
    ],
)
def test_masks_as_gates_and_images_as_channels(
    two_images: Cohort, settings: NetworkModel, name: str
) -> None:
    inputs, outcome = two_images
    pt = inputs.crops["pt"]
    spoilt = pt.load(np.arange(36))
    spoilt[~pt.present] = np.nan
    others = replace(inputs, crops={**inputs.crops, "pt": CropBlock.of(spoilt, pt.present)})
    model = fitted((inputs, outcome), settings)
    assert name in model.importance()
    assert np.array_equal(model.predict_risk(others), model.predict_risk(inputs))
    restored = settings.restore(model.state())
    assert np.array_equal(restored.predict_risk(others), model.predict_risk(inputs))
    twin = fitted((others, outcome), settings)
    assert state_digest(twin.state()) == state_digest(model.state())


def test_a_case_is_predicted_alike_alone_and_among_others(
    two_images: Cohort, reference: NetworkModel
) -> None:
    inputs, _ = two_images
    together = reference.predict_risk(inputs)
    alone = [float(reference.predict_risk(inputs.rows(np.array([row])))[0]) for row in range(9)]
    assert together[:9] == pytest.approx(alone, abs=1e-4)


def test_a_case_with_nothing_but_a_missing_value_is_predicted(
    two_images: Cohort, reference: NetworkModel
) -> None:
    inputs, _ = two_images
    nothing = np.zeros(36, dtype=bool)
    crops = {name: replace(block, present=nothing) for name, block in inputs.crops.items()}
    empty = inputs.table.frame.assign(**{"clinical.age": np.nan, "clinical.sex": None})
    without = ModelInputs(FeatureTable(empty), crops)
    assert not reference.covers(without).any()
    assert np.isfinite(reference.predict_probability(without)).all()
    assert reference.covers(inputs).all()


def test_the_state_is_the_whole_model(two_images: Cohort, reference: NetworkModel) -> None:
    inputs, _ = two_images
    state = reference.state()
    assert all(array.dtype.kind in "biufU" for array in state.values())
    restored = MODEL.restore(state)
    assert state_digest(restored.state()) == state_digest(state)
    assert np.array_equal(
        restored.predict_probability(inputs), reference.predict_probability(inputs)
    )
    assert restored.threshold == reference.threshold
    assert restored.importance() == reference.importance()


def test_every_learned_step_is_in_the_ledger_with_its_rows(two_images: Cohort) -> None:
    inputs, outcome = two_images
    ledger = Ledger()
    model = MODEL.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=ledger)
    steps = {step.step: step for step in ledger.steps}
    members = [f"member_{k}/{step}" for k in (0, 1) for step in ("impute", "one_hot", "scale")]
    networks = ["member_0/network", "member_1/network"]
    assert sorted(steps) == sorted(["censoring_weights", "calibrate", *members, *networks])
    everyone = set(inputs.case_ids)
    assert all(set(steps[name].case_ids) == everyone for name in ["calibrate", *networks])
    seen = [set(steps[f"member_{k}/impute"].case_ids) for k in (0, 1)]
    assert seen[0] | seen[1] == everyone
    assert not seen[0] & seen[1]
    assert set(model.out_of_fold_) == everyone


def test_cases_of_one_patient_are_never_parted_inside(two_images: Cohort) -> None:
    inputs, outcome = two_images
    pairs = tuple(f"patient {row // 2}" for row in range(36))
    label = np.repeat(np.arange(18) % 2, 2)
    ledger = Ledger()
    MODEL.clone().fit(
        replace(inputs, patient_ids=pairs),
        replace(outcome, event=label),
        horizon_days=EVER_DAYS,
        seed=0,
        ledger=ledger,
    )
    patient = dict(zip(inputs.case_ids, pairs, strict=True))
    seen = [
        {patient[case] for case in step.case_ids}
        for step in ledger.steps
        if step.step in {"member_0/impute", "member_1/impute"}
    ]
    assert len(seen) == 2
    assert not seen[0] & seen[1]


def test_too_few_events_for_inner_folds_are_said_in_the_state(two_images: Cohort) -> None:
    inputs, outcome = two_images
    few = replace(outcome, event=(np.arange(36) < 3).astype(np.int64))
    ledger = Ledger()
    model = fitted((inputs, few), ledger=ledger)
    assert [finding.code for finding in ledger.findings] == ["CAL-01"]
    assert len(model.members_) == 1
    assert model.out_of_fold_ == {}
    assert np.isfinite(model.predict_probability(inputs)).all()


def test_a_training_that_diverged_is_told(
    two_images: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()
    monkeypatch.setattr("tumorcast.fusion.network.train", lambda *_, **__: [np.inf, np.inf])
    fitted(two_images, ledger=ledger)
    assert {finding.code for finding in ledger.findings} == {"TRN-04"}


def test_cases_censored_before_the_horizon_count_for_nothing_but_the_weights(
    two_images: Cohort,
) -> None:
    inputs, outcome = two_images
    days = np.where(outcome.event == 1, 300.0, 900.0)
    censored = [0, 2]
    days[censored] = [100.0, 150.0]
    timed = replace(outcome, time_days=days)
    crops = inputs.crops["ct"].load(np.arange(36))
    crops[censored] = np.nan
    spoilt = CropBlock.of(crops, inputs.crops["ct"].present)
    fits = [
        MODEL.clone().fit(
            replace(inputs, crops=c), timed, horizon_days=365, seed=0, ledger=Ledger()
        )
        for c in (inputs.crops, {**inputs.crops, "ct": spoilt})
    ]
    weights = [
        {k: v.tobytes() for k, v in fit.state().items() if "importance" not in k} for fit in fits
    ]
    assert weights[0] == weights[1]


def test_importance_names_images_and_columns(reference: NetworkModel) -> None:
    importance = reference.importance()
    assert {"ct", "pt", "clinical.age"} <= set(importance)
    assert all(value >= 0 for value in importance.values())


def test_selection_happens_on_the_rows_of_each_member(two_images: Cohort) -> None:
    inputs, outcome = two_images
    random = np.random.default_rng(0)
    noise = {f"lab.{number}": random.normal(size=36) for number in range(20)}
    table = FeatureTable(inputs.table.frame.assign(**noise))
    model = fitted(
        (replace(inputs, table=table), outcome),
        replace(MODEL, blocks=("clinical", "lab"), select=4),
    )
    chosen = [member.preparation.columns_ for member in model.members_]
    assert [len(columns) for columns in chosen] == [4, 4]
    assert set(model.importance()) == {"ct", "pt", *chosen[0], *chosen[1]}


def test_settings_that_make_no_model_are_refused(two_images: Cohort) -> None:
    with pytest.raises(ValueError, match="no encoder 'resnet', only"):
        NetworkModel(("ct",), "resnet")
    with pytest.raises(ValueError, match="no fusion head 'sum', only"):
        NetworkModel(("ct",), "cnn3d", head="sum")
    with pytest.raises(ValueError, match="at least one image"):
        NetworkModel((), "cnn3d", blocks=("clinical",))
    with pytest.raises(StudyRefusedError, match=r"COL-03.*'gene'"):
        fitted(two_images, replace(MODEL, blocks=("gene",)))
    with pytest.raises(StudyRefusedError, match="END-08"):
        fitted((two_images[0], replace(two_images[1], event=np.zeros(36, dtype=np.int64))))
    block = CropBlock.of(np.zeros((36, 2, 20, 20, 20)), np.ones(36, dtype=bool))
    crops = {"ct": block, "pt": block}
    with pytest.raises(StudyRefusedError, match=r"ENC-01.*20 voxels.*size_voxels to 16"):
        fitted((replace(two_images[0], crops=crops), two_images[1]))


@pytest.mark.slow
def test_learns_a_texture_that_makes_the_label() -> None:
    crops, label = textured_crops(160, 32, 0)
    names = [f"case {row:03d}" for row in range(160)]
    inputs = ModelInputs(
        FeatureTable(pd.DataFrame(index=names)),
        {"ct": CropBlock.of(crops, np.ones(160, dtype=bool))},
    )
    outcome = Outcome(tuple(names), label)
    train_rows, test_rows = np.arange(80), np.arange(80, 160)
    model = fitted(
        (inputs.rows(train_rows), outcome.rows(train_rows)), NetworkModel(("ct",), "cnn3d")
    )
    held_out = inputs.rows(test_rows)
    assert auroc(label[test_rows], model.predict_risk(held_out)) > 0.9
    assert brier(label[test_rows], model.predict_probability(held_out)) < 0.15


@pytest.mark.parametrize("endpoint", sorted(ENDPOINTS.keys() - {"binary"}))
def test_networks_on_times_predict_the_horizon_and_come_back_from_their_state(
    two_images: Cohort, endpoint: str
) -> None:
    """Of two thirds the event is seen, early where the texture is coarse; two rows are unknown."""
    inputs, outcome = two_images
    random = np.random.default_rng(4)
    time = random.uniform(10, 100, 36) * np.where(outcome.event == 1, 1, 6)
    event = random.choice([0, 1, 1, 1, 2, 1], 36)
    on_times = Outcome(outcome.case_ids, event, time)
    settings = replace(MODEL, endpoint=endpoint, head="gated")
    model, again = (
        settings.clone().fit(inputs, on_times, horizon_days=90.0, seed=0, ledger=Ledger())
        for _ in range(2)
    )
    probability = model.predict_probability(inputs)
    assert np.all((probability > 0) & (probability < 1))
    assert len(np.unique(probability)) > 20
    assert state_digest(again.state()) == state_digest(model.state())
    restored = settings.restore(model.state())
    assert np.array_equal(restored.predict_risk(inputs), model.predict_risk(inputs))


def test_an_unknown_endpoint_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no endpoint 'weibull', only \['binary', 'compet"):
        NetworkModel(("ct",), "cnn3d", endpoint="weibull")
