"""Images and masks in whatever form they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Geometry, Mask, Volume, read_mask, read_volume
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.options import Options

ImageLike = str | Path | Volume | Any
"""A path, a `Volume` or a SimpleITK image."""
MaskLike = str | Path | Mask | Any
"""A path, a `Mask` or a SimpleITK label image, scalar or with one channel a segment."""


@dataclass(frozen=True)
class Frame:
    """Where a grid lies, in SimpleITK's own digits.

    `Geometry` rounds to 1e-11 mm. A resampled voxel whose centre lies midway between two voxels
    falls to one or the other by the last digit, so parity with PyRadiomics needs them all.

    Parameters
    ----------
    spacing, origin, direction
        As SimpleITK gives them, in the order (x, y, z).
    """

    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    direction: tuple[float, ...]

    @classmethod
    def of_image(cls, image: Any) -> Self:
        """Return the frame of a SimpleITK image."""
        return cls(image.GetSpacing(), image.GetOrigin(), image.GetDirection())

    @classmethod
    def of_geometry(cls, geometry: Geometry) -> Self:
        """Return the frame of a geometry."""
        direction = tuple(geometry.direction[:, ::-1].ravel().tolist())
        return cls(geometry.spacing_mm[::-1], geometry.origin_mm, direction)

    def image_of(self, array: NDArray[Any]) -> Any:
        """Return a SimpleITK image with a copy of the voxels, shape (z, y, x), in this frame."""
        image = sitk.GetImageFromArray(array.view(np.uint8) if array.dtype == bool else array)
        return self._placed(image)

    def header(self) -> Any:
        """Return a SimpleITK image of one voxel in this frame, to convert between coordinates."""
        return self._placed(sitk.Image([1, 1, 1], sitk.sitkUInt8))

    def _placed(self, image: Any) -> Any:
        image.SetSpacing(self.spacing)
        image.SetOrigin(self.origin)
        image.SetDirection(self.direction)
        return image


@dataclass(frozen=True, eq=False)
class Scan:
    """One image and the regions on it.

    Parameters
    ----------
    volume
        The image, in its own number type.
    frame
        Where its grid lies.
    masks
        Regions by name, all on one grid, which need not be the image's.
    mask_frame
        Where that grid lies.
    """

    volume: Volume
    frame: Frame
    masks: Mapping[str, Mask]
    mask_frame: Frame


def scan_of(image: ImageLike, mask: MaskLike, options: Options, findings: list[Finding]) -> Scan:
    """Return image and region, with the label and the channel that the settings name.

    Label 1, the default, also stands for the only label of a mask that has no label 1.

    Raises
    ------
    BadInputError
        ``RAD-05`` the channel does not exist; otherwise as `imaging.read_volume` and
        `imaging.read_mask`.
    """
    volume, frame = _volume(image, findings)
    region, mask_frame = _mask(mask, options, findings)
    return Scan(volume, frame, {region.name: region}, mask_frame)


def frame_of(source: object, geometry: Geometry) -> Frame:
    """Return the frame of what was read, in the digits of the file where there is one.

    Parameters
    ----------
    source
        What `geometry` was read from; a path, or anything else that has no such file.
    geometry
        Of the image or mask; when reading has changed the grid of the file, this is the frame.
    """
    rounded = Frame.of_geometry(geometry)
    header = _header(source) if isinstance(source, Path) else None
    if header is None or len(header.GetSize()) != 3:
        return rounded
    exact = Frame.of_image(header)
    same = all(
        np.allclose(ours, theirs, rtol=0, atol=1e-9)
        for ours, theirs in zip(astuple(exact), astuple(rounded), strict=True)
    )
    return exact if same else rounded


def _volume(image: ImageLike, findings: list[Finding]) -> tuple[Volume, Frame]:
    if isinstance(image, (str, Path)):
        volume = read_volume(Path(image), findings=findings)
        return volume, frame_of(Path(image), volume.geometry)
    if isinstance(image, Volume):
        return image, Frame.of_geometry(image.geometry)
    return Volume.from_sitk(image), Frame.of_image(image)


def _mask(mask: MaskLike, options: Options, findings: list[Finding]) -> tuple[Mask, Frame]:
    if isinstance(mask, (str, Path)):
        path = Path(mask)
        header = _header(path)
        if header is None or header.GetNumberOfComponents() == 1:
            region = _labelled(
                lambda label: read_mask(path, label=label, findings=findings), options
            )
            return region, frame_of(path, region.geometry)
        mask = sitk.ReadImage(str(path))
    if isinstance(mask, Mask):
        return mask, Frame.of_geometry(mask.geometry)
    if mask.GetNumberOfComponentsPerPixel() > 1:
        mask = _channel(mask, options.label_channel)
    region = _labelled(lambda label: Mask.from_sitk(mask, label, findings=findings), options)
    return region, Frame.of_image(mask)


def _labelled(take: Callable[[int | None], Mask], options: Options) -> Mask:
    try:
        return take(options.label)
    except BadInputError as error:
        if options.label != 1 or error.finding.code != "MSK-06":
            raise
        return take(None)


def _header(path: Path) -> Any:
    """Return what SimpleITK reads of a file's header, or None for what it does not read."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None
    return reader


def _channel(image: Any, channel: int) -> Any:
    count = image.GetNumberOfComponentsPerPixel()
    if channel >= count:
        raise BadInputError(
            "RAD-05",
            f"label_channel {channel} of a mask with {count} channels",
            expected=f"a channel from 0 to {count - 1}",
            fix="correct label_channel",
        )
    return sitk.VectorIndexSelectionCast(image, channel)
