"""Cubes around the tumour, on a grid of the same spacing for every case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tumorcast.cohort import Case, ImageSource
from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Volume, prepare_pair, resample_to
from tumorcast.imaging.distance import distance_to_surface_mm

SMOOTHING_REACH = 4.0
"""Standard deviations after which the smoothing kernel is cut off."""


@dataclass(frozen=True)
class CropExtractor:
    """The windowed image and the tumour mask in a cube centred on the tumour.

    The cube's centre is the centre of gravity of the mask and its axes follow the image's,
    closest to (S, P, L). Spacing is the same for every case, so a texture means the same
    everywhere; of a tumour larger than the cube the outer part is cut off, never scaled down
    (`kept_fraction` tells how much is left). Outside the image the cube has the window's lower
    end.

    The image is cut to the window, then to the cube, smoothed where the cube's spacing is coarser
    than the image's (standard deviation of half the ratio minus one, in voxels), and interpolated
    linearly; the mask takes the nearest voxel.

    Parameters
    ----------
    image
        Name of the image.
    size_voxels
        Voxels along each side of the cube.
    spacing_mm
        Spacing of the cube along each axis.
    window
        Values, in the image's unit, that become 0 and 1; those outside are cut to them.
    margin_mm
        Tissue farther from the tumour's surface gets the window's lower end, so that 0 leaves the
        tumour alone; ``None`` leaves everything.
    grid_of
        Image whose tumour gives centre, axes and mask, where the case has it; crops of several
        images on one are on one grid. ``None`` is the image itself.
    """

    image: str
    size_voxels: int
    spacing_mm: float
    window: tuple[float, float]
    margin_mm: float | None = None
    grid_of: str | None = None

    def __post_init__(self) -> None:
        low, high = self.window
        if not low < high:
            raise ValueError(f"the window must go from low to high, not from {low:g} to {high:g}")

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "crop"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return "1"

    def parameters(self) -> Mapping[str, object]:
        """Return everything that determines the result beside the case."""
        return {
            "image": self.image,
            "size_voxels": self.size_voxels,
            "spacing_mm": self.spacing_mm,
            "window": list(self.window),
            "larger_tumor": "cut",
            "margin_mm": self.margin_mm,
            "grid_of": self.grid_of,
        }

    def input_digest(self, case: Case) -> str:
        """Return a digest of image and mask."""
        own, drawn = case.source(self.image), self._drawn(case)
        return own.digest() if drawn is own else f"{own.digest()} on {drawn.digest()}"

    def extract(self, case: Case) -> NDArray[np.float16]:
        """Return the cube of a case, shape (2, size, size, size): image in [0, 1], mask 0 or 1.

        Raises
        ------
        BadInputError
            ``CRP-01`` when no voxel of the cube is in the tumour; ``CRP-02`` when the image and
            the one whose tumour it goes by are not in one space; and whatever reading image and
            mask and `prepare_pair` raise.
        """
        volume, tumor = self.read(case)
        grid = self.grid(tumor)
        mask = resample_to(tumor, grid)
        if not mask.array.any():
            raise BadInputError(
                "CRP-01",
                f"no voxel of the crop of '{self.image}' lies in the tumour "
                f"({tumor.volume_mm3:.3g} mm3)",
                expected=f"a tumour that a grid of {self.spacing_mm:g} mm can show at its centre",
                fix="check the mask, or give the crop a finer spacing",
            )
        image = self.windowed(volume, grid)
        if self.margin_mm is not None:
            image[~near_tumor(mask, self.margin_mm)] = 0
        return np.stack([image, mask.array]).astype(np.float16)

    def kept_fraction(self, case: Case) -> float:
        """Return the part of the tumour's volume that lies inside the cube, from 0 to 1."""
        _, tumor = self.read(case)
        index = self.grid(tumor).lps_to_index(tumor.geometry.index_to_lps(np.argwhere(tumor.array)))
        inside = np.all((index >= -0.5) & (index <= self.size_voxels - 0.5), axis=1)
        return float(inside.mean())

    def grid(self, tumor: Mask) -> Geometry:
        """Return the cube's grid around the centre of gravity of `tumor`."""
        centre = tumor.geometry.index_to_lps(np.argwhere(tumor.array).mean(axis=0))
        direction = tumor.geometry.reoriented().direction
        half_mm = self.spacing_mm * (self.size_voxels - 1) / 2
        return Geometry.from_parts(
            (self.size_voxels,) * 3,
            (self.spacing_mm,) * 3,
            direction,
            centre - direction.sum(axis=1) * half_mm,
            tumor.geometry.frame_of_reference,
        )

    def read(self, case: Case) -> tuple[Volume, Mask]:
        """Return the image of a case, and the tumour that its cube is centred on; raises as it."""
        own, drawn = case.source(self.image), self._drawn(case)
        volume, tumor = own.volume(), drawn.tumor()
        if drawn is own:
            return prepare_pair(volume, tumor)
        if not tumor.geometry.same_space(volume.geometry):
            raise BadInputError(
                "CRP-02",
                f"'{self.image}' and '{self.grid_of}' have different frames of reference",
                expected="images in one space",
                fix="register the images, or leave out `grid_of` of this crop",
            )
        return prepare_pair(volume, resample_to(tumor, volume.geometry))[0], tumor

    def _drawn(self, case: Case) -> ImageSource:
        """Return the image whose tumour counts."""
        other = case.images.get(self.grid_of or self.image)
        return other if other is not None and other.mask is not None else case.source(self.image)

    def windowed(self, volume: Volume, grid: Geometry) -> NDArray[np.float32]:
        """Return the image on a grid, cut to the window, which becomes 0 to 1."""
        low, high = self.window
        ratio = self.spacing_mm / np.asarray(volume.geometry.spacing_mm)
        sigma = np.maximum(0.0, (ratio - 1) / 2)
        near = surroundings(volume, grid, 1 + np.ceil(SMOOTHING_REACH * sigma))
        values = np.clip(near.array.astype(np.float32), low, high)
        smooth = gaussian_filter(values, sigma, truncate=SMOOTHING_REACH, mode="nearest")
        cube = resample_to(
            Volume(smooth, near.geometry, volume.unit), grid, "linear", outside=low
        ).array
        return np.asarray((cube - low) / (high - low), dtype=np.float32)


def near_tumor(mask: Mask, margin_mm: float) -> NDArray[np.bool_]:
    """Return the voxels of the tumour and those up to `margin_mm` from its surface."""
    distance = distance_to_surface_mm(mask.array, mask.geometry.spacing_mm, margin_mm)
    return np.asarray(mask.array | (distance <= margin_mm))


def surroundings(volume: Volume, grid: Geometry, margin: NDArray[np.float64]) -> Volume:
    """Return the part of `volume` that `grid` covers, and `margin` voxels (z, y, x) around it."""
    index = volume.geometry.lps_to_index(grid.corners_lps())
    start = np.maximum(np.floor(index.min(axis=0) - margin), 0).astype(int)
    stop = np.minimum(np.ceil(index.max(axis=0) + margin) + 1, volume.array.shape).astype(int)
    return volume.crop(start.tolist(), stop.tolist())
