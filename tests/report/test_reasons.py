"""The chapter on what predictions rest on, and the pages of single patients."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast.report import build_report
from tumorcast.report.beeswarm import spread, thirds
from tumorcast.report.map_pictures import overlay
from tumorcast.report.patient_page import build_patient_pages, reasons_of
from tumorcast.report.reasons import column_feature
from tumorcast.report.words import block_words

COLUMNS = ("clinical.age", "ct.tumor.original_glcm_Contrast", "ct.tumor, others", "pt.crop")


@pytest.fixture
def explained(make_run: Callable[..., Path]) -> Path:
    """Return a synthetic run in which one arm was explained."""
    run_dir = make_run(n=60, repeats=2, gallery=0)
    predictions = pd.read_parquet(run_dir / "predictions.parquet")
    own = predictions[(predictions["arm"] == "fusion") & (predictions["repeat"] == 0)]
    cases = [str(case) for case in own["case"]]
    random = np.random.default_rng(0)
    folder = run_dir / "explanations" / "fusion"
    folder.mkdir(parents=True)
    parts = random.normal(size=(len(cases), len(COLUMNS)))
    rows = [
        (case, column, column.partition(",")[0].rpartition(".")[0] or "ct", value, 0.1)
        for case, values in zip(cases, parts, strict=True)
        for column, value in zip(COLUMNS, values, strict=True)
    ]
    columns = pd.DataFrame(rows, columns=["case", "column", "block", "shapley", "error"])
    columns.to_parquet(folder / "columns.parquet")
    blocks = columns.groupby(["case", "block"], as_index=False)["shapley"].sum()
    blocks.to_parquet(folder / "blocks.parquet")
    table = pd.DataFrame({"case": cases, "base": -1.0, "score": -1 + parts.sum(axis=1)})
    table.to_parquet(folder / "cases.parquet")
    importance = [("block", "ct.tumor", "ct.tumor", 0.1, 0.05, 0.2),
                  ("column", "clinical.age", "clinical", 0.02, -0.01, 0.05)]  # fmt: skip
    names = ["level", "name", "block", "auroc_drop", "ci_low", "ci_high"]
    pd.DataFrame(importance, columns=names).to_parquet(folder / "importance.parquet")
    maps = [{"image": "pt", "method": "grad_cam", "maps": 3, "failed": 2,
             "mean_shares": {"tumor": 0.5, "shell_0_5mm": 0.3, "elsewhere": 0.2}}]  # fmt: skip
    summary = {"arm": "fusion", "horizon_days": 730.0, "cases": len(cases), "models": 5,
               "columns_by": ["linear; sampled"], "maps": maps,
               "largest_gap": {"blocks": 1e-15, "columns": 2e-15}}  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return run_dir


def test_the_report_has_a_chapter_on_the_explained_arm(explained: Path) -> None:
    text = build_report(explained).read_text(encoding="utf-8")
    assert "What the predictions rest on" in text
    assert "Grad-CAM, PT" in text
    assert "tumour 50%, shell 0 to 5 mm 30%, elsewhere 20%" in text
    assert "exactly, because the model is a weighted sum; from sampled orders" in text
    assert 'href="#explanations"' in text


def test_a_run_without_explanations_has_no_chapter(make_run: Callable[..., Path]) -> None:
    run_dir = make_run(n=60, repeats=1, gallery=0)
    assert "What the predictions rest on" not in build_report(run_dir).read_text(encoding="utf-8")


def test_a_page_shows_map_and_stamp(explained: Path) -> None:
    folder = explained / "explanations" / "fusion"
    case = str(pd.read_parquet(folder / "cases.parquet")["case"].iloc[0])
    (folder / "maps").mkdir()
    entry = {
        "case": case, "image": "pt", "method": "grad_cam", "file": "maps/x.nii.gz",
        "shares": {"tumor": 0.7, "elsewhere": 0.3}, "mask_share": 0.0,
        "parameter_similarity": 0.8, "label_similarity": 0.1, "stamp": "failed sanity test",
        "gap": 0.02, "change": 1.0, "steps": 44, "complete": False,
    }  # fmt: skip
    (folder / "maps.json").write_text(json.dumps({"maps": [entry]}), encoding="utf-8")
    cube = np.random.default_rng(1).uniform(size=(8, 8, 8)).astype(np.float32)
    arrays = {"pt.crop": cube, "pt.tumor": cube > 0.5, "pt.grad_cam": cube}
    np.savez_compressed(folder / "maps" / "P.npz", **arrays)  # type: ignore[arg-type]
    (page,) = build_patient_pages(explained, "fusion", {case: "P"})
    text = page.read_text(encoding="utf-8")
    assert "Failed sanity test" in text
    assert "The parts miss the change of the score by 2%" in text
    assert text.count("data:image/png;base64,") == 1
    assert "http" not in text.replace("http://www.w3.org", "")


def test_the_strongest_reasons_come_first_with_the_patients_value() -> None:
    columns = pd.DataFrame(
        {
            "case": ["A"] * 7,
            "column": [f"clinical.x{n}" for n in range(6)] + ["clinical.age"],
            "shapley": [0.1, 0.2, -0.9, 0.3, 0.05, 0.0, 0.5],
            "error": 0.0,
        }
    )
    features = pd.DataFrame({"clinical.age": [70.0, 50.0, 60.0]}, index=["A", "B", "C"])
    reasons = reasons_of(columns, "A", features)
    assert [reason.shapley for reason in reasons] == [-0.9, 0.5, 0.3, 0.2, 0.1]
    assert (reasons[1].what, reasons[1].value, reasons[1].usual) == ("Age", "70", "60")
    assert reasons[1].factor == pytest.approx(math.exp(0.5))


def test_names_of_players_are_words() -> None:
    assert block_words("ct.shell_0_5mm") == "CT, shell 0 to 5 mm"
    assert (block_words("pt.crop"), block_words("clinical")) == ("PT, image", "Clinical")
    assert column_feature("ct.tumor, others").name == "All other columns"
    assert column_feature("pt.missing").name == "Whether it was measured"


def test_thirds_and_spread_keep_order_and_places() -> None:
    values = pd.Series([1.0, 2.0, 3.0, np.nan])
    np.testing.assert_array_equal(thirds(values), [0, 1, 2, np.nan])
    assert np.isnan(thirds(pd.Series(["a", "b"], dtype=object))).all()
    offsets = spread(np.array([0.0, 0.0, 0.0, 5.0]))
    assert len(set(offsets[:3])) == 3
    assert abs(offsets).max() <= 0.36


def test_the_overlay_is_grey_without_a_map_and_coloured_with_it() -> None:
    crop, values = np.full((4, 4), 0.5), np.zeros((4, 4))
    values[1, 2] = 1.0
    pixels = overlay(crop, values, np.zeros((4, 4), dtype=bool))
    assert pixels.shape == (320, 320, 3)
    assert set(pixels[0, 0]) == {127}
    assert pixels[100, 200, 0] > pixels[100, 200, 1]
