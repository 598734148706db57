"""How several lesions of a patient become one row: the one place where it is decided.

Radiomics and crops are computed by extractors that know one tumour. Here such an extractor is
applied to the union of some lesions, to the largest, or to each of them, and the numbers are put
together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.case import Case, ImageSource
from tumorcast.cohort.drawing import Drawing, union_of
from tumorcast.cohort.extractor import Extractor
from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask

T = TypeVar("T")
TUMOR = "tumor"
COUNT = "count"
Numbers = NDArray[np.float64]


def largest_of(masks: tuple[Mask, ...]) -> Mask:
    """Return the mask of the greatest volume, the first of equals."""
    return max(masks, key=lambda mask: mask.n_voxels)


MERGES: Mapping[str, Callable[[tuple[Mask, ...]], Mask]] = {
    "union": union_of,
    "largest": largest_of,
}
"""Make one mask of several on one grid; for anything that is computed in a mask."""

COMBINATIONS: Mapping[str, Callable[[Numbers, Numbers], float]] = {
    "sum": lambda values, _: float(values.sum()),
    "weighted_mean": lambda values, volumes: float(np.average(values, weights=volumes)),
    "maximum": lambda values, _: float(values.max()),
    "spread": lambda values, _: float(values.std()),
}
"""Make one number of one a lesion, given the lesions' volumes. The spread is the standard
deviation over the lesions, 0 for a single one."""

AGGREGATES = (*MERGES, *COMBINATIONS, COUNT)


@dataclass(frozen=True)
class LesionGroup:
    """Some lesions of a patient.

    Parameters
    ----------
    name
        In columns, in the place of a region; ``"tumor"`` for those that make up the tumour.
    of
        Names of drawn regions; empty for those that make up the tumour.
    split
        Whether each connected piece is a lesion of its own, where a reader gave all one label.
    """

    name: str = TUMOR
    of: tuple[str, ...] = ()
    split: bool = False

    def masks(self, source: ImageSource) -> tuple[Mask, ...]:
        """Return a mask for each of the lesions that the patient has, on one grid.

        Raises
        ------
        BadInputError
            As `ImageSource.tumor`, when what was drawn cannot be read.
        """
        if isinstance(source.mask, Drawing):
            wanted = self.of or source.mask.tumor
            masks = source.mask.lesion_masks(regions=wanted)
        else:
            masks = () if self.of else (source.tumor(),)
        return tuple(piece for mask in masks for piece in _pieces(mask)) if self.split else masks

    def column(self, image: str, region: str, aggregate: str) -> str:
        """Return the first two parts of columns, such as ``ct.nodes_maximum``."""
        name = region if self.name == TUMOR else self.name
        return f"{image}.{name}" if aggregate == "union" else f"{image}.{name}_{aggregate}"


class _OverLesions(Generic[T]):
    """What the extractors over lesions say of themselves."""

    extractor: Extractor[T]
    image: str
    group: LesionGroup

    @property
    def name(self) -> str:
        """Name of the stage."""
        return f"{self.extractor.name} of lesions"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return f"1.{self.extractor.version}"

    def input_digest(self, case: Case) -> str:
        """Return a digest of the image and everything that is drawn on it."""
        return case.source(self.image).digest()

    def _shared_parameters(self) -> dict[str, object]:
        return {
            "extractor": dict(self.extractor.parameters()),
            "image": self.image,
            "group": [self.group.name, list(self.group.of), self.group.split],
        }


@dataclass(frozen=True)
class OfMergedLesions(_OverLesions[T]):
    """An extractor applied to the union of some lesions, or to the largest of them.

    Parameters
    ----------
    extractor
        Reads the image and its mask.
    image
        Its name.
    group
        Which lesions.
    aggregate
        One of `MERGES`.
    """

    extractor: Extractor[T]
    image: str
    aggregate: str
    group: LesionGroup = field(default_factory=LesionGroup)

    def parameters(self) -> Mapping[str, object]:
        """Return the extractor's parameters, the lesions and how they are merged."""
        return {**self._shared_parameters(), "aggregate": self.aggregate}

    def extract(self, case: Case) -> T:
        """Return what the extractor returns for the merged lesions; raises as it does.

        Raises
        ------
        BadInputError
            ``MSK-02`` when the patient has none of the lesions.
        """
        masks = self.group.masks(case.source(self.image))
        if not masks:
            union_of((), ", ".join(self.group.of))
        return self.extractor.extract(_with_mask(case, self.image, MERGES[self.aggregate](masks)))


