"""What is drawn at random, all in one place; applying it is a pure function."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from tumorcast.errors import refuse

KINDS = ("rotation", "noise", "translation", "volume", "contour")
"""In the order in which they are applied, that of Zwanenburg et al., Sci Rep 2019;9:614."""

MAX_ANGLE_DEG = 13.0
MAX_GROWTH = 0.2
"""Largest relative change of the tumour's volume, either way."""


@dataclass(frozen=True)
class Perturbations:
    """How a case is perturbed.

    Parameters
    ----------
    kinds
        Of `KINDS`; every repeat applies all of them.
    repeats
        How often each case is perturbed, at least twice.
    seed
        With the digest of a case's image and mask, decides all that is drawn for it.
    crossed
        Whether repeat j has the same angle, shift and growth in all cases (contours and noise are
        always drawn anew); then ICC(3,1) is defined too.
    """

    kinds: tuple[str, ...]
    repeats: int
    seed: int
    crossed: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown or not self.kinds:
            raise refuse(
                "STB-01",
                f"the perturbation '{unknown[0]}'" if unknown else "no perturbation",
                expected=f"some of {', '.join(KINDS)}",
                fix="contour and volume are cheap: they share one set of filtered images",
            )
        if self.repeats < 2:
            raise refuse(
                "STB-01",
                f"{self.repeats} repeats",
                expected="two or more: agreement is between repeats",
                fix="ask for 10 repeats or so",
            )

    def as_dict(self) -> dict[str, object]:
        """Return everything that determines the draws, as plain JSON."""
        limits = {"max_angle_deg": MAX_ANGLE_DEG, "max_growth": MAX_GROWTH}
        return {**asdict(self), "kinds": [kind for kind in KINDS if kind in self.kinds], **limits}


@dataclass(frozen=True)
class Draw:
    """One perturbation of one case; zero and ``None`` change nothing.

    Parameters
    ----------
    angle_deg
        Rotation of the grid within the slices.
    shift
        Translation of the grid in fractions of its voxels, along (x, y, z).
    noise_seed
        Seed of the noise added to the image.
    growth
        Relative change of the tumour's volume.
    contour_seed
        Decides which supervoxels at the border belong to the tumour.
    """

    angle_deg: float = 0.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    noise_seed: int | None = None
    growth: float = 0.0
    contour_seed: int | None = None

    @property
    def of_image(self) -> tuple[object, ...]:
        """What decides the filtered images; draws that share it share them."""
        return self.angle_deg, self.shift, self.noise_seed

    def as_numbers(self) -> Mapping[str, float]:
        """Return the draw as it is recorded; NaN stands for a seed that was not drawn."""
        x, y, z = self.shift
        seeds = {"noise_seed": self.noise_seed, "contour_seed": self.contour_seed}
        numbers = {"angle_deg": self.angle_deg, "shift_x": x, "shift_y": y, "shift_z": z}
        drawn = {name: np.nan if seed is None else float(seed) for name, seed in seeds.items()}
        return {**numbers, "growth": self.growth, **drawn}


def draws_of(perturbations: Perturbations, case_digest: str) -> tuple[Draw, ...]:
    """Return the draws of one case, one a repeat.

    Each kind draws from a stream of its own, so leaving one out does not change the others.

    Parameters
    ----------
    case_digest
        Identity of the case's image and mask: a case's draws do not depend on other cases.
    """
    case = int.from_bytes(hashlib.sha256(case_digest.encode()).digest()[:8])
    own = [perturbations.seed, case]
    shared = [perturbations.seed] if perturbations.crossed else own
    repeats, kinds = perturbations.repeats, perturbations.kinds

    def stream(kind: str, entropy: list[int]) -> np.random.Generator:
        return np.random.default_rng([KINDS.index(kind), *entropy])

    angle = stream("rotation", shared).uniform(-MAX_ANGLE_DEG, MAX_ANGLE_DEG, repeats)
    shift = stream("translation", shared).uniform(0, 1, (repeats, 3))
    growth = stream("volume", shared).uniform(-MAX_GROWTH, MAX_GROWTH, repeats)
    noise, contour = (
        stream(kind, own).integers(0, 2**31, repeats) for kind in ("noise", "contour")
    )
    return tuple(
        Draw(
            float(angle[r]) if "rotation" in kinds else 0.0,
            (float(shift[r, 0]), float(shift[r, 1]), float(shift[r, 2]))
            if "translation" in kinds
            else (0.0, 0.0, 0.0),
            int(noise[r]) if "noise" in kinds else None,
            float(growth[r]) if "volume" in kinds else 0.0,
            int(contour[r]) if "contour" in kinds else None,
        )
        for r in range(repeats)
    )
