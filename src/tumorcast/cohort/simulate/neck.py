"""A neck around a tumour of the pharyngeal wall: airway, spine, mandible, muscles, vessels, nodes.

The tumour pushes the airway aside and keeps bone and air at 6 mm or more, so that its rim lies in
soft tissue. Where the tumour lies says nothing about the subsite or any other cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tumorcast.cohort.simulate.grid import Field, Grid, Points
from tumorcast.cohort.simulate.solids import ball_distance, inside, paint, slab, tube_distance
from tumorcast.cohort.simulate.tissue import TissueDraw

AIR_HU, FAT_HU, MUSCLE_HU, MARROW_HU, CORTEX_HU = -1000.0, -95.0, 58.0, 240.0, 950.0


@dataclass(frozen=True, eq=False)
class NeckDraw:
    """Everything random about one neck.

    Parameters
    ----------
    side
        +1 with the tumour on the patient's left, -1 on the right.
    radius_mm
        Radius of the tumour, which the organs make room for.
    offset_mm
        Distance of the tumour from the midline.
    size
        Relative size of the neck.
    tilt
        Forward slant of the neck, mm per mm of height.
    jaw_mm
        Height of the lower edge of the mandible.
    airway_mm
        Radius of the airway.
    contrast_hu
        Density of the vessels.
    nodes
        Enlarged nodes as (z, y, x, radius) in mm.
    tissue
        Bending and unevenness.
    """

    side: float
    radius_mm: float
    offset_mm: float
    size: float
    tilt: float
    jaw_mm: float
    airway_mm: float
    contrast_hu: float
    nodes: tuple[tuple[float, float, float, float], ...]
    tissue: TissueDraw

    @classmethod
    def draw(cls, rng: np.random.Generator, radius_mm: float, n_nodes: int) -> NeckDraw:
        """Draw the neck around a tumour of this radius."""
        side = 1.0 if rng.uniform() < 0.5 else -1.0
        nodes = tuple(_node(rng, side, radius_mm) for _ in range(n_nodes))
        return cls(
            side, radius_mm, float(rng.uniform(19, 26)) + 0.25 * radius_mm,
            float(rng.normal(1.0, 0.04)), float(rng.uniform(-0.12, 0.05)),
            float(rng.uniform(-14, 8)), float(rng.uniform(6, 9)),
            float(rng.normal(165, 22)), nodes, TissueDraw.draw(rng, 1.8, 9.0),
        )  # fmt: skip

    def density(self, grid: Grid) -> Field:
        """Return the HU of the neck without the tumour, shape (z, y, x)."""
        at = self._points(grid)
        hu = np.full(at.shape, AIR_HU, dtype=np.float32)
        body = self._body(at)
        paint(hu, inside(body), 25.0)
        paint(hu, inside(body + 2.2), FAT_HU)
        paint(hu, inside(body + 9.0) * self.tissue.threads(grid), 70.0)
        self._paint_muscles(hu, at)
        hu += 7.0 * self.tissue.grain.on(grid) * inside(body + 3.0)
        self._paint_vessels(hu, at)
        self._paint_spine(hu, at)
        self._paint_airway(hu, at)
        self._paint_mandible(hu, at)
        for node in self._nodes(at):
            paint(hu, inside(node), 82.0)
        return hu

    def uptake(self, grid: Grid) -> Field:
        """Return the FDG uptake (SUV) of the neck without the tumour, shape (z, y, x)."""
        at = self._points(grid)
        suv = np.full(at.shape, 0.02, dtype=np.float32)
        body = self._body(at)
        paint(suv, inside(body, 4.0), 0.6)
        paint(suv, inside(body + 9.0, 4.0), 1.0)
        wall = self._airway_wall(at)
        paint(suv, inside(wall, 4.0), 2.2)
        paint(suv, inside(wall + 5.0, 4.0), 0.1)
        for node in self._nodes(at):
            paint(suv, inside(node, 4.0), 6.0)
        return suv

    def _points(self, grid: Grid) -> Points:
        """Return the points of an upright neck whose midline is at x = 0."""
        bent = self.tissue.bent(grid)
        return bent.bent(np.float32(self.tilt) * bent.z, np.float32(-self.side * self.offset_mm))

    def _body(self, at: Points) -> Field:
        return tube_distance(at, 14, 0, 74 * self.size, 72 * self.size)

    def _nodes(self, at: Points) -> Iterator[Field]:
        for z, y, x, radius in self.nodes:
            centre = (z, y, x + self.side * self.offset_mm)
            yield ball_distance(at, centre, (1.25 * radius, radius, radius))

    def _airway_wall(self, at: Points) -> Field:
        shifted = -self.side * max(self.radius_mm + 9.0 + 1.3 * self.airway_mm - self.offset_mm, 0)
        width = self.airway_mm + 3.5
        return tube_distance(at, -2, shifted, width, width + 0.3 * self.airway_mm)

    def _paint_airway(self, hu: Field, at: Points) -> None:
        wall = self._airway_wall(at)
        paint(hu, inside(wall), 62.0)
        pulse = 1.0 + 0.15 * np.sin(at.z / 9.0)
        paint(hu, inside(wall + 3.5 * pulse), AIR_HU)

    def _paint_muscles(self, hu: Field, at: Points) -> None:
        for way in (-1.0, 1.0):
            strap = way * (44 - 0.12 * at.z)
            paint(hu, inside(tube_distance(at, 22, strap, 17, 8)), MUSCLE_HU)
            deep = tube_distance(at, 58, way * 21, 17, 19)
            paint(hu, inside(deep), MUSCLE_HU - 4)
            long = tube_distance(at, self._spine_y() - 13, way * 8, 4.5, 7.5)
            paint(hu, inside(long), MUSCLE_HU)
            chewing = tube_distance(at, -6, way * 30, 13, 7)
            paint(hu, inside(chewing) * slab(at.z, self.jaw_mm, 99), MUSCLE_HU)
        tongue = tube_distance(at, -26, 0, 20, 23)
        paint(hu, inside(tongue, 3.0), MUSCLE_HU + 4)

    def _paint_vessels(self, hu: Field, at: Points) -> None:
        for way in (-1.0, 1.0):
            carotid = tube_distance(at, 19, way * (30 + 0.05 * at.z), 3.6, 3.6)
            paint(hu, inside(carotid), self.contrast_hu)
            jugular = tube_distance(at, 24, way * (37 + 0.05 * at.z), 4.6, 5.6)
            paint(hu, inside(jugular), self.contrast_hu - 25)

    def _spine_y(self) -> float:
        return max(34.0, self.radius_mm + 19.0)

    def _paint_spine(self, hu: Field, at: Points) -> None:
        y = self._spine_y()
        disc = np.clip(2.2 + 3.0 * np.cos(2 * np.pi * (at.z - self.jaw_mm) / 19.0), 0, 1)
        ring = tube_distance(at, y + 16, 0, 13, 16)
        paint(hu, inside(ring) * disc, 0.75 * CORTEX_HU)
        process = tube_distance(at, y + 34, 0, 11, 3.5)
        paint(hu, inside(process) * disc, 0.7 * CORTEX_HU)
        canal = tube_distance(at, y + 15.5, 0, 8, 11)
        paint(hu, inside(canal), 12.0)
        paint(hu, inside(tube_distance(at, y + 15.5, 0, 4.2, 6.5)), 38.0)
        vertebra = tube_distance(at, y, 0, 9.5, 12.5)
        paint(hu, inside(vertebra), 95 + disc * (CORTEX_HU - 95))
        paint(hu, inside(vertebra + 2.2), 90 + disc * (MARROW_HU - 90))

    def _paint_mandible(self, hu: Field, at: Points) -> None:
        arch = tube_distance(at, 8, 0, 52 * self.size, 46 * self.size)
        level = slab(at.z, self.jaw_mm, self.jaw_mm + 34) * inside(at.y - 4.0, 5.0)
        bone = np.abs(arch) - 4.8
        paint(hu, inside(bone) * level, CORTEX_HU + 150)
        paint(hu, inside(bone + 2.6) * level, MARROW_HU + 60)


def _node(
    rng: np.random.Generator, side: float, tumour_mm: float
) -> tuple[float, float, float, float]:
    """Draw a node beside the jugular vein, clear of the tumour's surroundings."""
    radius = float(rng.uniform(5, 11))
    away = tumour_mm + radius + 13.0
    angle = float(rng.uniform(0.75, 1.2))
    y, x = away * np.sin(angle), side * away * np.cos(angle)
    return float(rng.uniform(-28, 14)), float(y), float(x), radius
