"""An abdomen around a mesenteric or pancreatic tumour: liver, spine, kidneys, bowel, vessels, fat.

Uptake is that of a somatostatin-receptor PET: kidneys and liver bright, bowel faint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tumorcast.cohort.simulate.grid import Field, Grid, Points
from tumorcast.cohort.simulate.solids import ball_distance, inside, paint, slab, tube_distance
from tumorcast.cohort.simulate.tissue import TissueDraw

AIR_HU, FAT_HU, MUSCLE_HU, MARROW_HU, CORTEX_HU = -1000.0, -102.0, 56.0, 190.0, 620.0
Loop = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class AbdomenDraw:
    """Everything random about one abdomen.

    Parameters
    ----------
    radius_mm
        Radius of the tumour, which the organs make room for.
    offset_mm
        Distance of the tumour to the left of the midline.
    wall_mm
        Thickness of the subcutaneous fat.
    liver_hu, contrast_hu
        Density of the liver and of the vessels.
    liver_suv, kidney_suv
        Physiological uptake.
    tilt
        Phase of the vertebrae along z, mm.
    loops
        Bowel as (z, y, x, radius) in mm.
    gas
        Whether each loop holds gas.
    deposits
        Small metastases in the liver as (z, y, x, radius); they carry no risk.
    tissue
        Bending and unevenness.
    """

    radius_mm: float
    offset_mm: float
    wall_mm: float
    liver_hu: float
    contrast_hu: float
    liver_suv: float
    kidney_suv: float
    tilt: float
    loops: tuple[Loop, ...]
    gas: tuple[bool, ...]
    deposits: tuple[Loop, ...]
    tissue: TissueDraw

    @classmethod
    def draw(cls, rng: np.random.Generator, radius_mm: float, n_deposits: int) -> AbdomenDraw:
        """Draw the abdomen around a tumour of this radius."""
        loops = tuple(_loop(rng, radius_mm) for _ in range(11))
        return cls(
            radius_mm, float(rng.uniform(-12, 14)), float(rng.uniform(12, 26)),
            float(rng.normal(108, 8)), float(rng.normal(150, 15)),
            float(rng.lognormal(np.log(6.0), 0.2)), float(rng.lognormal(np.log(15.0), 0.25)),
            float(rng.uniform(0, 30)), loops,
            tuple(bool(u < 0.3) for u in rng.uniform(size=len(loops))),
            tuple(_deposit(rng) for _ in range(n_deposits)), TissueDraw.draw(rng, 2.2, 13.0),
        )  # fmt: skip

    def density(self, grid: Grid) -> Field:
        """Return the HU of the abdomen without the tumour, shape (z, y, x)."""
        at = self.tissue.bent(grid)
        hu = np.full(grid.shape, AIR_HU, dtype=np.float32)
        body = self._body(at)
        paint(hu, inside(body), 20.0)
        paint(hu, inside(body + 2.2), FAT_HU)
        paint(hu, inside(body + self.wall_mm), MUSCLE_HU)
        paint(hu, inside(body + self.wall_mm + 8.0, 3.0), FAT_HU)
        paint(hu, inside(body + self.wall_mm + 12.0) * self.tissue.threads(grid), 75.0)
        self._paint_bowel(hu, at)
        self._paint_back(hu, at)
        liver = self._liver(at)
        paint(hu, inside(liver, 2.0), self.liver_hu)
        hu += 6.0 * self.tissue.grain.on(grid) * inside(body + 3.0)
        for z, y, x, radius in self._deposits():
            part, near = at.between(z - 2 * radius, z + 2 * radius)
            deposit = ball_distance(near, (z, y, x), (radius, radius, radius))
            paint(hu[part], inside(deposit, 4.0) * inside(liver[part]), self.liver_hu - 38)
        for way in (-1.0, 1.0):
            kidney = self._kidney(at, way)
            paint(hu, inside(kidney), self.contrast_hu + 40)
            paint(hu, inside(kidney + 8.0, 3.0), self.contrast_hu - 30)
            paint(hu, inside(kidney + 15.0, 3.0), -20.0)
        return hu

    def uptake(self, grid: Grid) -> Field:
        """Return the tracer uptake (SUV) of the abdomen without the tumour, shape (z, y, x)."""
        at = self.tissue.bent(grid)
        suv = np.full(grid.shape, 0.02, dtype=np.float32)
        body = self._body(at)
        paint(suv, inside(body, 4.0), 0.3)
        paint(suv, inside(body + self.wall_mm, 4.0), 0.7)
        for z, y, x, radius in self.loops:
            part, near = at.between(z - 2 * radius, z + 2 * radius)
            bowel = ball_distance(near, (z, y, x), (1.5 * radius, radius, radius))
            paint(suv[part], inside(bowel, 4.0), 2.2)
        liver = self._liver(at)
        paint(suv, inside(liver, 4.0), self.liver_suv)
        for z, y, x, radius in self._deposits():
            part, near = at.between(z - 2 * radius, z + 2 * radius)
            deposit = ball_distance(near, (z, y, x), (radius, radius, radius))
            paint(suv[part], inside(deposit, 4.0) * inside(liver[part]), 2.6 * self.liver_suv)
        for way in (-1.0, 1.0):
            kidney = self._kidney(at, way)
            paint(suv, inside(kidney, 4.0), self.kidney_suv)
            paint(suv, inside(kidney + 12.0, 4.0), 0.5 * self.kidney_suv)
        return suv

    def _body(self, at: Points) -> Field:
        return tube_distance(at, 10, -self.offset_mm, 92, 140)

    def _liver(self, at: Points) -> Field:
        edge = min(-34.0, -self.radius_mm - 16.0)
        lobe = ball_distance(at, (34, -8, edge - 52), (95, 62, 56))
        away = self.radius_mm + 9.0 - at.radius
        liver: Field = np.maximum(lobe, away)
        return liver

    def _deposits(self) -> tuple[Loop, ...]:
        edge = min(-34.0, -self.radius_mm - 16.0)
        return tuple((z, y, edge + x, radius) for z, y, x, radius in self.deposits)

    def _back_y(self) -> float:
        return max(46.0, self.radius_mm + 33.0)

    def _kidney(self, at: Points, way: float) -> Field:
        centre = (-12.0 + 8.0 * way, self._back_y() + 6, -self.offset_mm + way * 58)
        return ball_distance(at, centre, (48, 27, 24))

    def _paint_bowel(self, hu: Field, at: Points) -> None:
        for (z, y, x, radius), gas in zip(self.loops, self.gas, strict=True):
            part, near = at.between(z - 2 * radius, z + 2 * radius)
            wall = ball_distance(near, (z, y, x), (1.5 * radius, radius, radius))
            paint(hu[part], inside(wall), 60.0)
            paint(hu[part], inside(wall + 3.0), 18.0)
            if gas:
                bubble = slab(near.y, -999.0, y - 0.25 * radius, 1.5)
                paint(hu[part], inside(wall + 3.0) * bubble, AIR_HU)

    def _paint_back(self, hu: Field, at: Points) -> None:
        mid, y = -self.offset_mm, self._back_y() + 8
        for way in (-1.0, 1.0):
            psoas = tube_distance(at, y + 4, mid + way * 31, 18, 13)
            paint(hu, inside(psoas), MUSCLE_HU)
            erector = tube_distance(at, y + 42, mid + way * 30, 19, 26)
            paint(hu, inside(erector), MUSCLE_HU - 6)
        disc = np.clip(2.6 + 3.5 * np.cos(2 * np.pi * (at.z - self.tilt) / 32.0), 0, 1)
        ring = tube_distance(at, y + 24, mid, 14, 18)
        paint(hu, inside(ring) * disc, 0.8 * CORTEX_HU)
        paint(hu, inside(tube_distance(at, y + 44, mid, 14, 4)) * disc, 0.7 * CORTEX_HU)
        paint(hu, inside(tube_distance(at, y + 24, mid, 8, 11)), 25.0)
        vertebra = tube_distance(at, y, mid, 17, 22)
        paint(hu, inside(vertebra), 90 + disc * (CORTEX_HU - 90))
        paint(hu, inside(vertebra + 2.2), 85 + disc * (MARROW_HU - 85))
        aorta = tube_distance(at, y - 25, mid + 8, 9, 9)
        paint(hu, inside(aorta), self.contrast_hu)
        cava = tube_distance(at, y - 23, mid - 17, 8, 11)
        paint(hu, inside(cava), self.contrast_hu - 20)


def _loop(rng: np.random.Generator, tumour_mm: float) -> Loop:
    """Draw a loop of bowel in front of or beside the tumour, clear of its rim."""
    radius = float(rng.uniform(9, 14))
    away = tumour_mm + radius + 8.0 + float(rng.uniform(0, 30))
    angle = float(rng.uniform(-1.15, 2.6))
    return float(rng.uniform(-45, 45)), -away * np.sin(angle), away * np.cos(angle), radius


def _deposit(rng: np.random.Generator) -> Loop:
    radius = float(rng.uniform(4, 9))
    z, y, x = float(rng.uniform(-20, 40)), float(rng.uniform(-45, 25)), float(rng.uniform(-45, -14))
    return z, y, x, radius
