"""What the study file says of structures near the tumour."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tumorcast.cohort.declared import Declared, RegionName


class StructureSpec(Declared):
    """Distances from the tumour to structures that are drawn on the same image.

    Parameters
    ----------
    to
        Names of drawn regions that are no part of the tumour.
    contact_mm
        Tumour surface up to this far from a structure is in contact with it.
    """

    to: tuple[RegionName, ...] = Field(min_length=1)
    contact_mm: Annotated[float, Field(ge=0)]
