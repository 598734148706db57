"""Radiomic features with the names, settings and values of PyRadiomics."""

from tumorcast.radiomics.api import Params, extract, extract_in_regions, extract_with_reasons
from tumorcast.radiomics.extractor import RadiomicsExtractor
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.presets import PRESETS, settings_of
from tumorcast.radiomics.result import Extraction
from tumorcast.radiomics.settings import ImageType, Settings
from tumorcast.radiomics.structures import StructureExtractor, structure_features
from tumorcast.radiomics.voxel.api import MapFile, VoxelMapFiles, voxel_maps, write_voxel_maps
from tumorcast.radiomics.voxel.maps import VoxelMaps

__all__ = [
    "PRESETS",
    "Extraction",
    "ImageType",
    "MapFile",
    "Options",
    "Params",
    "RadiomicsExtractor",
    "Settings",
    "StructureExtractor",
    "VoxelMapFiles",
    "VoxelMaps",
    "extract",
    "extract_in_regions",
    "extract_with_reasons",
    "settings_of",
    "structure_features",
    "voxel_maps",
    "write_voxel_maps",
]
