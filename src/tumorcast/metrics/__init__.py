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
from tumorcast.metrics.brier import brier, briers, integrated_brier, scaled_brier, scaled_briers
from tumorcast.metrics.calibration import (
    calibration_intercept,
    calibration_intercepts,
    calibration_slope,
    calibration_slopes,
)
from tumorcast.metrics.calibration_curve import CalibrationCurve, calibration_curve
from tumorcast.metrics.censoring import CensoringDistribution
from tumorcast.metrics.classes import (
    balanced_accuracies,
    class_aurocs,
    class_briers,
    class_log_losses,
    class_shares,
    class_table,
    macro_aurocs,
    weighted_aurocs,
)
from tumorcast.metrics.classification import RATES, Confusion, called_positive, confusion, rate_at
from tumorcast.metrics.concordance import (
    ComparablePairs,
    c_index,
    c_indices,
    comparable_pairs,
    uno_c_index,
    uno_pairs,
)
from tumorcast.metrics.curves import PrecisionRecallCurve, RocCurve, pr_curve, roc_curve
from tumorcast.metrics.delong import PairedTest, delong_ci, delong_covariance, delong_test
from tumorcast.metrics.icc import IntraclassCorrelation, intraclass_correlation
from tumorcast.metrics.incidence_calibration import incidence_calibration
from tumorcast.metrics.kaplan_meier import SurvivalCurve, kaplan_meier
from tumorcast.metrics.multiplicity import holm
from tumorcast.metrics.net_benefit import net_benefit_of, net_benefits
from tumorcast.metrics.observed_expected import observed_expected_ratio, observed_expected_ratios
from tumorcast.metrics.permutation_test import permutation_p_value
from tumorcast.metrics.resampled_t import corrected_resampled_t
from tumorcast.metrics.sample_size import (
    SampleSize,
    cox_snell_of_c,
    sample_size_binary,
    sample_size_survival,
)
from tumorcast.metrics.selection_stability import SelectionStability, selection_stability
from tumorcast.metrics.smooth_calibration import SmoothCalibration, calibration_error
from tumorcast.metrics.threshold import YOUDEN, ThresholdRule

__all__ = [
    "RATES",
    "YOUDEN",
    "CalibrationCurve",
    "CensoringDistribution",
    "ComparablePairs",
    "Confusion",
    "IncidenceCurve",
    "Interval",
    "IntraclassCorrelation",
    "PairedTest",
    "PatientBootstrap",
    "PrecisionRecallCurve",
    "RocCurve",
    "SampleSize",
    "SelectionStability",
    "SmoothCalibration",
    "SurvivalCurve",
    "ThresholdRule",
    "aalen_johansen",
    "auprc",
    "auprcs",
    "auroc",
    "aurocs",
    "balanced_accuracies",
    "bootstrap_interval",
    "bootstrap_p_value",
    "brier",
    "briers",
    "c_index",
    "c_indices",
    "calibration_curve",
    "calibration_error",
    "calibration_intercept",
    "calibration_intercepts",
    "calibration_slope",
    "calibration_slopes",
    "called_positive",
    "class_aurocs",
    "class_briers",
    "class_log_losses",
    "class_shares",
    "class_table",
    "comparable_pairs",
    "confusion",
    "corrected_resampled_t",
    "cox_snell_of_c",
    "delong_ci",
    "delong_covariance",
    "delong_test",
    "holm",
    "incidence_calibration",
    "integrated_brier",
    "intraclass_correlation",
    "kaplan_meier",
    "macro_aurocs",
    "net_benefit_of",
    "net_benefits",
    "observed_expected_ratio",
    "observed_expected_ratios",
    "percentile_interval",
    "permutation_p_value",
    "pr_curve",
    "prevalence",
    "rate_at",
    "roc_curve",
    "sample_size_binary",
    "sample_size_survival",
    "scaled_brier",
    "scaled_briers",
    "selection_stability",
    "uno_c_index",
    "uno_pairs",
    "weighted_aurocs",
]
