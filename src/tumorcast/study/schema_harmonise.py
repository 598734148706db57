"""What the study file says of harmonisation between centres."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tumorcast.cohort.declared import Declared


class HarmoniseSpec(Declared):
    """What the centre adds to columns, taken out inside each fold by ComBat.

    Parameters
    ----------
    blocks
        Prefixes or globs over column names, of each of which the columns are judged together.
    unseen
        Cases of a centre with fewer than `min_rows` training cases, or none: ``as_is`` leaves their
        values, ``missing`` takes them for unknown.
    min_rows
        Fewest training cases of a centre that is harmonised.
    scale
        ``log`` harmonises the logarithms of columns that are positive in all training cases, which
        suits skewed textures; ``measured`` the values.
    covariates
        Clinical columns whose effect is kept, such as ``clinical.age``.
    """

    blocks: tuple[str, ...] = Field(min_length=1)
    unseen: Literal["as_is", "missing"]
    min_rows: Annotated[int, Field(ge=2)]
    scale: Literal["measured", "log"]
    covariates: tuple[str, ...] = ()
