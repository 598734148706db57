"""What a run holds against itself, from the study file to the page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.report.browser import faultless, in_a_browser, seen

from tumorcast import study

BLOCKS = {"clinical variables", "laboratory values", "tumour volume", "radiomics of pt"}


@pytest.fixture(scope="module")
def doubted(simulated_folder: Path, runs: Path) -> study.RunResult:
    """Return a run with every doubt; not to be changed."""
    asked = ["scepticism={permutations: 2, repeats: 1}", "validation.repeats=1"]
    return study.run(simulated_folder / "study.yaml", asked, output=runs / "doubted")


@pytest.mark.slow
def test_a_run_raises_every_doubt_and_a_null_run_those_that_make_sense(
    doubted: study.RunResult,
) -> None:
    found = json.loads((doubted.run_dir / "scepticism.json").read_text(encoding="utf-8"))
    assert {entry["part"] for entry in found["left_out"]} <= {"learning_curve", "centres"}

    assert {verdict["block"] for verdict in found["verdicts"]["blocks"]} == BLOCKS
    for verdict in found["verdicts"]["blocks"]:
        assert verdict["answer"] in {"adds", "does not add", "cannot be told"}
        assert {gain["beyond"] for gain in verdict["gains"]}
    ledger = pd.read_parquet(doubted.run_dir / "scepticism" / "ablation_ledger.parquet")
    assert not ledger["violation"].any()

    assert len(found["null"]["aurocs"]) == 2
    (image,) = found["controls"]["images"]
    # In these small bodies too many tumours have no room elsewhere, and that control is left out.
    assert set(image["models"]) == {"as measured", "voxels shuffled"}
    of_arm = {row["arm"]: row for row in found["optimism"]["arms"]}
    for row in of_arm.values():
        assert row["optimism"] == pytest.approx(row["apparent"] - row["cross_validated"])
    assert of_arm["radiomics_pt"]["apparent"] > 0.5
    page = doubted.report.read_text(encoding="utf-8")
    assert "Why to doubt this" in page
    assert "cannot be told at this size" in page or "to the prediction" in page


@pytest.mark.slow
@in_a_browser
def test_a_doubted_and_explained_report_shows_no_fault_in_a_browser(
    doubted: study.RunResult, tmp_path: Path
) -> None:
    copied = Path(shutil.copytree(doubted.run_dir, tmp_path / "run"))
    made = study.explain(copied, arm="radiomics_pt", cases=1)
    (patient,) = (made.folder / "patients").glob("*.html")

    for page, width, chapters in (
        (made.report, 390, 13),
        (made.report, 1280, 13),
        (patient, 390, 1),
    ):
        folder = tmp_path / f"{page.stem}-{width}"
        folder.mkdir()
        found = seen(page, folder, width, dark=width == 390)
        assert found["chapters"] >= chapters
        assert found == faultless(found, width)


def test_false_fits_nothing_beside_the_arms(simulated_folder: Path) -> None:
    off = study.load(simulated_folder / "study.yaml", ["scepticism=false"]).file.scepticism
    assert (off.verdicts, off.permutations, off.learning_curve) == (False, 0, False)
    assert (off.centres, off.controls) == (False, "none")
    on = study.load(simulated_folder / "study.yaml", ["scepticism={}"]).file.scepticism
    assert on.verdicts
    assert on.permutations > 0
