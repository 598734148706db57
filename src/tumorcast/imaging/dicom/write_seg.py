"""Masks as a DICOM segmentation (DICOM PS3.3, A.51), through highdicom."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np

from tumorcast.errors import BadInputError
from tumorcast.imaging.dicom.drawn_on import dataset_without_voxels, on_slices, ordered_slices
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.dicom.text import unquoted
from tumorcast.imaging.mask import Mask


@unquoted()
def write_seg(
    masks: Mask | Sequence[Mask], path: str | Path, series: str | Path | DicomSeries
) -> None:
    """Write masks as the binary segments of a segmentation, one labelled as each mask.

    Parameters
    ----------
    masks, path, series
        As `tumorcast.imaging.dicom.write_rtstruct`; masks may overlap.

    Raises
    ------
    BadInputError
        ``SEG-02`` highdicom is not installed; and as `write_rtstruct`.
    """
    highdicom, seg = _highdicom(path)
    drawn_on = series if isinstance(series, DicomSeries) else Path(series)
    headers = ordered_slices(drawn_on)
    regions = on_slices([masks] if isinstance(masks, Mask) else list(masks), headers)
    slices = [dataset_without_voxels(header.path) for header in headers]
    for data in slices:
        data.setdefault("PositionReferenceIndicator", "")
        data.setdefault("InstanceNumber", None)
        data.SliceThickness = data.get("SliceThickness") or regions[0].geometry.spacing_mm[0]
    written = seg.Segmentation(
        source_images=slices,
        pixel_array=np.stack([one.array for one in regions], axis=-1).astype(np.uint8),
        segmentation_type=seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _described(seg, i, one.name) for i, one in enumerate(regions, start=1)
        ],
        series_instance_uid=highdicom.UID(),
        series_number=1,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="tumorcast",
        manufacturer_model_name="tumorcast",
        software_versions=metadata.version("tumorcast"),
        device_serial_number="0",
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    written.save_as(path)


def _described(seg: Any, number: int, name: str) -> Any:
    codes: Any = import_module("pydicom.sr.codedict").codes
    return seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=seg.SegmentAlgorithmTypeValues.MANUAL,
    )


def _highdicom(path: str | Path) -> tuple[Any, Any]:
    try:
        return import_module("highdicom"), import_module("highdicom.seg")
    except ImportError as error:
        raise BadInputError(
            "SEG-02",
            "highdicom is not installed, which writes segmentations",
            expected="highdicom",
            fix="pip install 'tumorcast[dicom]', or write an RTSTRUCT",
            file=str(path),
        ) from error
