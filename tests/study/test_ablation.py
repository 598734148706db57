"""Which models are compared to judge a block."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from tumorcast.features import FeatureTable
from tumorcast.study.doubt.ablation import averaged, plan_ablation
from tumorcast.study.doubt.blocks import blocks_of
from tumorcast.study.load import load
from tumorcast.study.plan import Plan, resolve
from tumorcast.validation import Predictions

COLUMNS = {
    "clinical.age", "lab.crp", "volume.tumor_log10_mm3",
    "ct.tumor.original_glcm_Contrast", "ct.tumor.original_firstorder_Mean",
    "ct.tumor.resnet18_000", "ct.tumor.resnet18_001", "pt.tumor.original_firstorder_Maximum",
}  # fmt: skip


def plan_of(simulated_folder: Path, tmp_path: Path, arms: Mapping[str, Any]) -> Plan:
    document = yaml.safe_load((simulated_folder / "study.yaml").read_text(encoding="utf-8"))
    document["arms"] = dict(arms)
    document["crops"] = {"ct": {"spacing_mm": 4, "size_voxels": 32, "window": [-160, 240]}}
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return resolve(load(path))


@pytest.fixture
def table() -> FeatureTable:
    values = np.zeros((4, len(COLUMNS)))
    return FeatureTable(pd.DataFrame(values, list("abcd"), sorted(COLUMNS), dtype=float))


def test_blocks_are_what_the_arms_look_at_by_where_it_comes_from(
    simulated_folder: Path, tmp_path: Path, table: FeatureTable
) -> None:
    plan = plan_of(simulated_folder, tmp_path, {"all": {"blocks": ["ct"]}})
    found = {block.name: block for block in blocks_of(plan, table)}
    assert list(found) == [
        "clinical variables", "laboratory values", "tumour volume",
        "radiomics of ct", "resnet18 embedding of ct",
    ]  # fmt: skip
    for block in found.values():
        assert len(table.select(block.patterns).columns) == block.n_columns
    assert found["radiomics of ct"].n_columns == 2
    chosen = table.select(found["resnet18 embedding of ct"].patterns).columns
    assert chosen == ("ct.tumor.resnet18_000", "ct.tumor.resnet18_001")


def test_each_block_is_added_to_the_baseline_and_to_all_others(
    simulated_folder: Path, tmp_path: Path, table: FeatureTable
) -> None:
    arms = {
        "one": {"blocks": ["pt"]},
        "wide": {"blocks": ["ct", "pt"], "learner": "forest"},
        "net": {"network": {"images": ["ct"], "encoder": "cnn3d"}},
    }
    ablation = plan_ablation(plan_of(simulated_folder, tmp_path, arms), table)
    steps = [(s.block, s.beyond, s.with_it, s.without) for s in ablation.steps]
    baseline = "clinical variables + laboratory values + tumour volume"
    ct = next(step for step in steps if step[0] == "radiomics of ct" and step[1] == baseline)
    assert ct[3] == "baseline"
    assert ablation.arms[ct[2]].blocks == (
        "clinical", "ct.tumor.original_*", "lab", "volume",
    )  # fmt: skip
    volume = [step for step in steps if step[0] == "tumour volume"]
    assert [step[2] for step in volume] == ["baseline", "all blocks"]
    for arm in ablation.arms.values():
        assert arm.learner == "forest", "all take the settings of the widest arm"
        among = arm.select.among if arm.select else ()
        assert all(pattern.split(".")[0] in {"ct", "pt"} for pattern in among or ())
    assert not any(arm.network for arm in ablation.arms.values()), "no network is trained again"
    assert ablation.averages == {
        "baseline and net": ("baseline", "net"), "all blocks and net": ("all blocks", "net"),
    }  # fmt: skip


def test_the_model_of_a_lone_block_is_found_under_its_own_name(
    simulated_folder: Path, tmp_path: Path, table: FeatureTable
) -> None:
    plan = plan_of(simulated_folder, tmp_path, {"all": {"blocks": ["ct"]}})
    frame = table.frame[["volume.tumor_log10_mm3", "ct.tumor.original_glcm_Contrast"]]
    ablation = plan_ablation(plan, FeatureTable(frame))
    assert ablation.alone == {"tumour volume": "baseline", "radiomics of ct": "radiomics of ct"}
    assert set(ablation.alone.values()) <= set(ablation.arms)


def test_a_network_is_averaged_with_a_model_in_the_repeats_of_both() -> None:
    def rows(arm: str, repeats: int, risk: float) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "case": case, "patient": case, "centre": "", "arm": arm, "repeat": repeat,
                    "fold": 0, "horizon_days": 365.0, "risk": risk + number, "probability": 0.5,
                    "event": number, "time": np.nan, "threshold": 0.5,
                }
                for repeat in range(repeats)
                for number, case in enumerate("ab")
            ]
        )  # fmt: skip

    both = Predictions(pd.concat([rows("table", 2, 0.0), rows("net", 1, 4.0)], ignore_index=True))
    found = averaged(both, {"both": ("table", "net")}).of("both", 365.0)
    assert found["repeat"].tolist() == [0, 0]
    assert found["risk"].tolist() == [2.0, 3.0]
