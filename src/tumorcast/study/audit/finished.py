"""What a finished run has left on the disk, as the checks look at it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd

State = Literal["passed", "failed", "not applicable"]
MODEL = ["arm", "repeat", "fold", "horizon_days"]


@dataclass(frozen=True)
class Answer:
    """What a check found, with the evidence in one sentence."""

    state: State
    evidence: str


def passed(evidence: str) -> Answer:
    """Return that all is well."""
    return Answer("passed", evidence)


def failed(evidence: str) -> Answer:
    """Return that a mistake was made, or may have been."""
    return Answer("failed", evidence)


def not_applicable(why: str) -> Answer:
    """Return that there is nothing to look at."""
    return Answer("not applicable", why)


@dataclass(frozen=True)
class FinishedRun:
    """A run directory; every file is read when it is first asked for.

    Parameters
    ----------
    root
        The run directory.
    seeds
        Seeds with which these outcomes were validated in the same folder, this run's included.
    """

    root: Path
    seeds: tuple[int, ...] = ()

    def document(self, name: str) -> Mapping[str, Any]:
        """Return a JSON document; empty when it is absent."""
        path = self.root / name
        found: Mapping[str, Any] = (
            json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        )
        return found

    @cached_property
    def plan(self) -> Mapping[str, Any]:
        """The study as it was resolved."""
        return self.document("plan.json")

    @cached_property
    def study(self) -> Mapping[str, Any]:
        """The study file as the plan resolved it."""
        found: Mapping[str, Any] = self.plan["study"]
        return found

    @cached_property
    def arms(self) -> Mapping[str, Any]:
        """Arms by name, the baselines included."""
        found: Mapping[str, Any] = self.plan["arms"]
        return found

    @cached_property
    def metrics(self) -> Mapping[str, Any]:
        """The figures."""
        return self.document("metrics.json")

    @cached_property
    def doubts(self) -> Mapping[str, Any]:
        """The content of ``scepticism.json``."""
        return self.document("scepticism.json")

    @cached_property
    def features(self) -> pd.DataFrame:
        """One row a case."""
        return pd.read_parquet(self.root / "features.parquet")

    @cached_property
    def quality(self) -> Mapping[str, Any]:
        """Every finding about the input."""
        return self.document("quality.json")

    def findings(self, code: str) -> Sequence[Mapping[str, Any]]:
        """Return the findings of a code."""
        return [found for found in self.quality.get("findings", ()) if found["code"] == code]

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Out-of-fold predictions."""
        return pd.read_parquet(self.root / "predictions.parquet")

    @cached_property
    def steps(self) -> pd.DataFrame:
        """The ledger, of the arms and of the models of the verdicts.

        Columns beside the ledger's: ``kind``, the last part of the step's path; ``strangers``, how
        many of its cases, or of their patients, the same model was tested on; ``twice``, how many
        cases it saw more than once.
        """
        parts = [(self.root / "ledger.parquet", self.predictions)]
        extra = self.root / "scepticism"
        if (extra / "ablation_ledger.parquet").is_file():
            tested = pd.read_parquet(extra / "ablation_predictions.parquet")
            parts.append((extra / "ablation_ledger.parquet", tested))
        frames = [_judged(pd.read_parquet(path), tested) for path, tested in parts]
        return pd.concat(frames, ignore_index=True)

    def of_kind(self, *kinds: str) -> pd.DataFrame:
        """Return the steps whose kind starts with one of these words."""
        return self.steps[self.steps["kind"].str.startswith(kinds)]


def _judged(ledger: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    ledger = ledger.assign(
        cases=ledger["cases"].astype(str), kind=ledger["step"].str.rsplit("/", n=1).str[-1]
    )
    patient_of = dict(zip(predictions["case"], predictions["patient"], strict=True))
    tested = {key: set(rows["patient"]) for key, rows in predictions.groupby(MODEL)}
    found = pd.DataFrame(_looked_at(ledger, patient_of, tested), columns=["row", "out", "twice"])
    found = found.set_index("row").reindex(ledger.index)
    return ledger.assign(strangers=found["out"], twice=found["twice"])


def _looked_at(
    ledger: pd.DataFrame, patient_of: Mapping[str, str], tested: Mapping[Any, set[str]]
) -> Iterator[tuple[Any, int, int]]:
    for key, rows in ledger.groupby([*MODEL, "cases"]):
        *model, cases = key
        seen = str(cases).split("\n")
        patients = {patient_of.get(case, case) for case in seen}
        strangers = len(patients & tested.get(tuple(model), set()))
        for row in rows.index:
            yield row, strangers, len(seen) - len(set(seen))
