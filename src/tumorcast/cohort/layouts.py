"""Layouts that find their images themselves, by the name that a study file uses."""

from __future__ import annotations

from collections.abc import Mapping

from tumorcast.cohort.readers.dicom_tree import read_dicom_tree
from tumorcast.cohort.readers.found import CohortReader
from tumorcast.cohort.readers.hecktor import LABELS, read_hecktor
from tumorcast.cohort.readers.nnunet import read_nnunet
from tumorcast.cohort.roi_map import TG263

LAYOUTS: Mapping[str, CohortReader] = {
    "dicom": read_dicom_tree,
    "hecktor": read_hecktor,
    "nnunet": read_nnunet,
}

REGIONS_OF_LAYOUT: Mapping[str, tuple[str, ...]] = {"dicom": tuple(TG263), "hecktor": tuple(LABELS)}
"""Names of the regions of a layout where the study declares none; nnU-Net's are in a file."""
