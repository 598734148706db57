"""The path from empty crops to those of a case, cut into pieces that are followed one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from tumorcast.explain.case_score import CaseScore

EDGES = (0.0, *(2.0**-power for power in range(10, 4, -1)), *(part / 16 for part in range(1, 17)))
"""Ends of the first pieces of the path. Normalisation makes a network change fast near an empty
crop, so the pieces are the shorter the nearer they are to it."""

POINTS = 2
"""Gauss-Legendre points of a piece. Rectifiers give the path kinks, and where these are, many short
pieces with few points each follow it better than few pieces with many."""

_FIRST_CUT = 1 / 16
"""Where a piece that begins at the empty crop is cut. A mean over the drawn region starts from
nothing there, within a part of the path that is as small as the tumour is large."""

_PIECES_AT_ONCE = 8


@dataclass(frozen=True, eq=False)
class Piece:
    """What is gained between two places of the path.

    Parameters
    ----------
    start, stop
        The places, from 0 to 1.
    parts
        Part of each voxel, by image, shape (channel, z, y, x).
    gap
        Sum of the parts less the true change of the score.
    """

    start: float
    stop: float
    parts: tuple[Tensor, ...]
    gap: float

    def halves(self) -> Iterator[tuple[float, float]]:
        """Yield the ends of the two pieces that this one is cut into."""
        share = 0.5 if self.start else _FIRST_CUT
        middle = self.start + share * (self.stop - self.start)
        yield from pairwise((self.start, middle, self.stop))


class Path:
    """The straight path from empty crops to those of a case.

    Parameters
    ----------
    score
        Of the case. An empty crop has the window's lower end everywhere and nothing drawn; where
        all images share one encoder the drawing stays, because without it that encoder takes an
        image for absent.
    """

    def __init__(self, score: CaseScore) -> None:
        from captum.attr import IntegratedGradients  # noqa: PLC0415

        self.score = score
        self.method = IntegratedGradients(score)
        self.empty = tuple(torch.zeros_like(crop) for crop in score.crops)
        if score.model.join == "channels":
            for blank, crop in zip(self.empty, score.crops, strict=True):
                blank[:, 1:] = crop[:, 1:]
        self.scores: dict[float, float] = {}

    @property
    def change(self) -> float:
        """Score of the case less that of empty crops."""
        return self.score_at(1.0) - self.score_at(0.0)

    def at(self, places: Sequence[float]) -> tuple[Tensor, ...]:
        """Return the crops at places of the path, (places, channel, z, y, x) for each image."""
        shares = torch.tensor(places, dtype=torch.float64)[:, None, None, None, None]
        pairs = zip(self.empty, self.score.crops, strict=True)
        return tuple(blank + shares * (crop - blank) for blank, crop in pairs)

    def score_at(self, place: float) -> float:
        """Return the score at a place."""
        if place not in self.scores:
            self._look_at([place])
        return self.scores[place]

    def pieces(self, ends: Sequence[tuple[float, float]]) -> Iterator[Piece]:
        """Yield the integrated gradients between the ends of each piece."""
        for first in range(0, len(ends), _PIECES_AT_ONCE):
            some = ends[first : first + _PIECES_AT_ONCE]
            starts, stops = zip(*some, strict=True)
            found = self.method.attribute(
                self.at(stops), self.at(starts), n_steps=POINTS, method="gausslegendre"
            )
            self._look_at(sorted({*starts, *stops} - self.scores.keys()))
            for number, (start, stop) in enumerate(some):
                parts = tuple(part[number].detach().clone() for part in found)
                change = self.scores[stop] - self.scores[start]
                gap = sum(float(part.sum()) for part in parts) - change
                yield Piece(start, stop, parts, gap)

    def _look_at(self, places: Sequence[float]) -> None:
        if places:
            with torch.no_grad():
                found = self.score(*self.at(places)).tolist()
            self.scores |= dict(zip(places, found, strict=True))
