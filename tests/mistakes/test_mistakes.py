"""Eleven classical mistakes, each tried: impossible, or named by a numbered check."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
import yaml
from numpy.typing import NDArray
from tests.mistakes.conftest import checks_of, write_noise

from tumorcast import study
from tumorcast.cohort import Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import FeatureTable, Ledger, ModelInputs
from tumorcast.study.audit import write_checks
from tumorcast.validation import Design, LeakError, cross_validate


@dataclass
class LearnsFromAll:
    """A model of a user's own that prepares its columns on every case, the tested ones too."""

    everything: ModelInputs
    step: str
    copies: bool = False

    def clone(self) -> Self:
        return type(self)(self.everything, self.step, self.copies)

    def fit(
        self, inputs: ModelInputs, outcome: Outcome, *, horizon_days: float, seed: int,
        ledger: Ledger,
    ) -> Self:  # fmt: skip
        ledger.record("learn", inputs.case_ids, {"mean": np.zeros(1)})
        ledger.record(self.step, self.everything.case_ids, {"mean": np.zeros(1)})
        return self

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.full(len(inputs), 0.5)

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.zeros(len(inputs))

    threshold = 0.5

    def importance(self) -> dict[str, float]:
        return {}


def noise() -> tuple[ModelInputs, Outcome]:
    ids = [f"P{number:02d}" for number in range(40)]
    frame = pd.DataFrame({"ct.tumor.f": np.arange(40.0)}, index=ids)
    inputs = ModelInputs(FeatureTable(frame))
    return inputs, Outcome(inputs.case_ids, np.arange(40) % 2)


def spoil_ledger(run_dir: Path, step: str) -> None:
    """Let the ledger say that one step of the first model saw every patient."""
    path = run_dir / "ledger.parquet"
    ledger = pd.read_parquet(path)
    everybody = "\n".join(sorted(pd.read_parquet(run_dir / "predictions.parquet")["case"].unique()))
    one = ledger.iloc[[0]].assign(step=step, cases=everybody)
    spoiled = pd.concat([ledger.assign(cases=ledger["cases"].astype(str)), one])
    spoiled.to_parquet(path, index=False)


@pytest.mark.parametrize(
    ("step", "code", "key"),
    [
        ("select", "CHK-01", "selection.before_split"),
        ("scale", "CHK-02", "scaling"),
        ("impute", "CHK-03", "imputation"),
        ("harmonise", "CHK-04", "harmonise"),
        ("oversample", "CHK-07", "oversampling"),
        ("calibrate", "CHK-06", "validation.threshold"),
    ],
    ids=["selection", "scaling", "imputation", "combat", "oversampling", "threshold"],
)
def test_what_is_learned_on_all_cases_has_no_key_stops_and_is_named(
    step: str, code: str, key: str, finished: Path, tmp_path: Path
) -> None:
    path = write_noise(tmp_path / "study")
    with pytest.raises(StudyRefusedError):
        study.load(path, [f"{key}=true"])
    inputs, outcome = noise()
    with pytest.raises(LeakError, match=step):
        cross_validate(
            {"own": LearnsFromAll(inputs, step)}, inputs, outcome, Design(2, 1, 0),
            horizons_days=[np.inf],
        )  # fmt: skip
    assert checks_of(finished)[code]["state"] in {"passed", "not applicable"}
    spoil_ledger(finished, f"inner_0/{step}")
    write_checks(finished)
    named = checks_of(finished)[code]
    assert named["state"] == "failed"
    assert checks_of(finished)["CHK-07"]["state"] == "failed"


def test_oversampling_copies_are_named(finished: Path) -> None:
    path = finished / "ledger.parquet"
    ledger = pd.read_parquet(path).assign(cases=lambda frame: frame["cases"].astype(str))
    ledger.loc[ledger.index[-1], "cases"] += "\n" + ledger["cases"].iloc[-1].split("\n")[0]
    ledger.to_parquet(path, index=False)
    assert checks_of(finished)["CHK-05"]["state"] == "passed"
    write_checks(finished)
    assert checks_of(finished)["CHK-05"]["state"] == "failed"


def test_a_patient_under_two_names_is_named(tmp_path: Path) -> None:
    path = write_noise(tmp_path)
    table = tmp_path / "table.csv"
    rows = list(csv.reader(table.read_text(encoding="utf-8").splitlines()))
    with table.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["P99", *rows[1][1:]])
    run_dir = study.run(path, output=tmp_path / "run").run_dir
    named = checks_of(run_dir)["CHK-08"]
    assert named["state"] == "failed"
    assert "P00 = P99" in named["evidence"]


def test_a_column_known_only_later_is_refused_and_named_when_allowed(tmp_path: Path) -> None:
    path = write_noise(tmp_path)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["columns"]["days"] = {
        "column": "days_to_event", "kind": "number", "known": "baseline",
    }  # fmt: skip
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(StudyRefusedError):
        study.check(path)
    run_dir = study.run(path, ["allow_leaky=[days]"], output=tmp_path / "run").run_dir
    named = checks_of(run_dir)["CHK-09"]
    assert named["state"] == "failed"
    assert "days" in named["evidence"]


def test_weights_that_have_seen_the_tested_cases_are_named(finished: Path) -> None:
    path = finished / "quality.json"
    quality = json.loads(path.read_text(encoding="utf-8"))
    found = {"code": "WGT-05", "consequence": "warning", "found": "3 of 60 cases were seen"}
    assert checks_of(finished)["CHK-10"]["state"] == "not applicable"
    path.write_text(json.dumps({**quality, "findings": [found]}), encoding="utf-8")
    write_checks(finished)
    assert checks_of(finished)["CHK-10"]["state"] == "failed"


def test_tuning_happens_in_inner_folds_alone(tmp_path: Path) -> None:
    grid = {"chosen": {"blocks": ["clinical"], "select": None,
                       "grid": {"learners": ["logistic", "naive_bayes"]}}}  # fmt: skip
    path = write_noise(tmp_path, arms=grid)
    with pytest.raises(StudyRefusedError):
        study.load(path, ["arms.chosen.grid.judged_on=test"])
    run_dir = study.run(path, output=tmp_path / "run").run_dir
    assert checks_of(run_dir)["CHK-11"]["state"] == "passed"
    spoil_ledger(run_dir, "choose logistic")
    write_checks(run_dir)
    assert checks_of(run_dir)["CHK-11"]["state"] == "failed"


def test_the_best_of_many_seeds_is_named(tmp_path: Path) -> None:
    path = write_noise(tmp_path, arms={})
    states: list[Any] = []
    for seed in (1, 2, 2):
        run_dir = study.run(
            path, [f"validation.seed={seed}"], output=tmp_path / f"runs/{len(states)}"
        ).run_dir
        states.append(checks_of(run_dir)["CHK-12"])
    assert [check["state"] for check in states] == ["passed", "failed", "failed"]
    assert "1 other seeds beside this run (1)" in states[-1]["evidence"]


def test_a_sound_run_on_noise_passes_what_it_can(sound_run: Path) -> None:
    found = checks_of(sound_run)
    assert len(found) == 20
    failed = {code for code, check in found.items() if check["state"] == "failed"}
    assert failed <= {"CHK-15"}
    page = (sound_run / "report.html").read_text(encoding="utf-8")
    for code in found:
        assert code in page
