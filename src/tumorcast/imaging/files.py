"""Images and masks from NIfTI, NRRD and MetaImage files, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.header import check_file
from tumorcast.imaging.itk import array_of, geometry_of, simpleitk
from tumorcast.imaging.labels import foreground
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume


def read_volume(
    path: str | Path, unit: Unit | None = None, *, findings: list[Finding] | None = None
) -> Volume:
    """Read an image, in the array order and the voxel type in which it is stored.

    Parameters
    ----------
    path
        A file ending in .nii, .nii.gz, .nrrd, .nhdr, .mha or .mhd.
    unit
        What the voxels measure; these files do not say. ``None`` means ``"arbitrary"``.
    findings
        Receives what was repaired while reading.

    Raises
    ------
    BadInputError
        ``IMG-02`` the file is absent or damaged; ``IMG-03`` its format is not read; ``IMG-04``
        it is not one scalar 3D image; ``IMG-05`` its header declares more than the file can hold
        or than is allowed; ``GEO-01`` its axes are not orthogonal; ``GEO-03`` its two positions
        (NIfTI qform and sform) contradict each other.
    """
    image = _read(Path(path), findings)
    return Volume(array_of(image), geometry_of(image), unit or "arbitrary")


def read_mask(
    path: str | Path,
    roi: str | None = None,
    *,
    label: int | None = None,
    threshold: float | None = None,
    findings: list[Finding] | None = None,
) -> Mask:
    """Read the region drawn in a label image.

    Parameters
    ----------
    path
        As in `read_volume`.
    roi
        Name of the region to take. Label images have no names, so it only names the mask.
    label
        The label to take; ``None`` takes the only one there is.
    threshold
        For probabilities: voxels at or above it belong to the region.
    findings
        Receives what was repaired while reading.

    Raises
    ------
    BadInputError
        As `read_volume`, and as `labels.foreground` for the choice of the label.
    """
    image = _read(Path(path), findings)
    array = foreground(
        array_of(image), label=label, threshold=threshold, findings=findings, file=str(path)
    )
    return Mask(array, geometry_of(image), roi or "tumor")


def write_volume(volume: Volume, path: str | Path) -> None:
    """Write an image in the format that the file name asks for, compressed where it can be.

    NIfTI keeps positions in 32-bit floats: they return changed by up to 1e-5 mm.
    """
    _write(volume.to_sitk(), Path(path))


def write_mask(mask: Mask, path: str | Path) -> None:
    """Write a mask as 8-bit labels 0 and 1."""
    _write(mask.to_sitk(), Path(path))


def _read(path: Path, findings: list[Finding] | None) -> Any:  # noqa: ARG001
    check_file(path)
    try:
        return simpleitk().ReadImage(str(path))
    except RuntimeError as error:
        raise BadInputError(
            "IMG-02",
            f"the file cannot be read ({error.__class__.__name__})",
            expected="a readable image",
            fix="export or copy the file again",
            file=str(path),
        ) from error


def _write(image: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    simpleitk().WriteImage(image, str(path), True)
