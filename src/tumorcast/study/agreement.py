"""Repeated measurements of many cases, and how well they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.features import ColumnName
from tumorcast.metrics import intraclass_correlation

LIMITS = (0.75, 0.9)
"""ICC from which agreement is called good and excellent (Koo and Li, J Chiropr Med 2016;15:155)."""


def stacked(found: Sequence[Mapping[str, NDArray[Any]]]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the columns and values, shape (cases, repeats, columns), of perturbed cases."""
    columns = list(dict.fromkeys(name for case in found for name in case["columns"].tolist()))
    place = {name: number for number, name in enumerate(columns)}
    values = np.full((len(found), len(found[0]["values"]), len(columns)), np.nan)
    for row, case in enumerate(found):
        values[row][:, [place[name] for name in case["columns"].tolist()]] = case["values"]
    return columns, values


def agreement_table(
    columns: Sequence[str], values: NDArray[np.float64], *, crossed: bool
) -> pd.DataFrame:
    """Return the agreement of each column, one row each; see `tumorcast.study.Stability`.

    Parameters
    ----------
    columns
        Names as ``image.region.filter_family_Name``.
    values
        Shape (cases, repeats, columns).
    crossed
        Whether repeat j is the same perturbation in all cases.
    """
    names = [ColumnName.parse(name) for name in columns]
    one_way = intraclass_correlation(values, "ICC(1,1)")
    frame = pd.DataFrame(
        {
            "image": [name.source for name in names],
            "region": [name.region for name in names],
            "image_filter": [name.image_filter for name in names],
            "family": [name.family for name in names],
            "name": [name.feature for name in names],
            "feature": [column.split(".", 2)[2] for column in columns],
            "n_cases": one_way.n_cases,
            "n_repeats": values.shape[1],
            "icc": one_way.value,
            "ci_low": one_way.ci_low,
            "ci_high": one_way.ci_high,
        }
    )
    frame["mean"], frame["within_sd"] = _mean_and_spread(values)
    if crossed:
        two_way = intraclass_correlation(values, "ICC(3,1)")
        frame["icc_consistency"] = two_way.value
        frame["consistency_ci_low"] = two_way.ci_low
        frame["consistency_ci_high"] = two_way.ci_high
    return frame


def lacking_finding(case: str, lacking: Sequence[str]) -> Finding | None:
    """Return the warning about a case that lacks features on some of its perturbations.

    Parameters
    ----------
    lacking
        Why each repeat lacks features, empty where it has all.
    """
    reasons = [reason for reason in lacking if reason]
    if not reasons:
        return None
    return Finding(
        "STB-04",
        "warning",
        f"{len(reasons)} of {len(lacking)} perturbed tumours lack features: {reasons[0]}",
        "every feature on every perturbation; the agreement of these is computed without the case",
        "look at n_cases; leave out tumours as small as this, or regions that it does not have",
        case=case,
    )


def _mean_and_spread(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation within cases, over those with all their repeats."""
    whole: NDArray[np.bool_] = np.all(np.isfinite(values), axis=1)
    kept = np.where(whole[:, np.newaxis], values, 0.0)
    n = np.where(whole.any(axis=0), whole.sum(axis=0), np.nan)
    variance: NDArray[np.float64] = kept.var(axis=1, ddof=1)
    return kept.mean(axis=1).sum(axis=0) / n, np.sqrt(variance.sum(axis=0) / n)
