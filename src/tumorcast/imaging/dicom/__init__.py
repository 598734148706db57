"""DICOM series, structure sets and segmentations, and the index of a folder of them.

`tumorcast.imaging.read_volume` and `read_mask` read them; here is what they do not show.
"""

from tumorcast.imaging.dicom.drawn import DrawnObject, patient_id_of, read_drawn
from tumorcast.imaging.dicom.header import Header, read_header
from tumorcast.imaging.dicom.index import FolderIndex, SeriesEntry, index_folder
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.dicom.reference import series_geometry
from tumorcast.imaging.dicom.regions import read_combined
from tumorcast.imaging.dicom.structures import roi_names
from tumorcast.imaging.dicom.write_rtstruct import write_rtstruct
from tumorcast.imaging.dicom.write_seg import write_seg

__all__ = [
    "DicomSeries",
    "DrawnObject",
    "FolderIndex",
    "Header",
    "SeriesEntry",
    "index_folder",
    "patient_id_of",
    "read_combined",
    "read_drawn",
    "read_header",
    "roi_names",
    "series_geometry",
    "write_rtstruct",
    "write_seg",
]
