"""Images and masks from NIfTI, NRRD, MetaImage and DICOM files, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.guard import guarded
from tumorcast.imaging.itk import simpleitk
from tumorcast.imaging.labels import all_labels, foreground
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.nifti import read_nifti
from tumorcast.imaging.stored import damaged
from tumorcast.imaging.text_files import read_text_header
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume

NIFTI_SUFFIXES = (".nii", ".nii.gz")
TEXT_HEADER_SUFFIXES = (".nrrd", ".nhdr", ".mha", ".mhd")
DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")


@guarded
def read_volume(
    path: str | Path | DicomSeries,
    unit: Unit | None = None,
    *,
    series: str | None = None,
    max_gap_slices: int = 0,
    force: bool = False,
    findings: list[Finding] | None = None,
) -> Volume:
    """Read an image, in the array order and the voxel type in which it is stored.

    Parameters
    ----------
    path
        A file ending in .nii, .nii.gz, .nrrd, .nhdr, .mha or .mhd; or a folder with a DICOM
        series, or one of its files; or the files of a series.
    unit
        What the voxels measure. DICOM says so, and ``None`` takes it: HU for CT, SUVbw for PET.
        Other files do not say: ``None`` means ``"arbitrary"``.
    series
        DICOM: Series Instance UID or modality, when a folder holds several series.
    max_gap_slices
        DICOM: how many missing slices may be filled by interpolation.
    force
        DICOM: whether files without preamble and prefix are read, too.
    findings
        Receives what was repaired while reading.

    Raises
    ------
    BadInputError
        ``IMG-02`` the file is absent or damaged; ``IMG-03`` its format is not read; ``IMG-04``
        it is not one scalar 3D image; ``IMG-05`` its header declares more than the file can hold
        or than is allowed; ``GEO-01`` its axes are not orthogonal; ``GEO-03`` its two positions
        (NIfTI qform and sform) contradict each other; ``DCM-..`` and ``SUV-..`` for DICOM, as
        `tumorcast.imaging.dicom.series.read_series`.
    """
    place = path if isinstance(path, DicomSeries) else Path(path)
    if isinstance(place, DicomSeries) or holds_dicom(place):
        from tumorcast.imaging.dicom.series import read_series  # noqa: PLC0415

        return read_series(
            place,
            unit,
            series=series,
            max_gap_slices=max_gap_slices,
            force=force,
            findings=findings,
        )
    array, geometry = _read(place, findings)
    return Volume(array, geometry, unit or "arbitrary")


@guarded
def read_mask(
    path: str | Path,
    roi: str | None = None,
    *,
    label: int | None = None,
    threshold: float | None = None,
    geometry: Geometry | DicomSeries | None = None,
    findings: list[Finding] | None = None,
) -> Mask:
    """Read the region drawn in a label image, a DICOM structure set or a DICOM segmentation.

    Parameters
    ----------
    path
        As in `read_volume`; or an RTSTRUCT or SEG file.
    roi
        Name of the region to take, or a regular expression for it. Label images have no names,
        so it only names the mask.
    label
        The label (DICOM: segment number) to take; ``None`` takes the only one there is.
    threshold
        For probabilities: voxels at or above it belong to the region.
    geometry
        RTSTRUCT and SEG: grid of the image, or the series on which it was drawn. ``None`` takes
        the series that an RTSTRUCT names, if it lies near the file, and a segmentation's own grid.
    findings
        Receives what was repaired while reading.

    Raises
    ------
    BadInputError
        As `read_volume`, and as `labels.foreground` for the choice of the label; ``RTS-..`` as
        `tumorcast.imaging.dicom.rtstruct.read_rtstruct`.
    """
    if holds_dicom(Path(path)):
        from tumorcast.imaging.dicom.regions import read_dicom_mask  # noqa: PLC0415

        return read_dicom_mask(
            Path(path), roi, label=label, threshold=threshold, geometry=geometry, findings=findings
        )
    values, own_grid = _read(Path(path), findings, is_mask=True)
    array = foreground(values, label=label, threshold=threshold, findings=findings, file=str(path))
    return Mask(array, own_grid, roi or "tumor")


def read_labels(path: str | Path, findings: list[Finding] | None = None) -> dict[int, Mask]:
    """Read every region of a label image, by label.

    Raises
    ------
    BadInputError
        As `read_volume`; ``MSK-02`` nothing is labelled, ``MSK-04`` the values are no labels.
    """
    return dict(_labelled(path, findings))


@guarded
def _labelled(path: str | Path, findings: list[Finding] | None) -> tuple[tuple[int, Mask], ...]:
    values, geometry = _read(Path(path), findings, is_mask=True)
    return tuple(
        (label, Mask(array, geometry, str(label)))
        for label, array in all_labels(values, file=str(path)).items()
    )


def holds_dicom(path: Path) -> bool:
    """Tell whether a path is a folder or a DICOM file, whatever its name."""
    if path.is_dir():
        return True
    if path.name.lower().endswith((*NIFTI_SUFFIXES, *TEXT_HEADER_SUFFIXES)) or not path.is_file():
        return False
    from tumorcast.imaging.dicom.scan import looks_like_dicom  # noqa: PLC0415

    return path.suffix.lower() in DICOM_SUFFIXES or looks_like_dicom(path)


def write_volume(volume: Volume, path: str | Path) -> None:
    """Write an image in the format that the file name asks for, compressed where it can be.

    NIfTI keeps positions in 32-bit floats: they return changed by up to 1e-5 mm.
    """
    _write(volume.to_sitk(), Path(path))


def write_mask(mask: Mask, path: str | Path) -> None:
    """Write a mask as 8-bit labels 0 and 1."""
    _write(mask.to_sitk(), Path(path))


def _read(
    path: Path, findings: list[Finding] | None, *, is_mask: bool = False
) -> tuple[NDArray[Any], Geometry]:
    if not path.is_file():
        raise damaged("there is no such file", path)
    if path.stat().st_size == 0:
        raise damaged("the file is empty", path)
    name = path.name.lower()
    if name.endswith(NIFTI_SUFFIXES):
        return read_nifti(path, findings, is_mask=is_mask)
    if name.endswith(TEXT_HEADER_SUFFIXES):
        return read_text_header(path, findings, is_mask=is_mask)
    raise BadInputError(
        "IMG-03",
        f"a file named {path.name}",
        expected=f"a name ending in {', '.join((*NIFTI_SUFFIXES, *TEXT_HEADER_SUFFIXES))}",
        fix="convert the image to NIfTI, NRRD or MetaImage",
        file=str(path),
    )


def _write(image: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    simpleitk().WriteImage(image, str(path), True)
