"""A random survival forest whose whole state is a handful of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State
from tumorcast.fusion.learner import shares

_MOST_BINS = 255


@dataclass
class SurvivalForestLearner:
    """Trees on bootstrap samples that part early events from late ones.

    Ishwaran et al., Random survival forests, Ann Appl Stat 2008;2:841.

    Each node tries some columns, drawn at random, and takes the cut of the largest log-rank
    statistic; a leaf holds the Nelson-Aalen estimate of its rows. Competing events are censored in
    the hazard, as `SurvivalLearner` says. The risk is the cumulative hazard of the forest summed
    over the days with an event (ensemble mortality, section 4.1).

    Parameters
    ----------
    n_trees
        Number of trees.
    min_rows
        Fewest distinct training rows in a leaf.
    tries
        Columns that a node tries; ``None`` for the square root of their number.
    bootstrap
        Whether each tree has a sample of its own, drawn with replacement.
    n_bins
        Largest number of cuts of a column, at most 255.
    """

    n_trees: int = 300
    min_rows: int = 10
    tries: int | None = None
    bootstrap: bool = True
    n_bins: int = 64
    state_: dict[str, NDArray[np.generic]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.n_bins <= _MOST_BINS:
            raise ValueError(f"n_bins {self.n_bins} is not in 1 to {_MOST_BINS}")

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return replace(self)

    def fit(
        self,
        matrix: NDArray[np.float64],
        event: NDArray[np.int64],
        time_days: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,
    ) -> Self:
        """Grow the trees; the seed decides bootstrap samples and the columns that nodes try.

        Raises
        ------
        ValueError
            When no row has the event.
        """
        from tumorcast.features.tree_kernels import bin_columns  # noqa: PLC0415  (numba is heavy)
        from tumorcast.fusion.survival_kernels import grow_survival_tree  # noqa: PLC0415

        had_event = event == 1
        if not had_event.any():
            raise ValueError("no row has the event: there is nothing to learn")
        days = np.unique(time_days[had_event])
        seen = np.searchsorted(days, time_days, side="right")
        values = np.ascontiguousarray(matrix.T, dtype=np.float64)
        codes, cuts, n_cuts = bin_columns(values, np.argsort(values, axis=1), self.n_bins)
        tries = self.tries or max(1, int(np.sqrt(len(values))))
        random = np.random.default_rng(seed)
        trees, roots, n_nodes = [], [], 0
        importance = np.zeros(len(values))
        for _ in range(self.n_trees):
            copies = self._copies(random, len(event))
            feature, cut, left, hazard, statistics = grow_survival_tree(
                codes, n_cuts, had_event, seen, copies, np.flatnonzero(copies), len(days), tries,
                self.min_rows, int(random.integers(2**62)),
            )  # fmt: skip
            leaf = feature < 0
            threshold = np.where(leaf, 0.0, cuts[feature, cut] if len(cuts) else 0.0)
            trees.append((feature, threshold, np.where(leaf, -1, left + n_nodes), hazard))
            importance += statistics
            roots.append(n_nodes)
            n_nodes += len(feature)
        parts = [np.concatenate(part) for part in zip(*trees, strict=True)]
        names = ("feature", "threshold", "left", "hazard")
        self.state_ = {
            **dict(zip(names, parts, strict=True)),
            "roots": np.array(roots),
            "days": days,
            "importance": shares(importance),
        }
        return self

    def _copies(self, random: np.random.Generator, n: int) -> NDArray[np.int64]:
        drawn = random.integers(n, size=n) if self.bootstrap else np.arange(n)
        return np.bincount(drawn, minlength=n)

    def predict_risk(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the ensemble mortality, shape (n,)."""
        return np.asarray(self._hazard(matrix).sum(axis=1))

    def predict_incidence(
        self, matrix: NDArray[np.float64], times_days: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability of the event by each of the times, shape (n, times)."""
        hazard = np.column_stack([np.zeros(len(matrix)), self._hazard(matrix)])
        step = np.searchsorted(self.state_["days"].astype(np.float64), times_days, side="right")
        return np.asarray(-np.expm1(-hazard[:, step]))

    def _hazard(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        from tumorcast.fusion.survival_kernels import mean_hazard  # noqa: PLC0415

        roots, feature, left = (
            self.state_[name].astype(np.int64) for name in ("roots", "feature", "left")
        )
        threshold, hazard = (self.state_[n].astype(np.float64) for n in ("threshold", "hazard"))
        values = np.ascontiguousarray(matrix, dtype=np.float64)
        return np.asarray(mean_hazard(values, roots, feature, threshold, left, hazard))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the sum of log-rank statistics."""
        return self.state_["importance"].astype(np.float64)

    def state(self) -> State:
        """Return the arrays of the forest and the days with an event."""
        return dict(self.state_)

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""
        restored = self.clone()
        restored.state_ = dict(state)
        return restored
