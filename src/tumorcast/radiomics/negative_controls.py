"""Radiomics of what should not predict: shuffled voxels, and tissue that is not the tumour."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask, Tumor, Volume, prepare_pair
from tumorcast.radiomics.extractor import RadiomicsExtractor

if TYPE_CHECKING:
    from tumorcast.cohort import Case

Control = Literal["shuffled", "elsewhere"]

BODY_HU = -500.0
BODY_SHARE = 0.02
"""Of the 99.5th percentile of an image that is not in HU: what is below it is air."""

INSIDE = 0.9
"""Share of the moved region that must lie in the body."""


@dataclass(frozen=True)
class ControlExtractor:
    """The features of the tumour's region of an image, measured on a negative control; stateless.

    Columns are named as those of the tumour, so that the same model can learn from them.

    Parameters
    ----------
    radiomics
        What is measured; its regions are not looked at, only the tumour.
    control
        ``shuffled``: the voxels inside the tumour change places, which leaves shape and histogram
        and takes away all texture. ``elsewhere``: the tumour's outline on the other side of the
        body, or, where that touches the tumour or leaves the body, further up or down.
    seed
        Of the shuffling; what is drawn also depends on the files of the case.

    References
    ----------
    Welch et al., Vulnerabilities of radiomic signature development, Radiother Oncol 2019;130:2.
    """

    radiomics: RadiomicsExtractor
    control: Control
    seed: int

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "radiomics control"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return f"1 on {self.radiomics.version}"

    def parameters(self) -> Mapping[str, object]:
        """Return what determines the result, as plain JSON."""
        return {**self._tumor_alone().parameters(), "control": self.control, "seed": self.seed}

    def input_digest(self, case: Case) -> str:
        """Return a digest of the image and the mask that are read."""
        return self.radiomics.input_digest(case)

    def extract(self, case: Case) -> dict[str, float]:
        """Return the features by column.

        Raises
        ------
        BadInputError
            As `RadiomicsExtractor.extract`; ``RAD-09`` when the body has no room for the region.
        """
        from tumorcast.radiomics.around import extract_around  # noqa: PLC0415
        from tumorcast.radiomics.inputs import Scan  # noqa: PLC0415

        scan = self.radiomics.scan(case)
        (drawn,) = scan.masks.values()
        volume, tumor = prepare_pair(scan.volume, drawn, findings=[])
        if self.control == "shuffled":
            volume = shuffled(volume, tumor, self._draws(case))
        else:
            tumor = elsewhere(volume, tumor)
        options = replace(self.radiomics.settings.options, additional_info=False)
        settings = replace(self.radiomics.settings, options=options)
        changed = Scan(volume, scan.frame, {tumor.name: tumor}, scan.frame)
        found = extract_around(changed, (Tumor(),), settings)["tumor"]
        image = self.radiomics.image
        return {f"{image}.tumor.{feature}": value for feature, value in found.values.items()}

    def _tumor_alone(self) -> RadiomicsExtractor:
        return replace(self.radiomics, regions=(Tumor(),))

    def _draws(self, case: Case) -> np.random.Generator:
        digest = hashlib.sha256(self.input_digest(case).encode()).digest()
        return np.random.default_rng([self.seed, int.from_bytes(digest[:8], "big")])


def shuffled(volume: Volume, tumor: Mask, rng: np.random.Generator) -> Volume:
    """Return the image with the voxels inside the tumour dealt out anew among themselves."""
    array = np.array(volume.array)
    array[tumor.array] = rng.permutation(array[tumor.array])
    return replace(volume, array=array)


def elsewhere(volume: Volume, tumor: Mask) -> Mask:
    """Return the tumour's outline where the tumour is not, but still inside the body.

    Tried in this order: mirrored at the middle of the body along the last array axis; moved up and
    down by one and a quarter of its own length along the first axis.

    Raises
    ------
    BadInputError
        ``RAD-09`` when none of these is free of tumour and nine tenths inside the body.
    """
    body = _body(volume)
    occupied = np.argwhere(tumor.array)
    first, last = occupied.min(axis=0), occupied.max(axis=0)
    columns = np.flatnonzero(body[first[0] : last[0] + 1].any(axis=(0, 1)))
    middle = (columns[0] + columns[-1]) if len(columns) else tumor.array.shape[2] - 1
    mirrored = occupied * (1, 1, -1) + (0, 0, middle)
    step = int(np.ceil(1.25 * (last[0] - first[0] + 1)))
    along = np.array([step, 0, 0])
    for moved in (mirrored, occupied + along, occupied - along):
        array = _placed(moved, tumor.array, body)
        if array is not None:
            return replace(tumor, array=array)
    raise BadInputError(
        "RAD-09",
        "no place in the body for a region of the tumour's shape",
        expected="room on the other side, or above or below",
        fix="nothing to mend: this case has no features in the negative control",
    )


def _placed(
    voxels: NDArray[np.int64], tumor: NDArray[np.bool_], body: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Return a mask of these voxels; ``None`` where they touch the tumour or leave the body."""
    inside = ((voxels >= 0) & (voxels < tumor.shape)).all(axis=1)
    kept = tuple(voxels[inside].T)
    if body[kept].sum() < INSIDE * len(voxels) or tumor[kept].any():
        return None
    array = np.zeros_like(tumor)
    array[kept] = True
    return array & body


def _body(volume: Volume) -> NDArray[np.bool_]:
    if volume.unit == "HU":
        return np.asarray(volume.array > BODY_HU)
    return np.asarray(volume.array > BODY_SHARE * np.percentile(volume.array, 99.5))
