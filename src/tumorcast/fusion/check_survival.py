"""What every learner on times must do, checked on small made-up matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import state_digest
from tumorcast.fusion.check import require, require_arrays, require_shares
from tumorcast.fusion.survival_learner import SurvivalLearner
from tumorcast.metrics import aalen_johansen, c_index

_SEED = 3
_TIMES_DAYS = np.array([1.0, 100.0, 400.0, np.inf])


def check_survival_learner(make: Callable[[], SurvivalLearner]) -> None:
    """Check a learner of your own as those of tumorcast are checked.

    Parameters
    ----------
    make
        Returns the learner, unfitted, with the settings to be checked.

    Raises
    ------
    AssertionError
        When it gives other values for the same rows and seed, probabilities that fall with the
        time, a risk of the wrong direction, no way to do without columns, a signal or more than
        one event, leaves the incidence of the rows on noise, or when `restore` does not bring
        back what `state` said.
    """
    example = _example(signal=1.0)
    learner = _fit(make(), example)
    _check_output(learner, example.matrix)
    again = _fit(learner.clone(), example)
    same = state_digest(again.state()) == state_digest(learner.state())
    require(same, "learns otherwise from the same rows and seed")
    _check_state(learner, example.matrix)
    risk = learner.predict_risk(example.matrix)
    require(c_index(example.event, example.time_days, risk) > 0.65, "does not rank a signal")
    _check_incidence(make)
    for odd in _odd_matrices(example):
        _check_output(_fit(make(), example._replace(matrix=odd)), odd)
    single = (np.arange(len(example.event)) == 5).astype(np.int64)
    _check_output(_fit(make(), example._replace(event=single)), example.matrix)
    _check_refusal(make, example)


class _Example(NamedTuple):
    matrix: NDArray[np.float64]
    event: NDArray[np.int64]
    time_days: NDArray[np.float64]


def _example(signal: float, n: int = 150) -> _Example:
    """Return rows with ties, censoring and a competing event."""
    random = np.random.default_rng(8)
    matrix = random.normal(size=(n, 5))
    hazard = np.exp(signal * (matrix[:, 0] - matrix[:, 1]))
    times = np.stack([random.exponential(300, n) / hazard, *random.exponential(600, (2, n))])
    first = times.argmin(axis=0)
    event = np.array([1, 2, 0])[first]
    return _Example(matrix, event, np.ceil(times.min(axis=0) / 10) * 10)


def _odd_matrices(example: _Example) -> list[NDArray[np.float64]]:
    constant = np.ones((len(example.event), 2))
    perfect = -example.time_days[:, np.newaxis] / example.time_days.std()
    return [example.matrix[:, :0], example.matrix[:, :1], constant, perfect]


def _fit(learner: SurvivalLearner, example: _Example) -> SurvivalLearner:
    alone = np.arange(len(example.event)).astype(np.str_)
    return learner.fit(example.matrix, example.event, example.time_days, groups=alone, seed=_SEED)


def _check_output(learner: SurvivalLearner, matrix: NDArray[np.float64]) -> None:
    incidence = learner.predict_incidence(matrix, _TIMES_DAYS)
    require(incidence.shape == (len(matrix), 4), "does not give one probability a row and time")
    inside = (incidence >= 0) & (incidence <= 1)
    require(bool(inside.all()), "gives no probability in [0, 1]")
    require(bool((np.diff(incidence, axis=1) >= 0).all()), "has an incidence that falls with time")
    risk = learner.predict_risk(matrix)
    require(risk.shape == (len(matrix),), "does not give one risk a row")
    require(bool(np.isfinite(risk).all()), "gives a risk that is not finite")
    require_shares(learner.importance(), matrix.shape[1])


def _check_state(learner: SurvivalLearner, matrix: NDArray[np.float64]) -> None:
    state = learner.state()
    require_arrays(state)
    restored = learner.clone().restore(state)
    equal = np.array_equal(restored.predict_risk(matrix), learner.predict_risk(matrix))
    now = learner.predict_incidence(matrix, _TIMES_DAYS)
    equal &= np.array_equal(restored.predict_incidence(matrix, _TIMES_DAYS), now)
    require(equal, "does not predict from its state what it predicted before")


def _check_incidence(make: Callable[[], SurvivalLearner]) -> None:
    """On noise without competing events the mean incidence is the rows' own."""
    noise = _example(signal=0.0, n=400)
    noise = noise._replace(event=np.where(noise.event == 2, 0, noise.event))
    mean = _fit(make(), noise).predict_incidence(noise.matrix, np.array([100.0]))[:, 0].mean()
    curve = aalen_johansen(noise.event, noise.time_days)
    own = curve.incidence[np.searchsorted(curve.time_days, 100.0, side="right") - 1]
    require(abs(mean - own) < 0.03, f"predicts {mean:.2f} on noise with an incidence of {own:.2f}")


def _check_refusal(make: Callable[[], SurvivalLearner], example: _Example) -> None:
    try:
        _fit(make(), example._replace(event=np.zeros_like(example.event)))
    except ValueError:
        return
    require(condition=False, fault="learns from rows of which none has the event")
