"""IBSI's reference definitions of radiomic features, by IBSI's own tags."""

from tumorcast.radiomics.ibsi.api import extract
from tumorcast.radiomics.ibsi.config import Config, FixedBinNumber, FixedBinSize

__all__ = ["Config", "FixedBinNumber", "FixedBinSize", "extract"]
