"""DICOM series, structure sets and segmentations."""
