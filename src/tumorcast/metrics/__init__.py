"""Discrimination, calibration and survival estimates as functions of arrays.

A function named in the plural (`aurocs`) computes the same metric for many sets of case weights
at once; the bootstrap draws its resamples as such weights.
"""

from tumorcast.metrics.aalen_johansen import IncidenceCurve, aalen_johansen
from tumorcast.metrics.auprc import auprc, auprcs, prevalence
from tumorcast.metrics.auroc import auroc, aurocs
from tumorcast.metrics.bootstrap import (
    Interval,
    PatientBootstrap,
    bootstrap_interval,
    bootstrap_p_value,
    percentile_interval,
)
from tumorcast.metrics.brier import brier, briers
from tumorcast.metrics.calibration import (
    calibration_intercept,
    calibration_intercepts,
    calibration_slope,
    calibration_slopes,
)
from tumorcast.metrics.calibration_curve import CalibrationCurve, calibration_curve
from tumorcast.metrics.censoring import CensoringDistribution
from tumorcast.metrics.classification import (
    accuracy_at,
    balanced_accuracy_at,
    called_positive,
    sensitivity_at,
    shares,
    specificity_at,
)
from tumorcast.metrics.concordance import (
    ComparablePairs,
    c_index,
    c_indices,
    comparable_pairs,
    uno_c_index,
)
from tumorcast.metrics.curves import PrecisionRecallCurve, RocCurve, pr_curve, roc_curve
from tumorcast.metrics.delong import PairedTest, delong_ci, delong_covariance, delong_test
from tumorcast.metrics.icc import IntraclassCorrelation, intraclass_correlation
from tumorcast.metrics.kaplan_meier import SurvivalCurve, kaplan_meier
from tumorcast.metrics.multiplicity import holm
from tumorcast.metrics.net_benefit import net_benefits
from tumorcast.metrics.selection_stability import SelectionStability, selection_stability
from tumorcast.metrics.threshold import youden_threshold

__all__ = [
    "CalibrationCurve",
    "CensoringDistribution",
    "ComparablePairs",
    "IncidenceCurve",
    "Interval",
    "IntraclassCorrelation",
    "PairedTest",
    "PatientBootstrap",
    "PrecisionRecallCurve",
    "RocCurve",
    "SelectionStability",
    "SurvivalCurve",
    "aalen_johansen",
    "accuracy_at",
    "auprc",
    "auprcs",
    "auroc",
    "aurocs",
    "balanced_accuracy_at",
    "bootstrap_interval",
    "bootstrap_p_value",
    "brier",
    "briers",
    "c_index",
    "c_indices",
    "calibration_curve",
    "calibration_intercept",
    "calibration_intercepts",
    "calibration_slope",
    "calibration_slopes",
    "called_positive",
    "comparable_pairs",
    "delong_ci",
    "delong_covariance",
    "delong_test",
    "holm",
    "intraclass_correlation",
    "kaplan_meier",
    "net_benefits",
    "percentile_interval",
    "pr_curve",
    "prevalence",
    "roc_curve",
    "selection_stability",
    "sensitivity_at",
    "shares",
    "specificity_at",
    "uno_c_index",
    "youden_threshold",
]
