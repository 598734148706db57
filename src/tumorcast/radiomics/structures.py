"""How a tumour lies to an organ, a vessel or a nerve: distances, contact and overlap."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging import Mask, match_to_image

if TYPE_CHECKING:
    from tumorcast.cohort import Case

FEATURES = (
    "MinimumDistance",
    "MeanDistance",
    "95Percentile",
    "CentroidDistance",
    "ContactArea",
    "ContactFraction",
    "OverlapVolume",
    "OverlapFraction",
)

_ROUNDING = 1e-6
"""Part of the smallest spacing by which two meshes that coincide may differ."""


def structure_features(tumor: Mask, structure: Mask, *, contact_mm: float) -> dict[str, float]:
    """Return distances in mm, areas in mm2 and volumes in mm3 between two masks.

    Both surfaces are the meshes of marching cubes, half-way between voxels inside and outside, in
    LPS coordinates, so neither anisotropic voxels nor oblique axes change what is measured. From
    each triangle of the tumour's mesh the distance to the structure's mesh is taken at its centre
    of gravity, negative inside the structure, and weighted by its area.

    Parameters
    ----------
    tumor, structure
        In one frame of reference, with at least one voxel each.
    contact_mm
        Tumour surface up to this far from the structure, or inside it, is in contact; at 0 where
        the masks touch or overlap. A millionth of the smallest spacing more counts as well: the
        meshes of masks on one grid are whole voxels apart, which rounding would decide.

    Returns
    -------
    `FEATURES` by name: minimum, mean and 95th percentile of the signed distance; the distance of
    the centres of gravity; the tumour's surface in contact, and its part of the whole surface; the
    volume that both share, and its part of the tumour.

    Raises
    ------
    BadInputError
        ``MSK-02``, ``MSK-08`` as `tumorcast.imaging.match_to_image`: a mask is empty, or the masks
        are not in one space.
    """
    from tumorcast.radiomics.mesh.triangles import Triangles  # noqa: PLC0415

    structure, _ = match_to_image(structure, tumor.geometry)
    surface = Triangles.of(tumor)
    area, points = surface.areas_mm2, surface.centroids
    distance = Triangles.of(structure).distance_mm(points)
    distance = np.where(_is_inside(points, structure), -distance, distance)
    rounding_mm = _ROUNDING * min(tumor.geometry.spacing_mm)
    touching = float(area[distance <= contact_mm + rounding_mm].sum())
    shared = int(np.count_nonzero(tumor.array & structure.array))
    between = _centre_lps(tumor) - _centre_lps(structure)
    values = (
        float(distance.min()),
        float(np.average(distance, weights=area)),
        _percentile(distance, area, 0.95),
        float(np.linalg.norm(between)),
        touching,
        touching / float(area.sum()),
        shared * tumor.geometry.voxel_volume_mm3,
        shared / tumor.n_voxels,
    )
    return dict(zip(FEATURES, values, strict=True))


def _centre_lps(mask: Mask) -> NDArray[np.float64]:
    return mask.geometry.index_to_lps(np.argwhere(mask.array).mean(axis=0))


def _is_inside(points: NDArray[np.float64], mask: Mask) -> NDArray[np.bool_]:
    from scipy.ndimage import map_coordinates  # noqa: PLC0415

    index = mask.geometry.lps_to_index(points).T
    return np.asarray(map_coordinates(mask.array.astype(np.float32), index, order=1) > 0.5)


def _percentile(values: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) >= share * weight.sum()
    return float(values[order][np.argmax(reached)])


@dataclass(frozen=True)
class StructureExtractor:
    """How the tumour of a case lies to structures drawn on the same image; stateless.

    Columns are called ``ct.tumor_to_pancreas.original_structure_MinimumDistance``. Where a patient
    lacks a structure, its columns are NaN.

    Parameters
    ----------
    image
        Name of the image on which tumour and structures are drawn.
    structures
        Names of drawn regions; the lesions of one are taken together.
    contact_mm
        As in `structure_features`.
    """

    image: str
    structures: tuple[str, ...]
    contact_mm: float
    name: str = "structures"
    version: str = "2"

    def parameters(self) -> Mapping[str, object]:
        """Return everything that determines the result beside the case."""
        return {
            "image": self.image,
            "structures": list(self.structures),
            "contact_mm": self.contact_mm,
        }

    def input_digest(self, case: Case) -> str:
        """Return a digest of the image and everything that is drawn on it."""
        return case.source(self.image).digest()

    def extract(self, case: Case) -> dict[str, float]:
        """Return the features by column.

        Raises
        ------
        BadInputError
            As `ImageSource.tumor` and `structure_features`.
        """
        from tumorcast.cohort.drawing import union_of  # noqa: PLC0415
        from tumorcast.cohort.lesions import LesionGroup  # noqa: PLC0415

        source = case.source(self.image)
        tumor = source.tumor()
        values: dict[str, float] = {}
        for structure in self.structures:
            drawn = LesionGroup(structure, (structure,)).masks(source)
            found = (
                structure_features(tumor, union_of(drawn), contact_mm=self.contact_mm)
                if drawn
                else dict.fromkeys(FEATURES, math.nan)
            )
            start = f"{self.image}.tumor_to_{structure}.original_structure"
            values |= {f"{start}_{feature}": value for feature, value in found.items()}
        return values
