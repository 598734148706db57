"""Early fusion of images and tables by networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.encoders import ENCODERS
from tumorcast.features import Ledger, ModelInputs
from tumorcast.fusion.calibration import Calibration
from tumorcast.fusion.heads import ConcatenationNetwork
from tumorcast.fusion.inner import inner_folds
from tumorcast.fusion.member import Member, network_data
from tumorcast.fusion.preparation import Preparation
from tumorcast.fusion.train import TrainingSettings, reproducible, train


@dataclass
class NetworkModel:
    """Encoders of images and blocks of a table, concatenated and fully connected.

    The training rows are cut into inner folds. For each, a network and the table steps before it
    learn from the other folds, and the fold decides when training stops; the members' logits are
    averaged. The scores of the held-out rows, each made by the member that did not learn from it,
    give the calibration and the threshold. Where there are too few events for inner folds, one
    network learns from all rows, which then also calibrate it (`calibrated_on_training_`).

    A case that lacks an image is predicted from the rest; see `ConcatenationNetwork`.

    Parameters
    ----------
    images
        Names of the crops, one encoder each.
    encoder
        Name in `ENCODERS`.
    blocks, select, correlation
        Columns that are joined to the images' features; see `Preparation`.
    training
        Length and speed of training.
    n_inner_folds
        Members of the ensemble.
    threads
        CPU threads of one fit or prediction.
    """

    images: tuple[str, ...]
    encoder: str
    blocks: tuple[str, ...] = ()
    select: int | None = 36
    correlation: float = 0.9
    training: TrainingSettings = field(default_factory=TrainingSettings)
    n_inner_folds: int = 3
    threads: int = 1

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
        """
        order = np.argsort(np.array(inputs.case_ids))
        inputs, outcome = inputs.rows(order), outcome.rows(order)
        target = outcome.binary_at(horizon_days)
        ledger.record("censoring_weights", inputs.case_ids, {"weight": target.weight})
        with reproducible(seed, self.threads):
            self._fit_members(inputs, target, seed, ledger)
        return self

    def _fit_members(
        self, inputs: ModelInputs, target: BinaryTarget, seed: int, ledger: Ledger
    ) -> None:
        rows = np.arange(len(inputs))
        folds = inner_folds(target, inputs.groups, n_folds=self.n_inner_folds, seed=seed)
        self.calibrated_on_training_ = not folds
        splits = [(np.setdiff1d(rows, fold), fold) for fold in folds] or [(rows, rows)]
        self.members_ = []
        score = np.zeros(len(rows))
        for number, (fit_rows, held_out) in enumerate(splits):
            part = ledger.within(f"member_{number}")
            member = self._fit_member(inputs, target, fit_rows, held_out, seed + number, part)
            score[held_out] = member.score(inputs.rows(held_out))
            self.members_.append(member)
        self.calibration_ = Calibration.fit(score, target)
        ledger.record("calibration", inputs.case_ids, self.calibration_.state())
        self.importance_ = mean_by_name([member.importance(inputs) for member in self.members_])

    def _fit_member(
        self,
        inputs: ModelInputs,
        target: BinaryTarget,
        fit_rows: NDArray[np.int64],
        held_out: NDArray[np.int64],
        seed: int,
        ledger: Ledger,
    ) -> Member:
        fit_target = BinaryTarget(target.label[fit_rows], target.weight[fit_rows])
        preparation = Preparation(self.blocks, self.select, self.correlation)
        preparation.fit(inputs.table.rows(fit_rows), fit_target, seed=seed, ledger=ledger)
        data = network_data(inputs, self.images, preparation)
        prevalence = float(np.average(fit_target.label, weights=fit_target.weight))
        shapes = {image: data.crops[image].array.shape[1:3] for image in self.images}
        network = self._build(shapes, data.columns.shape[1], prevalence)
        train(network, data, target, fit_rows, held_out, self.training, seed=seed)
        member = Member(preparation, network)
        ledger.record("network", inputs.case_ids, member.state())
        return member

    def _build(
        self, shapes: Mapping[str, tuple[int, ...]], n_columns: int, prevalence: float
    ) -> ConcatenationNetwork:
        encoder = ENCODERS[self.encoder]
        network = ConcatenationNetwork(
            {image: encoder.build(channels, size) for image, (channels, size) in shapes.items()},
            n_features=encoder.n_features,
            n_columns=n_columns,
            prevalence=prevalence,
        )
        return network.to("cuda" if torch.cuda.is_available() else "cpu")

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the mean logit of the members, shape (n,); not a probability."""
        with reproducible(0, self.threads):
            scores = [member.score(inputs) for member in self.members_]
        return np.asarray(np.mean(scores, axis=0))

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,)."""
        return self.calibration_.probability(self.predict_risk(inputs))

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""
        return self.calibration_.threshold

    def importance(self) -> dict[str, float]:
        """Return the mean change of the logit without each image or column; see `Member`."""
        return self.importance_

    def state(self) -> Mapping[str, NDArray[np.generic]]:
        """Return everything that was learned."""
        return {
            **{
                f"member_{number}/{name}": value
                for number, member in enumerate(self.members_)
                for name, value in member.state().items()
            },
            **self.calibration_.state(),
            "calibrated_on_training": np.array(self.calibrated_on_training_),
        }


def mean_by_name(parts: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each name's values over the parts, 0 where a part lacks it."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: sum(part.get(name, 0.0) for part in parts) / len(parts) for name in names}
