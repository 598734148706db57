"""Discrimination, calibration and survival estimates as functions of arrays."""

from tumorcast.metrics.censoring import CensoringDistribution

__all__ = ["CensoringDistribution"]
