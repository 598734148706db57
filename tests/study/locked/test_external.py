"""A locked model on another site: nothing is refitted, and nobody is judged whom it knows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import logit
from tests.study.locked.conftest import N_NEW

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.metrics import auroc, calibration_intercept, calibration_slope
from tumorcast.study import BundleResult, ValidationResult


@pytest.fixture(scope="module")
def validated(
    made: BundleResult, new_patients: Path, tmp_path_factory: pytest.TempPathFactory
) -> ValidationResult:
    folder = tmp_path_factory.mktemp("validated") / "out"
    return study.validate(made.folder, new_patients / "study.yaml", output=folder)


def predicted(folder: Path, name: str = "predictions") -> pd.DataFrame:
    frame = pd.read_parquet(folder / f"{name}.parquet")
    return frame[frame["arm"] == "whole"].set_index("case")


def test_the_figures_are_those_of_the_locked_probabilities(
    validated: ValidationResult, made: BundleResult, new_patients: Path
) -> None:
    frame = predicted(validated.folder)
    assert len(frame) == N_NEW
    table = study.predict(made.folder, new_patients / "study.yaml").table.set_index("case")
    np.testing.assert_array_equal(frame["probability"], table.loc[frame.index, "probability"])
    label = ((frame["event"] == 1) & (frame["time"] <= 365)).astype(int)
    figures = validated.metrics["arms"]["whole"]
    assert figures["auroc"]["value"] == pytest.approx(auroc(label, frame["probability"]))
    assert figures["calibration_intercept"]["value"] == pytest.approx(
        calibration_intercept(label, frame["probability"])
    )
    assert {c["reference"] for c in validated.metrics["comparisons"]} == {
        "volume", "clinical", "clinical_volume",
    }  # fmt: skip


def test_the_recalibrated_version_is_kept_apart(validated: ValidationResult) -> None:
    locked = predicted(validated.folder)
    again = predicted(validated.folder, "recalibrated").loc[locked.index]
    how = validated.document["recalibration"]["365"]["whole"]
    np.testing.assert_allclose(
        logit(again["probability"]), how["slope"] * logit(locked["probability"]) + how["intercept"]
    )
    assert not np.allclose(again["probability"], locked["probability"])


def test_recalibration_brings_slope_and_intercept_to_one_and_zero() -> None:
    from tumorcast.cohort import Outcome  # noqa: PLC0415
    from tumorcast.study.locked.external import recalibrate  # noqa: PLC0415
    from tumorcast.validation import Predictions  # noqa: PLC0415

    rng = np.random.default_rng(0)
    true = rng.normal(size=4000)
    event = (rng.random(4000) < 1 / (1 + np.exp(-true))).astype(np.int64)
    cases = tuple(f"{i:04d}" for i in range(4000))
    frame = pd.DataFrame(
        {
            "case": cases, "patient": cases, "centre": "", "arm": "a", "repeat": 0, "fold": 0,
            "horizon_days": np.inf, "risk": true, "threshold": 0.5, "event": event,
            "time": np.nan, "probability": 1 / (1 + np.exp(-(2 * true + 1))),
        }
    )  # fmt: skip
    better, how = recalibrate(Predictions(frame), Outcome(cases, event))
    assert how["all"]["a"]["slope"] == pytest.approx(0.5, abs=0.05)
    assert how["all"]["a"]["intercept"] == pytest.approx(-0.5, abs=0.1)
    probability = better.frame["probability"]
    assert calibration_slope(event, probability) == pytest.approx(1, abs=0.01)
    assert calibration_intercept(event, probability) == pytest.approx(0, abs=0.01)


def test_training_cases_are_recognised_and_left_out(
    made: BundleResult, simulated_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(StudyRefusedError) as caught:
        study.validate(made.folder, simulated_folder / "study.yaml", output=tmp_path / "out")
    codes = [finding.code for finding in caught.value.findings]
    assert codes.count("BND-08") == made.about["training"]["cases"]
    assert codes[-1] == "CAS-01"


def test_a_site_without_an_endpoint_can_only_be_predicted(
    made: BundleResult, site: Path, tmp_path: Path
) -> None:
    document = yaml.safe_load((site / "study.yaml").read_text())
    document.pop("endpoint")
    (site / "study.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(StudyRefusedError, match="BND-07"):
        study.validate(made.folder, site / "study.yaml", output=tmp_path / "out")


def test_a_site_without_events_is_refused(made: BundleResult, site: Path, tmp_path: Path) -> None:
    table = pd.read_csv(site / "clinical.csv")
    table["time_days"] = 400 + np.arange(len(table))
    table.to_csv(site / "clinical.csv", index=False)
    with pytest.raises(StudyRefusedError, match="VAL-04"):
        study.validate(made.folder, site / "study.yaml", output=tmp_path / "out")


def test_the_page_is_whole_and_asks_for_nothing_outside(validated: ValidationResult) -> None:
    page = validated.page.read_text(encoding="utf-8")
    for target in re.findall(r"(?:src|href)=[\"'](?!#)([^\"']+)", page):
        assert (validated.page.parent / target).is_file(), target
    assert "<script" not in page
    for words in (
        "External validation",
        "Decision curve".lower(),
        "Recalibrated",
        "Other patients",
    ):
        assert words in page
    assert validated.document["bundle"][:16] in page
    assert len(pd.read_csv(validated.folder / "shift.csv")) > 100
    assert set(json.loads((validated.folder / "validation.json").read_text())) >= {"lead", "bundle"}
