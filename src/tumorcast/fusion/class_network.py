"""Early fusion of images and tables by networks, for several classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tumorcast.cohort import Outcome
from tumorcast.encoders.reproducible import reproducible
from tumorcast.features import Ledger, ModelInputs, State
from tumorcast.fusion.class_calibration import ClassCalibration
from tumorcast.fusion.class_endpoint import ClassEndpoint
from tumorcast.fusion.class_model import class_splits, require_classes
from tumorcast.fusion.endpoint import Endpoint, Rows
from tumorcast.fusion.network import NetworkModel


@dataclass
class ClassNetworkModel(NetworkModel):
    """As `NetworkModel`, with one output a class and their cross-entropy as the loss.

    The members' log-odds of each class against the rest are averaged, turned into probabilities
    that add up to 1, and recalibrated (`ClassCalibration`).
    """

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn table steps, networks and calibration from the rows; their order does not matter.

        Raises
        ------
        StudyRefusedError
            ``END-15`` when the rows lack a class; else as `NetworkModel.fit`.
        """
        order = np.argsort(np.array(inputs.case_ids))
        inputs, outcome = inputs.rows(order), outcome.rows(order)
        require_classes(outcome)
        self.seed_ = seed
        self.crop_shapes_ = {image: inputs.crops[image].array.shape[1:3] for image in self.images}
        self.horizon_days_ = horizon_days
        target = outcome.class_target()
        splits = class_splits(outcome, inputs.groups, (self.n_inner_folds,), seed)
        with reproducible(seed, self.threads):
            score = self._train_members(
                inputs, target, Rows.of(outcome, target), splits, seed, ledger
            )
        self.class_calibration_ = ClassCalibration.fit(_probability(score), outcome.event)
        ledger.record("calibrate", inputs.case_ids, self.class_calibration_.state())
        return self

    def _endpoint(self) -> Endpoint:
        return ClassEndpoint()

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, shape (n, classes)."""
        return self.class_calibration_.probability(_probability(self._score(inputs)))

    def _calibration_state(self) -> State:
        return self.class_calibration_.state()

    def _restore_calibration(self, state: State) -> None:
        self.class_calibration_ = ClassCalibration.restore(state)


def _probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    each = expit(log_odds)
    return np.asarray(each / each.sum(axis=1, keepdims=True))
