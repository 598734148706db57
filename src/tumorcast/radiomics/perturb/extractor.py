"""The radiomics of a perturbed case: one row of features a repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Case
from tumorcast.errors import refuse
from tumorcast.radiomics.extractor import RadiomicsExtractor
from tumorcast.radiomics.perturb.draw import Perturbations, draws_of

if TYPE_CHECKING:
    from tumorcast.radiomics.inputs import Scan


@dataclass(frozen=True)
class PerturbedExtractor:
    """Features of one image of a case on each of its perturbations; stateless.

    Parameters
    ----------
    radiomics
        What is measured, and where.
    perturbations
        What is done to the case before.
    """

    radiomics: RadiomicsExtractor
    perturbations: Perturbations

    def __post_init__(self) -> None:
        if self.radiomics.settings.ibsi is not None:
            raise refuse(
                "STB-02",
                "stability of features by IBSI's standard",
                expected="settings of PyRadiomics' standard",
                fix="name another preset, or leave out stability",
            )

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "perturbed radiomics"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return f"{self.radiomics.version}.2"

    def parameters(self) -> Mapping[str, object]:
        """Return what is measured and how it is perturbed as plain JSON."""
        return {**self.radiomics.parameters(), "perturbations": self.perturbations.as_dict()}

    def input_digest(self, case: Case) -> str:
        """Return a digest of the image and the mask that are read; it seeds the draws."""
        return self.radiomics.input_digest(case)

    def extract(self, case: Case) -> dict[str, NDArray[Any]]:
        """Return the measured repeats, as `measure`.

        Raises
        ------
        BadInputError
            When the case lacks the image or the mask, or they cannot be used.
        """
        return self.measure(self.radiomics.scan(case), self.input_digest(case))

    def measure(self, scan: Scan, digest: str) -> dict[str, NDArray[Any]]:
        """Return the measured repeats of an image and a tumour.

        Parameters
        ----------
        digest
            Of the image and the mask; it seeds the draws.

        Returns
        -------
        ``values``, shape (repeats, columns), NaN where a feature is not defined or the perturbed
        tumour too small; ``columns``, their names as in `RadiomicsExtractor.extract`; ``draws``,
        shape (repeats, drawn), with the names in ``drawn``; ``lacking``, shape (repeats,), why a
        repeat lacks features, empty where it has all.

        Raises
        ------
        BadInputError
            When image and tumour cannot be used.
        """
        from tumorcast.radiomics.perturb.measure import measure_perturbed  # noqa: PLC0415

        draws = draws_of(self.perturbations, digest)
        radiomics = self.radiomics
        found = measure_perturbed(scan, radiomics.regions, radiomics.settings, draws)
        columns = list(dict.fromkeys(name for repeat in found for name in repeat.values))
        numbers = [draw.as_numbers() for draw in draws]
        return {
            "values": np.array(
                [[repeat.values.get(name, np.nan) for name in columns] for repeat in found]
            ),
            "columns": np.array([f"{radiomics.image}.{name}" for name in columns], dtype=np.str_),
            "draws": np.array([list(each.values()) for each in numbers]),
            "drawn": np.array(list(numbers[0]), dtype=np.str_),
            "lacking": np.array([repeat.lacking for repeat in found], dtype=np.str_),
        }
