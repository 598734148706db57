"""Image types: from the prepared image to the images on which features are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tumorcast.radiomics.filters.gradient import gradient
from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.filters.lbp2d import lbp2d
from tumorcast.radiomics.filters.lbp3d import lbp3d
from tumorcast.radiomics.filters.log import laplacian_of_gaussian
from tumorcast.radiomics.filters.pointwise import exponential, logarithm, square, square_root
from tumorcast.radiomics.filters.wavelet import wavelet
from tumorcast.radiomics.options import Options

ImageFilter = Callable[[FilterInput, Options], Iterator[NamedImage]]


def original(source: FilterInput, options: Options) -> Iterator[NamedImage]:  # noqa: ARG001
    """Yield the image as it is."""
    yield "original", source.array[source.box]


IMAGE_FILTERS: dict[str, ImageFilter] = {
    "Original": original,
    "LoG": laplacian_of_gaussian,
    "Wavelet": wavelet,
    "Square": square,
    "SquareRoot": square_root,
    "Logarithm": logarithm,
    "Exponential": exponential,
    "Gradient": gradient,
    "LBP2D": lbp2d,
    "LBP3D": lbp3d,
}
