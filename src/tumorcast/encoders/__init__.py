"""3D networks on crops of images, and the extractor that makes the crops."""

from tumorcast.encoders.cnn3d import Cnn3D
from tumorcast.encoders.crop_extractor import CropExtractor
from tumorcast.encoders.encoder import Encoder, check_encoder
from tumorcast.encoders.swin3d import Swin3D

ENCODERS: dict[str, Encoder] = {"swin3d": Swin3D(), "cnn3d": Cnn3D()}
"""Built-in encoders by name."""

__all__ = ["ENCODERS", "Cnn3D", "CropExtractor", "Encoder", "Swin3D", "check_encoder"]