@dataclass(frozen=True)
class NumbersOfLesions(_OverLesions[Mapping[str, float]]):
    """Numbers by column, computed in some lesions and put together.

    Columns of `extractor` are named after image, region and feature; the region's name becomes
    the group's, with the aggregate behind it (``ct.nodes_maximum.original_glcm_Contrast``). A
    number that is not defined for one lesion leaves that lesion out of its aggregate, and so does
    a lesion that is too small to be measured at all.

    Parameters
    ----------
    extractor, image, group
        As in `OfMergedLesions`.
    aggregates
        Some of `AGGREGATES`.
    """

    extractor: Extractor[Mapping[str, float]]
    image: str
    aggregates: tuple[str, ...]
    group: LesionGroup = field(default_factory=LesionGroup)

    def parameters(self) -> Mapping[str, object]:
        """Return the extractor's parameters, the lesions and how they are put together."""
        return {**self._shared_parameters(), "aggregate": list(self.aggregates)}

    def extract(self, case: Case) -> dict[str, float]:
        """Return the numbers by column; none but the count when the patient has no such lesion.

        Raises
        ------
        BadInputError
            When none of the lesions can be measured.
        """
        masks = self.group.masks(case.source(self.image))
        numbers: dict[str, float] = {}
        if COUNT in self.aggregates:
            numbers[f"{self.group.column(self.image, TUMOR, COUNT)}.lesions"] = float(len(masks))
        if not masks:
            return numbers
        for aggregate in self.aggregates:
            if aggregate in MERGES:
                merged = _with_mask(case, self.image, MERGES[aggregate](masks))
                found = self.extractor.extract(merged)
                numbers |= {self._renamed(key, aggregate): found[key] for key in found}
        return numbers | self._combined(case, masks)

    def _combined(self, case: Case, masks: Sequence[Mask]) -> dict[str, float]:
        combinations = [name for name in self.aggregates if name in COMBINATIONS]
        if not combinations:
            return {}
        measured = list(self._measured(case, masks))
        volumes = np.array([volume_mm3 for _, volume_mm3 in measured])
        return {
            self._renamed(column, aggregate): _combine(
                aggregate, np.array([values[column] for values, _ in measured]), volumes
            )
            for aggregate in combinations
            for column in measured[0][0]
        }

    def _measured(
        self, case: Case, masks: Sequence[Mask]
    ) -> Iterator[tuple[Mapping[str, float], float]]:
        """Yield numbers and volume of each lesion; raise when none can be measured."""
        n_measured = 0
        for mask in masks:
            try:
                values = self.extractor.extract(_with_mask(case, self.image, mask))
            except BadInputError as error:
                fault = error
            else:
                n_measured += 1
                yield values, mask.volume_mm3
        if not n_measured:
            raise fault

    def _renamed(self, column: str, aggregate: str) -> str:
        _, region, feature = column.split(".", 2)
        return f"{self.group.column(self.image, region, aggregate)}.{feature}"


def _combine(aggregate: str, values: Numbers, volumes: Numbers) -> float:
    known = np.isfinite(values)
    return COMBINATIONS[aggregate](values[known], volumes[known]) if known.any() else math.nan


def _with_mask(case: Case, image: str, mask: Mask) -> Case:
    source = replace(case.source(image), mask=mask, label=None)
    return replace(case, images={**case.images, image: source})


def _pieces(mask: Mask) -> Iterator[Mask]:
    from scipy import ndimage  # noqa: PLC0415

    labelled, count = ndimage.label(mask.array, structure=np.ones((3, 3, 3)))
    for number in range(1, count + 1):
        yield replace(mask, array=labelled == number)
