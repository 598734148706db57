"""Images, masks, their geometry and their files."""

from tumorcast.imaging.digest import digest_of
from tumorcast.imaging.files import read_mask, read_volume, write_mask, write_volume
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume

__all__ = [
    "Geometry",
    "Mask",
    "Unit",
    "Volume",
    "digest_of",
    "read_mask",
    "read_volume",
    "write_mask",
    "write_volume",
]
