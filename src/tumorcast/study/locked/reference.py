"""Why a locked model says what it says of a new patient, compared with a typical training patient.

The typical patient is made of one figure a column, so that no training patient has to go with the
bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.explain.attribution import Explainer
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.validation.plain import horizon_name

if TYPE_CHECKING:
    from tumorcast.study.locked.model import LockedModel

REFERENCE = "reference.parquet"

LEAST_PATIENTS = 5
"""A median or a most frequent level stands for at least this many patients; otherwise the typical
patient lacks the value."""

N_REASONS = 5
REST = "all others"
"""Stands for what the strongest reasons leave over."""

TYPICAL = "typical training patient"

Reason = tuple[float, float, int, str, str, float, float]
"""The columns of `COLUMNS` after case and horizon."""

COLUMNS = (
    "case", "horizon_days", "score", "typical_score", "rank", "column", "block", "part", "error",
)  # fmt: skip

_ORDERS = 16
"""Times that the typical patient is met: pairs of orders that are sampled where the parts are not
known in closed form."""


def typical_patient(frame: pd.DataFrame, patients: Sequence[str]) -> pd.DataFrame:
    """Return the median of each number and the most frequent level of each category, in one row.

    Parameters
    ----------
    frame
        One row a training case.
    patients
        Whose case each row is.
    """
    who = np.array(patients, dtype=object)
    values = {str(name): _typical(column, who) for name, column in frame.items()}
    row = pd.DataFrame(values, index=[TYPICAL])
    return row.astype({str(name): kind for name, kind in frame.dtypes.items()})


def _typical(column: pd.Series[Any], patients: NDArray[np.object_]) -> float | str | None:
    known = column.notna().to_numpy()
    if pd.api.types.is_float_dtype(column):
        enough = len({*patients[known]}) >= LEAST_PATIENTS
        return float(column.median()) if enough else np.nan
    counts = column.value_counts()
    if counts.empty:
        return None
    level = min(counts.index[counts == counts.iloc[0]])
    enough = len({*patients[(column == level).to_numpy()]}) >= LEAST_PATIENTS
    return str(level) if enough else None


def no_reasons(model: LockedModel) -> str:
    """Return why the predictions of a bundle have no reasons; empty where they have."""
    if any(arm.network for arm in model.lead_and_members):
        return f"the arm '{model.lead}' holds a network; only arms of tables have reasons"
    if model.typical is None:
        return "the bundle holds no typical patient: it was made by an older version"
    return ""


def reasons_for(model: LockedModel, inputs: ModelInputs) -> pd.DataFrame:
    """Return what sets each case apart from the typical training patient of its centre.

    Shapley values of the columns in the log-odds of the calibrated probability. The strongest
    reasons and what is left over add up to the score less that of the typical patient.

    Returns
    -------
    Columns `COLUMNS`, one row a case, horizon and reason; empty when `no_reasons` says why.
    """
    if no_reasons(model) or not len(inputs):
        return pd.DataFrame(columns=list(COLUMNS))
    leading = [days for arm, days in model.models if arm == model.lead]
    rows = [
        (inputs.case_ids[case], horizon_name(days), *reason)
        for days in leading
        for case, reasons in sorted(_by_case(model, days, inputs).items())
        for reason in reasons
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _by_case(model: LockedModel, days: float, inputs: ModelInputs) -> dict[int, list[Reason]]:
    """Return the reasons by the position of the case; each centre has a typical patient."""
    centres = np.array(inputs.table.centres or ("",) * len(inputs), dtype=object)
    found: dict[int, list[Reason]] = {}
    for centre in dict.fromkeys(centres):
        cases = np.flatnonzero(centres == centre)
        explainer = _explainer(model, days, inputs.table.rows(cases))
        found |= {int(case): _reasons(explainer, row) for row, case in enumerate(cases)}
    return found


def _explainer(model: LockedModel, days: float, cases: FeatureTable) -> Explainer:
    """Return what explains cases of one centre by the typical patient there."""
    typical = pd.concat([model.typical] * _ORDERS)
    typical.index = pd.Index([f"{TYPICAL} {number}" for number in range(_ORDERS)], dtype=object)
    frame = pd.concat([cases.frame, typical[list(cases.frame.columns)]])
    table = FeatureTable(frame, centres=(*cases.centres, *cases.centres[:1] * _ORDERS))
    background = np.arange(len(cases), len(frame))
    return Explainer(model.models[model.lead, days], ModelInputs(table), background, seed=0)


def _reasons(explainer: Explainer, case: int) -> list[Reason]:
    score, found = explainer.score(case), explainer.columns(case)
    parts, errors = np.asarray(found.values), np.asarray(found.errors)
    order = np.argsort(-np.abs(parts), kind="stable")
    strongest, others = order[:N_REASONS], order[N_REASONS:]
    reasons = [
        (
            *(score, found.base, rank),
            *(found.names[one], explainer.block_of(found.names[one])),
            *(float(parts[one]), float(errors[one])),
        )
        for rank, one in enumerate(strongest, start=1)
    ]
    left = float(parts[others].sum()), float(np.sqrt(np.square(errors[others]).sum()))
    return [*reasons, (score, found.base, len(reasons) + 1, REST, "", *left)]
