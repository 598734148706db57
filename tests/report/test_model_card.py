from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tumorcast.report import build_report

SECTIONS = [
    "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
    "Quantitative analyses", "Ethical considerations", "Caveats and recommendations",
]  # fmt: skip


def test_the_card_has_all_sections_and_the_figures_of_the_run(
    make_run: Callable[..., Path],
) -> None:
    run_dir = make_run(n=60, repeats=1, gallery=0, arms=("clinical", "ct_radiomics"))
    plan = json.loads((run_dir / "plan.json").read_text())
    plan["study"]["endpoint"]["name"] = "relapse *here* <b>"
    (run_dir / "plan.json").write_text(json.dumps(plan))
    build_report(run_dir)
    card = (run_dir / "model_card.md").read_text(encoding="utf-8")
    assert [line[3:] for line in card.splitlines() if line.startswith("## ")] == SECTIONS
    auroc = json.loads((run_dir / "metrics.json").read_text())["arms"]["ct_radiomics"]["auroc"]
    assert f"- **AUROC**: {auroc['value']:.2f} (95% {auroc['ci_low']:.2f} to" in card
    assert r"relapse \*here\* \<b\>" in card
    assert "Not a medical device" in card
    assert "To be written by the author" in card
