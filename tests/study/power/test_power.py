"""A planned study is simulated, summed up, drawn and told."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumorcast.report.planning import power_plot
from tumorcast.study.power import PlannedBlock, PlannedStudy, power
from tumorcast.study.power.simulate import simulate_study
from tumorcast.study.power.summary import summarise

BLOCKS = (PlannedBlock("clinical", 2, auroc=0.8), PlannedBlock("ct", 3, auroc=0.5))
SMALL = PlannedStudy((60, 40), 0.4, BLOCKS, folds=2, keep=2, selector="univariate", studies=2)


def report(value: float, reached: float, answer: str, p: float | None) -> dict[str, Any]:
    """Return what one study of two blocks reports; all models alike."""
    arm = {"value": value, "ci_low": value - 0.1, "ci_high": value + 0.1, "reached": reached}
    gain = {"difference": 0.04, "ci_low": None, "ci_high": None, "p_value": p}
    gain |= {"ci_low": 0.0, "ci_high": 0.08} if p is not None else {}
    return {
        "arms": dict.fromkeys(("baseline", "ct", "all blocks"), arm),
        "blocks": [
            {"block": name, "answer": answer, "gains": [gain]} for name in ("clinical", "ct")
        ],
    }


STUDIES = [
    report(0.80, 0.78, "adds", 0.01),
    report(0.70, 0.78, "cannot be told", 0.4),
    report(0.90, 0.78, "adds", None),
    report(0.78, 0.78, "does not add", 0.2),
]


def test_shares_and_quantiles_are_those_of_the_studies() -> None:
    document = summarise(SMALL, {40: STUDIES, 60: STUDIES[:1]})
    small, large = document["sizes"]
    arm = small["arms"]["baseline"]
    assert arm["reported"]["median"] == pytest.approx(0.79)
    assert arm["width"]["median"] == pytest.approx(0.2)
    assert arm["off"]["share"] == 0.5
    assert arm["covered"]["share"] == 0.75
    assert arm["error"]["mean"] == pytest.approx(0.015)
    assert arm["shortfall"]["median"] == pytest.approx(0.8 - 0.78)
    answers = small["blocks"][0]["answers"]
    assert {answer: found["share"] for answer, found in answers.items()} == {
        "adds": 0.5, "does not add": 0.25, "cannot be told": 0.25,
    }  # fmt: skip
    # Wilson's interval of 2 in 4, by hand: (0.5 + 0.4802) / 1.9604 -+ half its width.
    assert (answers["adds"]["ci_low"], answers["adds"]["ci_high"]) == pytest.approx(
        (0.1500, 0.8500), abs=1e-4
    )
    gain = small["blocks"][1]["gains"][0]
    assert (gain["beyond"], gain["significant"]["share"]) == ("clinical", 0.25)
    assert gain["attainable"] == pytest.approx(0.0)
    assert gain["width"]["median"] == pytest.approx(0.08)
    assert document["enough"] == {"clinical": 60, "ct": 60}
    assert large["n_events"] == 24


def test_riley_stands_beside_every_model_that_holds_something() -> None:
    models = summarise(SMALL, {40: STUDIES})["models"]
    assert models["ct"]["riley"] is None
    assert models["all blocks"]["attainable"] == pytest.approx(0.8)
    assert models["all blocks"]["columns"] == 5
    assert models["all blocks"]["riley"]["n"] >= models["baseline"]["riley"]["n"] > 0


def test_a_study_is_drawn_by_its_seed_and_analysed_as_a_run_is() -> None:
    found = simulate_study(SMALL, 60, 1)
    assert found == simulate_study(SMALL, 60, 1)
    assert found != simulate_study(SMALL, 60, 0)
    assert set(found["arms"]) == {"baseline", "ct", "all blocks"}
    clinical, image = found["blocks"]
    assert [gain["beyond"] for gain in clinical["gains"]] == ["ct"]
    assert [gain["beyond"] for gain in image["gains"]] == ["clinical"]
    arm = found["arms"]["baseline"]
    assert arm["ci_low"] <= arm["value"] <= arm["ci_high"]
    assert 0.6 < arm["reached"] < 0.82
    gain = clinical["gains"][0]["difference"]
    assert gain == pytest.approx(
        found["arms"]["all blocks"]["value"] - found["arms"]["ct"]["value"]
    )


def test_with_many_patients_the_attainable_is_reached_and_reported() -> None:
    study = PlannedStudy(
        (3000,), 0.4, (PlannedBlock("clinical", 3, auroc=0.8),), folds=2, studies=1
    )
    (arm,) = simulate_study(study, 3000, 0)["arms"].values()
    assert arm["reached"] == pytest.approx(0.8, abs=0.02)
    assert arm["value"] == pytest.approx(0.8, abs=0.03)


def test_a_block_of_nothing_is_rarely_said_to_add() -> None:
    # At a true share of 5% more than 1 of 5 would be seen once in 44 times.
    answers = [simulate_study(SMALL, 40, n)["blocks"][1]["answer"] for n in range(5)]
    assert answers.count("adds") <= 1


def test_files_and_lines_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    study = replace(SMALL, studies=1)
    first = power(study, output=tmp_path / "one", progress=lambda *at: told.append(at))
    assert told[-1] == ("simulated studies", 2, 2)
    second = power(study, workers=2)
    assert first.document == second.document
    assert [path.name for path in first.files] == ["power.json", "power.svg"]
    assert json.loads(first.files[0].read_text(encoding="utf-8")) == first.document
    drawing = first.files[1].read_text(encoding="utf-8")
    assert "Share of studies with this verdict" in drawing
    text = "\n".join(first.told())
    for words in ("40 patients, 16 with the event", "clinical + ct", "cannot be told", "Riley"):
        assert words in text
    assert text.index("40 patients") < text.index("60 patients")
    again = power(study, output=tmp_path / "one")
    assert again.document == first.document


def test_a_single_block_has_no_verdict_and_one_panel() -> None:
    study = PlannedStudy((40,), 0.4, BLOCKS[:1], folds=2, studies=1)
    result = power(study)
    assert result.document["enough"] == {}
    assert result.document["sizes"][0]["blocks"] == []
    assert "verdict" not in power_plot(result.document).document
    assert all("cannot be told" not in line for line in result.told())


def test_what_no_study_could_test_is_left_open() -> None:
    document = summarise(SMALL, {40: STUDIES[2:3]})
    gain = document["sizes"][0]["blocks"][0]["gains"][0]
    assert gain["width"] is None
    assert not np.isnan(gain["reported"]["median"])


def test_the_command_prints_json_and_progress_apart(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tumorcast", "power", "--patients", "40", "--folds", "2"]
    asked = ["--block", "clinical:columns=2,auroc=0.8", "--prevalence", "0.4", "--studies", "1"]
    done = subprocess.run(
        [*command, *asked, "-j", "1", "--json"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sizes"][0]["patients"] == 40
    assert "simulated studies: 1/1" in done.stderr
    assert list(tmp_path.iterdir()) == []
