"""JPEG of 12 bits a sample, which none of pydicom's plugins under a permissive licence decodes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging.dicom.header import Header
from tumorcast.imaging.itk import simpleitk

JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"


def is_12_bit_jpeg(header: Header) -> bool:
    """Tell whether ITK has to decode the voxels (process 4 of JPEG, DICOM PS3.5, A.4.1)."""
    return header.transfer_syntax == JPEG_EXTENDED and header.bits_stored > 8


def decoded_by_itk(header: Header) -> NDArray[Any]:
    """Return the stored values: ITK rescales what it reads, and that is undone.

    Raises
    ------
    RuntimeError
        When the voxels are damaged.
    """
    sitk = simpleitk()
    rescaled = sitk.GetArrayFromImage(sitk.ReadImage(header.path))
    slope = 1.0 if header.slope is None else header.slope
    stored: NDArray[Any] = np.rint((rescaled - (header.intercept or 0.0)) / slope)
    return stored.astype(np.int16 if header.signed else np.uint16)
