"""Radiomic features with the names, settings and values of PyRadiomics."""

from tumorcast.radiomics.api import Params, extract, extract_in_regions, extract_with_reasons
from tumorcast.radiomics.extractor import RadiomicsExtractor
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.presets import PRESETS, settings_of
from tumorcast.radiomics.result import Extraction
from tumorcast.radiomics.settings import ImageType, Settings

__all__ = [
    "PRESETS",
    "Extraction",
    "ImageType",
    "Options",
    "Params",
    "RadiomicsExtractor",
    "Settings",
    "extract",
    "extract_in_regions",
    "extract_with_reasons",
    "settings_of",
]
