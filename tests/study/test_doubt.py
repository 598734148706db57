"""What a run holds against itself, from the study file to the page."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tumorcast import study

BLOCKS = {"clinical variables", "laboratory values", "tumour volume", "radiomics of pt"}


@pytest.mark.slow
def test_a_run_raises_every_doubt_and_a_null_run_those_that_make_sense(
    simulated_folder: Path, runs: Path
) -> None:
    asked = ["scepticism={permutations: 2, repeats: 1}", "validation.repeats=1"]
    result = study.run(simulated_folder / "study.yaml", asked, output=runs / "doubted")
    found = json.loads((result.run_dir / "scepticism.json").read_text(encoding="utf-8"))
    assert {entry["part"] for entry in found["left_out"]} <= {"learning_curve", "centres"}

    assert {verdict["block"] for verdict in found["verdicts"]["blocks"]} == BLOCKS
    for verdict in found["verdicts"]["blocks"]:
        assert verdict["answer"] in {"adds", "does not add", "cannot be told"}
        assert {gain["beyond"] for gain in verdict["gains"]}
    ledger = pd.read_parquet(result.run_dir / "scepticism" / "ablation_ledger.parquet")
    assert not ledger["violation"].any()

    assert len(found["null"]["aurocs"]) == 2
    (image,) = found["controls"]["images"]
    # In these small bodies too many tumours have no room elsewhere, and that control is left out.
    assert set(image["models"]) == {"as measured", "voxels shuffled"}
    of_arm = {row["arm"]: row for row in found["optimism"]["arms"]}
    for row in of_arm.values():
        assert row["optimism"] == pytest.approx(row["apparent"] - row["cross_validated"])
    assert of_arm["radiomics_pt"]["apparent"] > 0.5
    page = result.report.read_text(encoding="utf-8")
    assert "Why to doubt this" in page
    assert "cannot be told at this size" in page or "to the prediction" in page


def test_false_fits_nothing_beside_the_arms(simulated_folder: Path) -> None:
    off = study.load(simulated_folder / "study.yaml", ["scepticism=false"]).file.scepticism
    assert (off.verdicts, off.permutations, off.learning_curve) == (False, 0, False)
    assert (off.centres, off.controls) == (False, "none")
    on = study.load(simulated_folder / "study.yaml", ["scepticism={}"]).file.scepticism
    assert on.verdicts
    assert on.permutations > 0
