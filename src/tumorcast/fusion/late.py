"""Late fusion: an average of models, each on its own block, over the blocks that a case has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import Ledger, ModelInputs, State
from tumorcast.fusion.calibration import Calibration, log_odds
from tumorcast.fusion.chosen import Candidate
from tumorcast.fusion.members import (
    fitted_members,
    mean_importance,
    members_state,
    restored_members,
)
from tumorcast.fusion.stacking import stacking_weights
from tumorcast.fusion.tabular import training_target
from tumorcast.metrics import YOUDEN, ThresholdRule


class MemberModel(Candidate, Protocol):
    """An outcome model that can be part of a late fusion."""

    @property
    def out_of_fold_(self) -> Mapping[str, float]:
        """Calibrated probability of training cases, each by a model that did not learn from it."""

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,)."""


@dataclass
class LateFusion:
    """The mean of the members' calibrated log-odds over the members whose block the case has.

    Every member learns from the cases that have its block and is asked only about such cases, so
    whatever stands in the place of an absent block cannot matter. Averaging on the scale of
    log-odds lets evidence add up where averaged probabilities shrink towards one half (Satopaa
    et al., Int J Forecast 2014;30:344); members are recalibrated, so none is wildly sure. The mean
    is itself recalibrated, and its threshold chosen, on the members' out-of-fold probabilities.

    A case with no block at all gets the training rows' share of events.

    Parameters
    ----------
    members
        Unfitted models by name.
    weighting
        ``"equal"``, or ``"stacked"``: a weighted mean, with weights learned on the members'
        out-of-fold probabilities (`stacking_weights`). Over the members that a case has the
        weights are put on a sum of 1; where all of these are 0, they are equal.
    rule
        How the threshold is chosen.
    """

    members: Mapping[str, MemberModel]
    weighting: Literal["equal", "stacked"] = "equal"
    rule: ThresholdRule = YOUDEN

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("a late fusion needs at least one member")

    def clone(self) -> Self:
        """Return an unfitted fusion of unfitted members."""
        members = {name: member.clone() for name, member in self.members.items()}
        return type(self)(members, self.weighting, self.rule)

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn every member, then weights, the calibration of their mean and the threshold.

        Raises
        ------
        StudyRefusedError
            ``END-08`` when the cases of a member are all of one class.
        """
        target = training_target(outcome, horizon_days, ledger)
        self.members_ = fitted_members(
            self.members, inputs, outcome, horizon_days=horizon_days, seed=seed, ledger=ledger
        )
        self.share_ = float(np.average(target.label, weights=target.weight))
        self._calibrate(inputs, target)
        state = {"share": np.array(self.share_), "weights": self.weights_}
        ledger.record("calibrate", inputs.case_ids, {**state, **self.calibration_.state()})
        return self

    def _calibrate(self, inputs: ModelInputs, target: BinaryTarget) -> None:
        case_ids = inputs.case_ids
        held_out = [
            np.where(
                member.covers(inputs),
                [member.out_of_fold_.get(case, np.nan) for case in case_ids],
                np.nan,
            )
            for member in self.members_.values()
        ]
        by_member = log_odds(np.stack(held_out, axis=1))
        if self.weighting == "stacked":
            self.weights_ = stacking_weights(by_member, target)
        else:
            self.weights_ = np.full(len(self.members_), 1 / len(self.members_))
        score = weighted_mean(by_member, self.weights_)
        judged = ~np.isnan(score) & (target.weight > 0)
        if len(np.unique(target.label[judged])) < 2:
            self.calibration_ = Calibration(
                slope=1.0, intercept=0.0, threshold=self.rule.of_share(self.share_)
            )
        else:
            known = target.rows(np.flatnonzero(judged))
            self.calibration_ = Calibration.fit(score[judged], known, self.rule)
        probability = self.calibration_.probability(score)
        self.out_of_fold_ = {
            case: float(value)
            for case, value, known in zip(case_ids, probability, judged, strict=True)
            if known
        }

    def covers(self, inputs: ModelInputs) -> NDArray[np.bool_]:
        """Return whether a case has the block of any member, shape (n,)."""
        members = self.members_ if hasattr(self, "members_") else self.members
        covered = [member.covers(inputs) for member in members.values()]
        return np.asarray(np.any(covered, axis=0))

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of `predict_probability`, in the same order, shape (n,)."""
        probabilities = []
        for member in self.members_.values():
            rows = np.flatnonzero(member.covers(inputs))
            probability = np.full(len(inputs), np.nan)
            if len(rows):
                probability[rows] = member.predict_probability(inputs.rows(rows))
            probabilities.append(probability)
        score = weighted_mean(log_odds(np.stack(probabilities, axis=1)), self.weights_)
        risk = self.calibration_.slope * score + self.calibration_.intercept
        return np.where(np.isnan(score), logit(self.share_), risk)

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of the event by the horizon, shape (n,)."""
        return np.asarray(expit(self.predict_risk(inputs)))

    @property
    def threshold(self) -> float:
        """Probability above which a case is called positive."""
        return self.calibration_.threshold

    def importance(self) -> dict[str, float]:
        """Return the weighted mean over the members of each name's importance."""
        return mean_importance(self.members_, self.weights_.tolist())

    def state(self) -> State:
        """Return what the members and the fusion have learned."""
        own = {"share": np.array(self.share_), "weights": self.weights_}
        return {**members_state(self.members_), **self.calibration_.state(), **own}

    def restore(self, state: State) -> Self:
        """Return a fusion of these members that has learned `state`."""
        restored = self.clone()
        restored.members_ = restored_members(self.members, state)
        restored.calibration_ = Calibration.restore(state)
        restored.share_ = float(state["share"])
        restored.weights_ = state["weights"].astype(np.float64)
        return restored


def weighted_mean(
    by_member: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean over members, shape (n,), leaving out NaN; NaN where no member speaks.

    Parameters
    ----------
    by_member
        Log-odds, shape (n, members).
    weights
        Shape (members,), on whose ratios alone it depends; where those of all members that speak
        are 0, they count alike.
    """
    speaks = ~np.isnan(by_member)
    share = np.where(speaks, weights, 0.0)
    share = np.where(share.sum(axis=1, keepdims=True) > 0, share, speaks)
    total = share.sum(axis=1)
    summed = (share * np.where(speaks, by_member, 0.0)).sum(axis=1)
    return np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
