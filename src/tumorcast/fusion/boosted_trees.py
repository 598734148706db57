"""Gradient-boosted trees, by LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import refuse
from tumorcast.features import State
from tumorcast.fusion.learner import shares
from tumorcast.fusion.score_learner import ScoreLearner


@dataclass
class BoostedTreesLearner(ScoreLearner):
    """Shallow gradient-boosted trees (Ke et al., NeurIPS 2017) with settings for small cohorts.

    LightGBM is an optional package: ``pip install 'tumorcast[boosting]'``.

    Parameters
    ----------
    n_trees, learning_rate, n_leaves
        Number of trees, factor on each, most leaves of one.
    min_rows
        Fewest rows in a leaf.
    penalty
        On the squared value of a leaf.

    Raises
    ------
    StudyRefusedError
        ``PLN-05`` when LightGBM is not installed.
    """

    n_trees: int = 100
    learning_rate: float = 0.05
    n_leaves: int = 4
    min_rows: int = 5
    penalty: float = 1.0

    def __post_init__(self) -> None:
        if find_spec("lightgbm") is None:
            raise refuse(
                "PLN-05",
                "the learner 'boosted_trees' is asked for, but LightGBM is not installed",
                expected="the optional package lightgbm",
                fix="pip install 'tumorcast[boosting]', or choose another learner",
            )

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,
    ) -> None:
        """Grow the trees; the seed decides which rows and columns each sees."""
        import lightgbm  # noqa: PLC0415

        settings = {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.n_leaves,
            "min_data_in_leaf": self.min_rows,
            "min_sum_hessian_in_leaf": 0.5,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "feature_fraction": 0.8,
            "lambda_l2": self.penalty,
            "seed": seed % 2**31,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }
        data = lightgbm.Dataset(matrix, label, weight=weight, params={"verbosity": -1})
        booster = lightgbm.train(settings, data, num_boost_round=self.n_trees)
        self._read(booster.model_to_string())

    def _read(self, text: str) -> None:
        from lightgbm import Booster  # noqa: PLC0415

        self.text_, self.booster_ = text, Booster(model_str=text)

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the trees."""
        return np.asarray(self.booster_.predict(matrix, raw_score=True, num_threads=1))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the gain of the splits."""
        if not self.n_columns_:
            return np.zeros(0)
        return shares(np.asarray(self.booster_.feature_importance("gain"), dtype=np.float64))

    def learned(self) -> State:
        """Return the trees in LightGBM's text form."""
        return {"trees": np.array(self.text_)}

    def recall(self, state: State) -> None:
        """Take over the trees."""
        self._read(str(state["trees"]))
