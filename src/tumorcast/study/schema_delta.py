"""What the study file says of the change between two time points."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tumorcast.cohort.declared import Declared

Change = Literal["difference", "relative"]


class DeltaSpec(Declared):
    """The change of every column of an image from one time point to the next.

    Parameters
    ----------
    earlier, later
        Written ``from:`` and ``to:``. Names of images; both are declared as known at baseline.
    kinds
        Written ``as:``. ``difference`` is later - earlier, in columns ``NAME.tumor.FEATURE``;
        ``relative`` is that by the size of the earlier value, in ``NAME.tumor_relative.FEATURE``,
        and missing where the earlier value is 0.
    """

    earlier: str = Field(alias="from")
    later: str = Field(alias="to")
    kinds: tuple[Change, ...] = Field(alias="as", min_length=1)
