"""The same tumour as another hand, another scanner or another day would have given it."""

from tumorcast.radiomics.perturb.draw import KINDS, Draw, Perturbations, draws_of
from tumorcast.radiomics.perturb.extractor import PerturbedExtractor

__all__ = ["KINDS", "Draw", "Perturbations", "PerturbedExtractor", "draws_of"]
