"""One page a patient: the risk among the cohort's, its interval, the strongest reasons, the map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.report.explanation_files import FOLDER, Explanation
from tumorcast.report.map_pictures import MapPicture, map_pictures
from tumorcast.report.page import write_page
from tumorcast.report.patient_context import context_of
from tumorcast.report.reasons import column_feature
from tumorcast.report.run_files import RunFiles, document_of
from tumorcast.report.words import MINUS, block_words, sentence, title_words

N_REASONS = 5


@dataclass(frozen=True)
class Reason:
    """Why the predicted risk is what it is.

    Parameters
    ----------
    what, where
        What was measured, and of what.
    value, usual
        The patient's value, and the cohort's median or most frequent level; empty when there is
        none.
    shapley
        Part in the log-odds.
    error
        Its standard error; 0 where it is exact.
    """

    what: str
    where: str
    value: str
    usual: str
    shapley: float
    error: float

    @property
    def factor(self) -> float:
        """By how much the odds are multiplied."""
        return math.exp(self.shapley)


def build_patient_pages(run_dir: Path, arm: str, names: Mapping[str, str]) -> tuple[Path, ...]:
    """Write the pages of some patients into ``explanations/ARM/patients``.

    Parameters
    ----------
    names
        Name of the file, without ending, by case.

    Raises
    ------
    StudyRefusedError
        ``RUN-01`` when the folder is no finished run, ``RUN-02`` when a file of it is damaged.
    """
    files = RunFiles.read(run_dir)
    explanation = Explanation.read(run_dir / FOLDER / arm)
    folder = explanation.folder / "patients"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.html"):
        old.unlink()
    entries = document_of(explanation.folder / "maps.json").get("maps") or ()
    pages = []
    for case, name in names.items():
        own = [entry for entry in entries if entry["case"] == case]
        pictures = map_pictures(explanation.folder / "maps" / f"{name}.npz", own)
        content = _content(files, explanation, case, pictures)
        pages.append(write_page(folder / f"{name}.html", "patient.html", content))
    return tuple(pages)


def _content(
    files: RunFiles, explanation: Explanation, case: str, pictures: Sequence[MapPicture]
) -> dict[str, Any]:
    days = explanation.horizon_days
    rows = files.predictions.of(explanation.arm, days)
    blocks = explanation.blocks[explanation.blocks["case"] == case]
    known = explanation.cases.set_index("case")[["base", "score"]].loc[case].to_numpy(np.float64)
    return {
        "study": title_words(files.study.get("study") or "Explanation"),
        "endpoint": (files.study.get("endpoint") or {}).get("name", "").replace("_", " "),
        "case": case,
        "arm_of_page": explanation.arm,
        "horizon_days": days,
        "context": context_of(rows, case, days),
        "base": float(known[0]),
        "score": float(known[1]),
        "reasons": reasons_of(explanation.columns, case, files.features),
        "blocks": [
            (block_words(str(row.block)), float(row.shapley))  # type: ignore[arg-type]
            for row in blocks.sort_values("shapley", key=abs, ascending=False).itertuples()
        ],
        "pictures": pictures,
    }


def reasons_of(
    columns: pd.DataFrame, case: str, features: pd.DataFrame | None
) -> tuple[Reason, ...]:
    """Return the strongest reasons of one case, the strongest first."""
    own = columns[columns["case"] == case]
    order = own["shapley"].abs().sort_values(ascending=False, kind="stable").index
    return tuple(_reason(row, case, features) for row in own.loc[order[:N_REASONS]].itertuples())


def _reason(row: Any, case: str, features: pd.DataFrame | None) -> Reason:
    feature = column_feature(row.column)
    value = usual = ""
    if features is not None and row.column in features:
        values = features[row.column]
        value = _text(values[case])
        usual = _text(values.median() if pd.api.types.is_float_dtype(values) else _most(values))
    detail = f" ({feature.detail})" if feature.detail else ""
    name = sentence(feature.name) + detail
    return Reason(name, feature.where, value, usual, float(row.shapley), float(row.error))


def _most(values: pd.Series[Any]) -> Any:
    found = values.mode()
    return found.iloc[0] if len(found) else None


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "not known"
    if isinstance(value, str):
        return value
    return f"{float(value):.4g}".replace("-", MINUS)
