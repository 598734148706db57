"""Which scanner made a series, and how it was reconstructed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tumorcast.imaging.dicom.folder import dicom_files
from tumorcast.imaging.dicom.header import read_header
from tumorcast.imaging.dicom.structures import dataset_of, parsing


@dataclass(frozen=True)
class Acquisition:
    """What differs between hospitals and leaves its mark on texture; empty where not said.

    Parameters
    ----------
    scanner
        Manufacturer and model.
    kernel
        Convolution kernel of a CT, reconstruction method of a PET.
    contrast
        ``"contrast"`` or ``"no contrast"``.
    thickness
        Of the slices, such as ``"5 mm"``; they may overlap, or leave gaps.
    """

    scanner: str = ""
    kernel: str = ""
    contrast: str = ""
    thickness: str = ""


def acquisition_of(path: Path) -> Acquisition:
    """Return how the first image of a folder was acquired; nothing where none is found.

    Raises
    ------
    BadInputError
        When a header is damaged.
    """
    files = dicom_files(path) if path.is_dir() else [path]
    first = next((file for file in files if read_header(file, force=True).is_image), None)
    if first is None:
        return Acquisition()
    data = dataset_of(first, stop_before_pixels=True)
    with parsing(first):
        scanner = f"{data.get('Manufacturer', '')} {data.get('ManufacturerModelName', '')}"
        return Acquisition(
            " ".join(scanner.split()),
            _text(data.get("ConvolutionKernel") or data.get("ReconstructionMethod")),
            _contrast(data),
            _thickness(data),
        )


def _text(value: Any) -> str:
    many = value if isinstance(value, list) or hasattr(value, "append") else [value]
    return "/".join(str(one).strip() for one in many if one)


def _thickness(data: Any) -> str:
    thickness_mm = data.get("SliceThickness")
    return "" if thickness_mm is None else f"{float(thickness_mm):g} mm"


def _contrast(data: Any) -> str:
    if data.get("Modality") != "CT" or "ContrastBolusAgent" not in data:
        return ""
    return "contrast" if str(data.ContrastBolusAgent).strip() else "no contrast"
