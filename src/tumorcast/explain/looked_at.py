"""What a fitted model looks at, by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import ColumnName, FeatureTable, ModelInputs
from tumorcast.fusion import GridModel, LateFusion, MemberModel, SearchModel, TabularModel

if TYPE_CHECKING:
    from tumorcast.fusion.network import NetworkModel
    from tumorcast.validation import OutcomeModel

MAX_BLOCKS = 8
"""With more blocks than these, the regions of a source are taken together."""

FIXED = -1
"""Player of what always keeps the case's own value."""


@dataclass(frozen=True)
class LookedAt:
    """Columns and images that a model may look at.

    Parameters
    ----------
    patterns
        Prefixes or globs over column names.
    images
        Names of crops.
    covariates
        Columns that only the harmonisation between centres looks at.
    """

    patterns: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()

    @classmethod
    def by(cls, model: OutcomeModel | MemberModel) -> LookedAt:
        """Return what a model of one of the built-in kinds looks at."""
        if isinstance(model, LateFusion):
            parts = [cls.by(member) for member in model.members.values()]
            return cls(
                tuple(dict.fromkeys(name for part in parts for name in part.patterns)),
                tuple(dict.fromkeys(name for part in parts for name in part.images)),
                tuple(dict.fromkeys(name for part in parts for name in part.covariates)),
            )
        if isinstance(model, GridModel):
            return cls.by(next(iter(model.candidates.values())))
        if isinstance(model, SearchModel):
            return cls.by(model.model)
        if isinstance(model, TabularModel):
            return cls(model.blocks, (), _covariates(model))
        from tumorcast.fusion.network import NetworkModel  # noqa: PLC0415  (torch is heavy)

        if isinstance(model, NetworkModel):
            return cls(model.blocks, model.images, _covariates(model))
        raise TypeError(f"nothing is known of what a {type(model).__name__} looks at")

    def within(self, inputs: ModelInputs) -> ModelInputs:
        """Return the inputs without what the model does not look at."""
        table = inputs.table.select((*self.patterns, *self.covariates))
        crops = {image: inputs.crops[image] for image in self.images}
        return replace(inputs, table=replace(table, perturbed=()), crops=crops)


def _covariates(model: TabularModel | NetworkModel) -> tuple[str, ...]:
    return tuple(model.harmonise.covariates) if model.harmonise else ()


@dataclass(frozen=True)
class Players:
    """Which player stands for each column and each image.

    Parameters
    ----------
    names
        Of the players.
    of_column
        Position among the players, or `FIXED`, shape (columns,).
    of_image
        Position among the players by image.
    """

    names: tuple[str, ...]
    of_column: NDArray[np.int64]
    of_image: Mapping[str, int]

    @classmethod
    def named(cls, columns: Sequence[str | None], images: Mapping[str, str]) -> Players:
        """Return players from the name of each column's and each image's; ``None`` is fixed."""
        names = tuple(dict.fromkeys([c for c in columns if c is not None] + list(images.values())))
        place = {name: number for number, name in enumerate(names)}
        of_column = [FIXED if name is None else place[name] for name in columns]
        of_image = {image: place[name] for image, name in images.items()}
        return cls(names, np.array(of_column, dtype=np.int64), of_image)


def block_of(column: str) -> str:
    """Return the block of a column: its source, and its region where it has one."""
    name = ColumnName.parse(column)
    return f"{name.source}.{name.region}" if name.region else name.source


def image_block(image: str) -> str:
    """Return the name of the block of an image's crops."""
    return f"{image}.crop"


def block_names(table: FeatureTable, looked_at: LookedAt) -> dict[str, str]:
    """Return the block of each column that the model itself sees, not only its harmonisation."""
    columns = table.select(looked_at.patterns).columns
    names = {column: block_of(column) for column in columns}
    if len({*names.values()}) + len(looked_at.images) > MAX_BLOCKS:
        names = {column: ColumnName.parse(column).source for column in columns}
    return names


def block_players(inputs: ModelInputs, looked_at: LookedAt) -> Players:
    """Return the blocks as players."""
    names = block_names(inputs.table, looked_at)
    return Players.named(
        [names.get(column) for column in inputs.table.columns],
        {image: image_block(image) for image in looked_at.images},
    )
