"""The contract of a stateless computation on one case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from tumorcast.cohort.case import Case

ExtractedT_co = TypeVar("ExtractedT_co", covariant=True)


class Extractor(Protocol[ExtractedT_co]):
    """A pure function of one case: numbers by column name, or an array.

    It sees neither the outcome nor another case, so its result may be cached by content and may
    be computed before the split.
    """

    @property
    def name(self) -> str:
        """Name of the stage, part of the cache's key."""

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""

    def parameters(self) -> Mapping[str, object]:
        """Return everything that determines the result beside the case, as plain JSON."""

    def input_digest(self, case: Case) -> str:
        """Return a digest of what `extract` reads of `case`."""

    def extract(self, case: Case) -> ExtractedT_co:
        """Compute the result for `case`.

        Raises
        ------
        BadInputError
            When the case cannot be used; the others go on.
        """
