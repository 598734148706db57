"""Early fusion of images and tables by networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.encoders import ENCODERS
from tumorcast.encoders.precision import Precision
from tumorcast.encoders.reproducible import reproducible
from tumorcast.errors import Finding
from tumorcast.features import Combat, Ledger, ModelInputs, State, part_of
from tumorcast.fusion.branch import JoinUse, MaskUse, branches_of, build_branch
from tumorcast.fusion.calibration import Calibration
from tumorcast.fusion.checkpoint import Checkpoint, Checkpoints
from tumorcast.fusion.endpoint import Endpoint, Rows
from tumorcast.fusion.endpoints import ENDPOINTS
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import FUSION_HEADS
from tumorcast.fusion.inner import (
    MIN_PER_CLASS,
    Splits,
    inner_splits,
    too_few_for_inner_folds,
)
from tumorcast.fusion.line import learn_line
from tumorcast.fusion.member import Member, network_data
from tumorcast.fusion.preparation import Preparation
from tumorcast.fusion.scale_learning import learn_scales
from tumorcast.fusion.started import start_from
from tumorcast.fusion.tabular import training_target
from tumorcast.fusion.train import TrainingSettings, predict, train
from tumorcast.metrics import YOUDEN, ThresholdRule

ENCODER_SHARE = 0.05
"""Share of an encoder's learning rate when it learns together with a head, from outcomes.

