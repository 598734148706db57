"""IBSI's reference definitions of radiomic features, by IBSI's own tags."""

from tumorcast.radiomics.ibsi.api import extract
from tumorcast.radiomics.ibsi.config import Config, FixedBinNumber, FixedBinSize
from tumorcast.radiomics.ibsi.identifiers import identifiers_of

__all__ = ["Config", "FixedBinNumber", "FixedBinSize", "extract", "identifiers_of"]
