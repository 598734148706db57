"""Cases some of whose values are those of another case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.explain.looked_at import Players
from tumorcast.features import CropBlock, FeatureTable, ModelInputs


@dataclass(frozen=True)
class Mixer:
    """Makes cases from the values of two.

    A value that is missing is taken over as missing, an image that is absent as absent. The centre
    is always that of the case.

    Parameters
    ----------
    inputs
        All cases.
    players
        What is taken over together.
    """

    inputs: ModelInputs
    players: Players

    def mixed(
        self,
        cases: NDArray[np.int64],
        background: NDArray[np.int64],
        taken: NDArray[np.bool_],
    ) -> ModelInputs:
        """Return rows with each case's own values of the players that are taken.

        Parameters
        ----------
        cases
            Positions of the cases, shape (m,).
        background
            Positions of the cases that the other values come from, shape (m,).
        taken
            Shape (m, players).
        """
        always = np.ones((len(taken), 1), dtype=bool)
        own = np.hstack([taken, always])[:, self.players.of_column]
        parts = [
            pd.DataFrame(np.where(own[:, kind], values[cases], values[background]), columns=names)
            for kind, values, names in self._kinds
        ]
        frame = pd.concat(parts, axis=1)[list(self.inputs.table.columns)]
        frame.index = pd.Index([str(row) for row in range(len(taken))], dtype=object)
        crops = {
            image: _crops(block, cases, background, taken[:, self.players.of_image[image]])
            for image, block in self.inputs.crops.items()
        }
        centres = self.inputs.table.centres
        own_centres = tuple(centres[case] for case in cases) if centres else ()
        return ModelInputs(FeatureTable(frame, centres=own_centres), crops)

    @cached_property
    def _kinds(self) -> list[tuple[NDArray[np.int64], NDArray[np.generic], list[str]]]:
        frame = self.inputs.table.frame
        numeric = np.array([pd.api.types.is_float_dtype(kind) for kind in frame.dtypes], dtype=bool)
        return [
            (
                np.flatnonzero(which),
                frame.loc[:, which].to_numpy(dtype=dtype),
                [str(name) for name in frame.columns[which]],
            )
            for which, dtype in ((numeric, np.float64), (~numeric, object))
        ]


def _crops(
    block: CropBlock,
    cases: NDArray[np.int64],
    background: NDArray[np.int64],
    own: NDArray[np.bool_],
) -> CropBlock:
    return CropBlock(
        block.array,
        np.where(own, block.present[cases], block.present[background]),
        np.where(own, block.row[cases], block.row[background]),
    )
