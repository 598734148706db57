"""The filters of IBSI's second chapter, by the names of image types.

Source: Depeursinge et al., Standardised convolutional filtering for radiomics,
arXiv:2006.05470 (the IBSI filter reference manual); Whybra et al., Radiology 2024;310:e231319.
"""

from tumorcast.radiomics.ibsi.filters.boundary import Boundary
from tumorcast.radiomics.ibsi.filters.filter import Filter
from tumorcast.radiomics.ibsi.filters.gabor import Gabor
from tumorcast.radiomics.ibsi.filters.laws import Laws
from tumorcast.radiomics.ibsi.filters.log import LaplacianOfGaussian
from tumorcast.radiomics.ibsi.filters.mean import Mean
from tumorcast.radiomics.ibsi.filters.riesz import RieszLoG, RieszSimoncelli
from tumorcast.radiomics.ibsi.filters.simoncelli import Simoncelli
from tumorcast.radiomics.ibsi.filters.wavelet import SeparableWavelet
from tumorcast.radiomics.ibsi.parameters import Checked

FILTERS: dict[str, type[Checked]] = {
    "Mean": Mean,
    "LoG": LaplacianOfGaussian,
    "Laws": Laws,
    "Gabor": Gabor,
    "Wavelet": SeparableWavelet,
    "Simoncelli": Simoncelli,
    "RieszLoG": RieszLoG,
    "RieszSimoncelli": RieszSimoncelli,
}

__all__ = [
    "FILTERS",
    "Boundary",
    "Filter",
    "Gabor",
    "LaplacianOfGaussian",
    "Laws",
    "Mean",
    "RieszLoG",
    "RieszSimoncelli",
    "SeparableWavelet",
    "Simoncelli",
]
