"""Images, masks, their geometry, their files and the regions that are measured."""

from tumorcast.imaging.body import body_mask
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.digest import digest_of
from tumorcast.imaging.files import read_labels, read_mask, read_volume, write_mask, write_volume
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.habitats import Habitat, habitat_labels, is_sub_region
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.matching import match_to_image
from tumorcast.imaging.quality import judge_pair, prepare_pair
from tumorcast.imaging.region_check import check_region
from tumorcast.imaging.region_spec import REGIONS, region_from_spec, region_named
from tumorcast.imaging.regions import Dilation, Region, RegionMask, Shell, Tumor, Union
from tumorcast.imaging.resample import Interpolation, resample_to
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume

__all__ = [
    "REGIONS",
    "DicomSeries",
    "Dilation",
    "Geometry",
    "Habitat",
    "Interpolation",
    "Mask",
    "Region",
    "RegionMask",
    "Shell",
    "Tumor",
    "Union",
    "Unit",
    "Volume",
    "body_mask",
    "check_region",
    "digest_of",
    "habitat_labels",
    "is_sub_region",
    "judge_pair",
    "match_to_image",
    "prepare_pair",
    "read_labels",
    "read_mask",
    "read_volume",
    "region_from_spec",
    "region_named",
    "resample_to",
    "write_mask",
    "write_volume",
]
