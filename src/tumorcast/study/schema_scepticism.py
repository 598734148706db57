"""What the study file says of the doubts that every run raises about itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveInt

from tumorcast.cohort.declared import Declared


class ScepticismSpec(Declared):
    """How much of a run is spent on doubting its own figures; all on by default.

    Parameters
    ----------
    verdicts
        Whether models with and without each block are fitted, for a verdict on the block.
    margin
        A block does not add when its gain in AUROC is below this, interval and all.
    repeats
        Of the design, for the models of the verdicts.
    permutations
        Times that the leading model on a table is validated on outcomes dealt out anew.
    learning_curve
        Whether the leading model on a table is fitted on parts of its training cases.
    centres
        Whether the centre is predicted from every block.
    controls
        Whether the tumour's radiomics are measured again with shuffled voxels and on the other
        side of the body; ``cheap`` measures where the settings filter no image.
    subgroups
        Columns known at baseline, or ``centre``, whose groups are looked at; without them every
        category, flag and ordinal, the age and the centre.
    """

    verdicts: bool = True
    margin: Annotated[float, Field(gt=0, lt=0.5)] = 0.02
    repeats: PositiveInt = 2
    permutations: NonNegativeInt = 5
    learning_curve: bool = True
    centres: bool = True
    controls: Literal["cheap", "all", "none"] = "cheap"
    subgroups: tuple[str, ...] | None = None


def _off(value: object) -> object:
    """Return the settings that fit nothing beside the arms, in the place of ``false``."""
    if value is not False:
        return value
    return ScepticismSpec(
        verdicts=False, permutations=0, learning_curve=False, centres=False, controls="none"
    )


Scepticism = Annotated[ScepticismSpec, BeforeValidator(_off)]
"""The settings, or ``false`` to spend nothing."""
