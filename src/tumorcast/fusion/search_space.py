"""Which parameters of the learners can be searched, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

_DIGITS = 3
"""Significant digits of a drawn value: what is told is what was used."""


@dataclass(frozen=True)
class Range:
    """Where a parameter is looked for, and which values it can have at all.

    Parameters
    ----------
    low, high
        Ends, both included.
    scale
        On which values are spread evenly.
    whole
        Whether only whole numbers are meant.
    least, most
        Outside these the parameter means nothing; on the scale of logarithms it is above 0 as well.
    """

    low: float
    high: float
    scale: Literal["linear", "log"] = "log"
    whole: bool = False
    least: float = 0.0
    most: float = math.inf

    def admits(self, value: float) -> bool:
        """Return whether the parameter can have this value."""
        fits = float(value).is_integer() if self.whole else math.isfinite(value)
        return fits and self.least <= value <= self.most and (value > 0 or self.scale == "linear")

    def value_at(self, share: float) -> float:
        """Return the value so far along the range, from 0 to 1."""
        margin = 0.5 if self.whole else 0.0
        low, high = self.low - margin, self.high + margin
        if self.scale == "log":
            value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            value = low + share * (high - low)
        if self.whole:
            return int(min(max(round(value), self.low), self.high))
        return float(f"{value:.{_DIGITS}g}")

    def rvs(self, random_state: np.random.RandomState) -> float:
        """Draw a value, as scikit-learn's `ParameterSampler` asks a distribution."""
        return self.value_at(float(random_state.uniform()))


Space = Mapping[str, Range | Sequence[float]]
"""By parameter, a range or the values to choose from."""

Settings = Mapping[str, float]
"""Values of parameters; those that are not named have their defaults."""


def _count(low: int, high: int, least: int = 1) -> Range:
    return Range(low, high, whole=True, least=least)


SEARCHABLE: Mapping[str, Mapping[str, Range]] = {
    "logistic": {"penalty": Range(1, 1e4)},
    "elastic_net": {
        "l1_ratio": Range(0.05, 1, "linear", most=1),
        "penalty": Range(0.1, 1e3),
    },
    "forest": {"min_rows": _count(2, 30), "tries": _count(1, 16)},
    "boosted_trees": {
        "n_trees": _count(30, 300),
        "learning_rate": Range(0.01, 0.3, most=1),
        "n_leaves": _count(2, 16, least=2),
        "min_rows": _count(3, 30),
        "penalty": Range(0.1, 100),
    },
    "adaboost": {"n_stumps": _count(10, 200), "learning_rate": Range(0.05, 1)},
    "svm": {"cost": Range(0.03, 30), "gamma": Range(0.1, 10)},
    "knn": {"k": _count(3, 50)},
    "naive_bayes": {"smoothing": Range(1e-3, 1)},
    "lda": {"shrinkage": Range(0.01, 1, "linear", most=1)},
    "mlp": {"n_hidden": _count(2, 32), "decay": Range(0.1, 100)},
    "icare": {"association": Range(0.05, 0.5, "linear", most=1)},
    "icare_times": {"association": Range(0.05, 0.5, "linear", most=1)},
    "cox": {"l1_ratio": Range(0.05, 1, "linear", least=0.01, most=1), "penalty": Range(1e-3, 0.3)},
    "survival_forest": {"min_rows": _count(3, 50), "tries": _count(1, 16)},
}
"""By learner, the fields that can be searched and where they are by default.

The parameters are those of which Probst, Boulesteix and Bischl (J Mach Learn Res 2019;20:53) found
that tuning pays, where our learner has them; the ranges are narrower than theirs and lean to simple
models, as cohorts are small.
"""

KEEP = "keep"
"""The number of columns that the selection keeps, searched where it is asked for by name."""

KEPT = _count(1, 100)
"""The numbers that `KEEP` can have."""


def draw_trials(space: Space, n: int, seed: int) -> tuple[Settings, ...]:
    """Return at most `n` different settings, the defaults first.

    Random search (Bergstra and Bengio, J Mach Learn Res 2012;13:281), by scikit-learn's
    `ParameterSampler`. What is drawn twice is tried once.

    Parameters
    ----------
    space
        What is searched.
    n
        Trials, that of the defaults among them.
    seed
        Of the draw.
    """
    from sklearn.model_selection import ParameterSampler  # noqa: PLC0415

    counts = [1 if isinstance(each, Range) else len(each) for each in space.values()]
    every = any(isinstance(each, Range) for each in space.values())
    n_drawn = n - 1 if every else min(n - 1, math.prod(counts))
    drawn = ParameterSampler(dict(space), n_drawn, random_state=seed % 2**32) if n_drawn else ()
    trials: list[Settings] = [{}]
    for settings in drawn:
        if settings not in trials:
            trials.append(settings)
    return tuple(trials)


def described(settings: Settings) -> str:
    """Return settings in words, such as ``"cost 0.31, gamma 2.2"``."""
    return ", ".join(f"{name} {value:g}" for name, value in settings.items()) or "defaults"
