"""3D networks on crops of images, and the extractor that makes the crops."""

from tumorcast.encoders.cnn3d import Cnn3D
from tumorcast.encoders.conversion import convert_weights
from tumorcast.encoders.crop_extractor import CropExtractor
from tumorcast.encoders.densenet3d import DenseNet3D
from tumorcast.encoders.embedding import EmbeddingExtractor, FrozenEncoder
from tumorcast.encoders.encoder import Encoder, check_encoder
from tumorcast.encoders.hub import FetchedWeights, fetch_weights
from tumorcast.encoders.placed_crop import PlacedCrop
from tumorcast.encoders.published import PUBLISHED, channels_seen
from tumorcast.encoders.resnet3d import ResNet3D
from tumorcast.encoders.swin3d import Swin3D
from tumorcast.encoders.vit3d import ViT3D
from tumorcast.encoders.weights import SeenCase, Weights, WeightsCard, load_weights, save_weights

ENCODERS: dict[str, Encoder] = {
    "swin3d": Swin3D(),
    "cnn3d": Cnn3D(),
    "resnet18": ResNet3D(18),
    "resnet50": ResNet3D(50, learning_rate=5e-4),
    "densenet121": DenseNet3D(),
    "vit3d": ViT3D(),
    **PUBLISHED,
}
"""Built-in encoders by name."""

__all__ = [
    "ENCODERS",
    "PUBLISHED",
    "Cnn3D",
    "CropExtractor",
    "DenseNet3D",
    "EmbeddingExtractor",
    "Encoder",
    "FetchedWeights",
    "FrozenEncoder",
    "PlacedCrop",
    "ResNet3D",
    "SeenCase",
    "Swin3D",
    "ViT3D",
    "Weights",
    "WeightsCard",
    "channels_seen",
    "check_encoder",
    "convert_weights",
    "fetch_weights",
    "load_weights",
    "save_weights",
]