With the few hundred events of a large cohort an encoder that learns as fast as the head leaves the
scale of its features behind and finds the volume alone (docs/networks.md).
"""


@dataclass
class NetworkModel:
    """Encoders of images and blocks of a table, joined by a fusion head.

    The training rows are cut into inner folds. For each, a network and the table steps before it
    learn from the other folds, and the fold decides when training stops; the members' logits are
    averaged. The scores of the held-out rows, each made by the member that did not learn from it,
    give the calibration and the threshold. Where there are too few events for inner folds, one
    network learns from all rows, which then also calibrate it (``CAL-01``).

    A case that lacks an image, or every value of a source of the table, is predicted from the
    rest; see `FusionNetwork`.

    Parameters
    ----------
    images
        Names of the crops, one encoder each.
    encoder
        Name in `ENCODERS`.
    blocks, select, correlation, selector, min_icc, among, harmonise, near_constant
        Columns that are joined to the images' features; see `Preparation`.
    training
        Length and manner of training.
    precision
        Of the encoders, in training and after; weights, heads and losses are float32.
    n_inner_folds
        Members of the ensemble.
    threads
        CPU threads of one fit or prediction.
    head
        Name in `FUSION_HEADS`.
    endpoint
        Name in `ENDPOINTS`; all but ``binary`` learn from the times of all rows, also of those
        that are censored before the horizon.
    mask
        Whether the tumour's mask is a channel of the crop or an attention gate on it.
    join
        Whether each image has an encoder, or all are channels of one; then their crops must lie
        on one grid.
    weights
        Safetensors files that encoders start from, by image; only with an encoder for each image.
    weights_rate
        Learning rate of those encoders, in parts of that of others; 0 freezes them.
    checkpoints
        Where a fit keeps how far it is, so that a fit that was killed goes on when it is done
        again; when it is done it leaves nothing there, unless they keep what is finished. Decides
        nothing that is learned.
    rule
        How the threshold is chosen.
    """

    images: tuple[str, ...]
    encoder: str
    blocks: tuple[str, ...] = ()
    select: int | None = 36
    correlation: float = 0.9
    selector: str = "forest"
    training: TrainingSettings = field(default_factory=TrainingSettings)
    precision: Precision = "float32"
    n_inner_folds: int = 3
    threads: int = 1
    min_icc: float | None = None
    head: str = "concatenation"
    endpoint: str = "binary"
    mask: MaskUse = "channel"
    join: JoinUse = "branches"
    among: tuple[str, ...] | None = None
    weights: Mapping[str, Path] = field(default_factory=dict)
    weights_rate: float = 1.0
    checkpoints: Checkpoints | None = None
    harmonise: Combat | None = None
    rule: ThresholdRule = YOUDEN
    near_constant: float | None = None

    def __post_init__(self) -> None:
        if self.encoder not in ENCODERS:
            raise ValueError(f"no encoder '{self.encoder}', only {sorted(ENCODERS)}")
        if self.head not in FUSION_HEADS:
            raise ValueError(f"no fusion head '{self.head}', only {sorted(FUSION_HEADS)}")
        if self.endpoint not in ENDPOINTS:
            raise ValueError(f"no endpoint '{self.endpoint}', only {sorted(ENDPOINTS)}")
        if not self.images:
            raise ValueError("a network needs at least one image; a table alone has learners")
        if not set(self.weights) <= set(branches_of(self.images, self.join)):
            raise ValueError(f"weights of {sorted(self.weights)}, not of encoders of {self.images}")

    def clone(self) -> Self:
        """Return an unfitted model with the same settings."""
        return replace(self)

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn table steps, networks, calibration and threshold from the rows.

        The order of the rows does not matter. On a CPU two fits with the same seed and threads
        are equal bit for bit; all randomness is drawn from `seed`.

        Raises
        ------
        StudyRefusedError
            ``COL-03`` when a block has no column, ``END-08`` when the rows whose state at the
            horizon is known are all of one class, ``ENC-01`` when the encoder cannot take crops
            of this size, ``WGT-01``, ``WGT-02``, ``WGT-04`` as `Weights`.
        """
        order = np.argsort(np.array(inputs.case_ids))
        inputs, outcome = inputs.rows(order), outcome.rows(order)
        target = training_target(outcome, horizon_days, ledger)
        self.seed_ = seed
        self.crop_shapes_ = {image: inputs.crops[image].array.shape[1:3] for image in self.images}
        self.horizon_days_ = horizon_days
        with reproducible(seed, self.threads):
            self._fit_members(inputs, target, Rows.of(outcome, target), seed, ledger)
        return self

    def _fit_members(
        self, inputs: ModelInputs, target: BinaryTarget, known: Rows, seed: int, ledger: Ledger
    ) -> None:
        splits = inner_splits(target, inputs.groups, n_folds=self.n_inner_folds, seed=seed)
        score = self._train_members(inputs, target, known, splits, seed, ledger)
        self.calibration_ = Calibration.fit(score, target, self.rule)
        ledger.record("calibrate", inputs.case_ids, self.calibration_.state())
        probability = self.calibration_.probability(score)
        self.out_of_fold_ = {
            inputs.case_ids[row]: float(probability[row])
            for _, held_out in splits
            for row in held_out
        }

    def _train_members(
        self,
        inputs: ModelInputs,
        target: BinaryTarget,
        known: Rows,
        splits: Splits,
        seed: int,
        ledger: Ledger,
    ) -> NDArray[np.float64]:
        """Train a member a split, or one on all rows; return the scores of the held-out rows."""
        rows = np.arange(len(inputs))
        if not splits:
            fewest = MIN_PER_CLASS * self.n_inner_folds
            instead = "one network is stopped and calibrated by the rows that it learned from"
            ledger.findings.append(too_few_for_inner_folds(fewest, instead))
        self.members_ = []
        folds = splits or [(rows, rows)]
        kept = [Checkpoint(self.checkpoints) if self.checkpoints else None for _ in folds]
        scores = []
        for number, (fit_rows, held_out) in enumerate(folds):
            part = ledger.within(f"member_{number}")
            member = self._fit_member(
                inputs, target, known, fit_rows, held_out, seed + number, part, kept[number]
            )
            scores.append(member.score(inputs.rows(held_out)))
            self.members_.append(member)
        self.importance_ = mean_by_name([member.importance(inputs) for member in self.members_])
        for checkpoint in filter(None, kept):
            if not checkpoint.settings.keep_finished:
                checkpoint.remove()
        score = np.zeros((len(rows), *scores[0].shape[1:]))
        for (_, held_out), of_fold in zip(folds, scores, strict=True):
            score[held_out] = of_fold
        return score

    def _fit_member(
        self,
        inputs: ModelInputs,
        target: BinaryTarget,
        known: Rows,
        fit_rows: NDArray[np.int64],
        held_out: NDArray[np.int64],
        seed: int,
        ledger: Ledger,
        checkpoint: Checkpoint | None,
    ) -> Member:
        fit_known = known.take(fit_rows)
        preparation = self._preparation()
        preparation.fit(
            inputs.table.rows(fit_rows), target.rows(fit_rows), seed=seed, ledger=ledger
        )
        data = network_data(inputs, self.images, preparation)
        endpoint = self._endpoint().learn(fit_known, self.horizon_days_)
        network = self._build(preparation.columns_, endpoint.start())
        start_from(self.weights, network.encoders)
        learn_scales(network, data, fit_rows[endpoint.usable(fit_known).numpy()])
        learn_line(network, data, endpoint, known, fit_rows, held_out)
        rate = ENCODERS[self.encoder].learning_rate * ENCODER_SHARE
        losses = train(
            network,
            data,
            endpoint,
            known,
            fit_rows,
            held_out,
            self.training,
            learning_rate=rate,
            seed=seed,
            checkpoint=checkpoint,
        )
        ledger.findings += checkpoint.findings if checkpoint else []
        if not np.isfinite(losses).any():
            ledger.findings.append(_diverged())
        endpoint = endpoint.finish(predict(network, data, fit_rows), fit_known)
        member = Member(preparation, network, endpoint, self.horizon_days_)
        ledger.record("network", inputs.case_ids, member.state())
        return member

    def _endpoint(self) -> Endpoint:
        return ENDPOINTS[self.endpoint]()

    def _preparation(self) -> Preparation:
        return Preparation(
            self.blocks,
            self.select,
            self.correlation,
            self.selector,
            self.min_icc,
            self.among,
            self.harmonise,
            self.near_constant,
        )

    def _build(self, columns: Sequence[str], start: Sequence[float]) -> FusionNetwork:
        """Return a fresh network for the crops that `fit` has seen and these columns."""
        encoder = ENCODERS[self.encoder]
        branches = branches_of(self.images, self.join)
        network = FusionNetwork(
            {
                name: build_branch(
                    encoder,
                    images,
                    self.crop_shapes_,
                    self.mask,
                    self.weights_rate if name in self.weights else None,
                )
                for name, images in branches.items()
            },
            FUSION_HEADS[self.head],
            branches=branches,
            n_features=encoder.n_features,
            columns=columns,
            start=start,
            precision=self.precision,
        )
        return network.to("cuda" if torch.cuda.is_available() else "cpu")

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has one of the images or a value in the blocks, shape (n,)."""
        members = self.members_ if hasattr(self, "members_") else ()
        preparations = [member.preparation for member in members] or [self._preparation()]
        columns = [one.has_values(inputs.table) for one in preparations]
        present = [inputs.crops[image].present for image in self.images]
        return np.asarray(np.any([*columns, *present], axis=0))

    def _score(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the mean of the members' log-odds."""
        with reproducible(0, self.threads):
            scores = [member.score(inputs) for member in self.members_]
        return np.asarray(np.mean(scores, axis=0))

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of `predict_probability`, in the same order, shape (n,)."""
        score = self._score(inputs)
        return self.calibration_.slope * score + self.calibration_.intercept

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,)."""
        return np.asarray(expit(self.predict_risk(inputs)))

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""
        return self.calibration_.threshold

    def importance(self) -> dict[str, float]:
        """Return the mean change of the logit without each image or column; see `Member`."""
        return self.importance_

    def state(self) -> State:
        """Return everything that was learned; with the settings it is the whole model."""
        members = {
            f"member_{number}/{name}": value
            for number, member in enumerate(self.members_)
            for name, value in member.state().items()
        }
        shapes = {f"crop_shape/{name}": np.array(s) for name, s in self.crop_shapes_.items()}
        importance = {f"importance/{name}": np.array(v) for name, v in self.importance_.items()}
        return {
            **members,
            **shapes,
            **importance,
            **self._calibration_state(),
            "seed": np.array(self.seed_),
            "horizon_days": np.array(self.horizon_days_),
            "n_members": np.array(len(self.members_)),
        }

    def restore(self, state: State) -> Self:
        """Return a model with these settings that has learned `state`."""
        restored = self.clone()
        shapes = part_of(state, "crop_shape")
        restored.crop_shapes_ = {image: tuple(shapes[image].tolist()) for image in self.images}
        restored.horizon_days_ = float(state["horizon_days"])
        restored.members_ = [
            restored._restored_member(part_of(state, f"member_{number}"))
            for number in range(int(state["n_members"]))
        ]
        restored.seed_ = int(state["seed"])
        restored._restore_calibration(state)
        importance = part_of(state, "importance").items()
        restored.importance_ = {name: float(value) for name, value in importance}
        return restored

    def _calibration_state(self) -> State:
        return self.calibration_.state()

    def _restore_calibration(self, state: State) -> None:
        self.calibration_ = Calibration.restore(state)

    def _restored_member(self, state: State) -> Member:
        preparation = self._preparation().restore(state)
        endpoint = self._endpoint().restore(part_of(state, "endpoint"))
        network = self._build(preparation.columns_, endpoint.start())
        weights = part_of(state, "network").items()
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights})
        return Member(preparation, network, endpoint, self.horizon_days_)


def _diverged() -> Finding:
    return Finding(
        "TRN-04",
        "warning",
        "the training of a network diverged: its loss was finite after no epoch, so it predicts "
        "as it did before the first",
        "a loss that falls",
        "look for extreme values in the columns and for images out of the crop's window",
    )


def mean_by_name(parts: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each name's values over the parts, 0 where a part lacks it."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: sum(part.get(name, 0.0) for part in parts) / len(parts) for name in names}
