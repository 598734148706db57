"""Which blocks, and which columns, a prediction rests on; both add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tumorcast.explain.additive import AdditiveExplainer, ColumnShapley, additive_explainer
from tumorcast.explain.looked_at import (
    LookedAt,
    Players,
    block_names,
    block_of,
    block_players,
    image_block,
)
from tumorcast.explain.mixing import Mixer
from tumorcast.explain.prepared import MISSING, owner_of
from tumorcast.explain.shapley import Game, Shapley, exact_shapley, sampled_shapley
from tumorcast.features import ModelInputs
from tumorcast.validation import OutcomeModel

MAX_EXACT_BLOCKS, MAX_EXACT_COLUMNS = 8, 6
"""Most players whose coalitions are all asked for; of more, orders are sampled."""

ROWS_AT_ONCE = 4096

OTHERS = ", others"
"""End of the name of a block's columns that the model does not use one by one."""

SUM_TOLERANCE = 1e-9
"""Base and exact values must add up to the score this well, in parts of the score or of 1."""


@dataclass(frozen=True)
class Explainer:
    """Explains the scores of one fitted model against the same background rows.

    The score is `predict_risk`: the log-odds of the calibrated probability.

    Parameters
    ----------
    model
        Fitted.
    inputs
        All cases, those of the background among them.
    background
        Positions of the background rows: training rows of the model.
    seed
        Of the sampled orders.
    """

    model: OutcomeModel
    inputs: ModelInputs
    background: NDArray[np.int64]
    seed: int

    @cached_property
    def looked_at(self) -> LookedAt:
        """What the model looks at."""
        return LookedAt.by(self.model)

    @cached_property
    def seen(self) -> ModelInputs:
        """The inputs without what the model does not look at."""
        return self.looked_at.within(self.inputs)

    @cached_property
    def block_names(self) -> tuple[str, ...]:
        """Names of the blocks, in the order of their values."""
        return block_players(self.seen, self.looked_at).names

    def score(self, case: int) -> float:
        """Return the score of the case at this position."""
        return float(self.model.predict_risk(self.seen.rows(np.array([case])))[0])

    def blocks(self, case: int) -> Shapley:
        """Return the Shapley value of each block."""
        return self._played(case, block_players(self.seen, self.looked_at), MAX_EXACT_BLOCKS)

    def columns(self, case: int) -> ColumnShapley:
        """Return the Shapley value of each column, and of each image.

        Exact where the score is a link of a weighted sum of columns or of trees; elsewhere over
        sampled orders of the columns that the model uses, the others of each block being one more
        player.
        """
        if self._additive is not None:
            found = self._additive(case)
            score = self.score(case)
            if abs(found.base + found.values.sum() - score) <= SUM_TOLERANCE * max(1, abs(score)):
                return found
        players = self.used
        played = self._played(case, players, MAX_EXACT_COLUMNS)
        method = "exact" if len(players.names) <= MAX_EXACT_COLUMNS else "sampled"
        return ColumnShapley(players.names, played.values, played.errors, played.base, method)

    def block_of(self, name: str) -> str:
        """Return the block of a name that `columns` gives."""
        if name in self.block_names:
            return name
        whole = name.removesuffix(OTHERS) if name.endswith(OTHERS) else self._blocks.get(name, "")
        return whole or block_of(name.removesuffix(MISSING))

    def _played(self, case: int, players: Players, most_exact: int) -> Shapley:
        game = self._game(case, players)
        n_players, n_background = len(players.names), len(self.background)
        if n_players <= most_exact:
            return exact_shapley(game, n_players, n_background, self.score(case))
        return sampled_shapley(game, n_players, n_background, seed=self.seed)

    def _game(self, case: int, players: Players) -> Game:
        mixer = Mixer(self.seen, players)

        def worth(taken: NDArray[np.bool_], row: NDArray[np.int64]) -> NDArray[np.float64]:
            own = np.full(len(row), case)
            parts = [
                self.model.predict_risk(
                    mixer.mixed(own[part], self.background[row[part]], taken[part])
                )
                for part in np.array_split(np.arange(len(row)), -(-len(row) // ROWS_AT_ONCE))
            ]
            return np.concatenate(parts)

        return worth

    @cached_property
    def _blocks(self) -> dict[str, str]:
        return block_names(self.seen.table, self.looked_at)

    @cached_property
    def _additive(self) -> AdditiveExplainer | None:
        return additive_explainer(self.model, self.seen, self.background)

    @cached_property
    def used(self) -> Players:
        """The columns that the model uses, the others of each block together, and the images."""
        columns = self.seen.table.columns
        used = {owner_of(name, columns) for name in self.model.importance()}
        names = [
            column if column in used else f"{block}{OTHERS}" if block else None
            for column, block in ((name, self._blocks.get(name)) for name in columns)
        ]
        return Players.named(names, {image: image_block(image) for image in self.seen.crops})
