"""Synthetic run directories with the artefacts of a real run."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tumorcast.validation import ArmScores, Predictions, evaluate, scores_of

ARMS: dict[str, tuple[float, dict[str, Any]]] = {
    "volume": (0.9, {"blocks": ["volume"], "learner": "logistic"}),
    "clinical": (0.6, {"blocks": ["clinical", "lab"], "learner": "logistic"}),
    "clinical_volume": (1.1, {"blocks": ["clinical", "lab", "volume"], "learner": "logistic"}),
    "ct_radiomics": (
        1.0,
        {"blocks": ["ct"], "learner": "logistic", "select": {"correlation": 0.9, "keep": 36}},
    ),
    "ct_network": (0.5, {"network": {"images": ["ct"], "encoder": "swin3d"}, "repeats": 1}),
    "fusion": (1.6, {"average": ["clinical_volume", "ct_radiomics", "ct_network"]}),
}
"""How well each arm sees the true risk, and how it is declared."""


BASELINES = ("volume", "clinical", "clinical_volume")


@dataclass(frozen=True)
class RunSpec:
    """What the synthetic run looks like."""

    n: int = 220
    horizons: tuple[float, ...] = (730.0,)
    times: bool = True
    competing: bool = True
    repeats: int = 3
    arms: tuple[str, ...] = tuple(ARMS)
    gallery: int = 3
    optional: bool = True
    seed: int = 7


WriteRun = Callable[[Path, RunSpec], Path]


def simulated_outcome(spec: RunSpec, rng: np.random.Generator) -> pd.DataFrame:
    risk = rng.normal(size=spec.n)
    event_days = rng.exponential(2600.0 * np.exp(-0.9 * risk))
    death_days = rng.exponential(5200.0, spec.n) if spec.competing else np.full(spec.n, np.inf)
    censor_days = rng.uniform(300.0, 2600.0, spec.n)
    time = np.minimum(np.minimum(event_days, death_days), censor_days)
    event = np.where(time == event_days, 1, np.where(time == death_days, 2, 0))
    return pd.DataFrame(
        {
            "case": [f"HN-{i:04d}" for i in range(spec.n)],
            "centre": rng.choice(["CHUM", "CHUS", "HGJ", "HMR"], spec.n),
            "true_risk": risk,
            "event": event,
            "time": np.ceil(time) if spec.times else math.nan,
        }
    )


def predictions_of(spec: RunSpec, outcome: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    parts = []
    for arm in spec.arms:
        signal = ARMS[arm][0]
        own_noise = rng.normal(size=spec.n)
        for repeat in range(spec.repeats):
            fold = rng.permutation(np.arange(spec.n) % 5)
            for horizon in spec.horizons:
                noise = own_noise + 0.4 * rng.normal(size=spec.n)
                score = (signal * outcome["true_risk"] + noise) / math.hypot(signal, 1.08)
                base = -1.3 if horizon < 1000 else -0.6
                part = outcome.drop(columns="true_risk").assign(
                    patient=outcome["case"],
                    arm=arm,
                    repeat=repeat,
                    fold=fold,
                    horizon_days=horizon,
                    risk=score,
                    probability=1 / (1 + np.exp(-(base + 1.15 * score))),
                    threshold=0.24 + 0.01 * fold,
                )
                parts.append(part)
    return pd.concat(parts, ignore_index=True)


def features_of(outcome: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n, risk = len(outcome), outcome["true_risk"].to_numpy()
    frame = pd.DataFrame(index=pd.Index(outcome["case"], name="case"))
    frame["clinical.age"] = np.round(61 + 9 * rng.normal(size=n))
    frame["clinical.sex"] = rng.choice(["female", "male"], n, p=[0.25, 0.75])
    frame["clinical.n_stage"] = rng.choice(["N0", "N1", "N2", "N3"], n, p=[0.2, 0.2, 0.5, 0.1])
    frame["clinical.hpv_positive"] = np.where(rng.random(n) < 0.38, np.nan, rng.integers(0, 2, n))
    frame["lab.crp"] = np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(1.5, 0.8, n))
    frame["volume.tumor_log10_mm3"] = 3.95 + 0.35 * risk + 0.4 * rng.normal(size=n)
    frame["ct.shell_0_5mm.original_glcm_Contrast"] = rng.normal(size=n)
    return frame


def importance_of(spec: RunSpec, rng: np.random.Generator) -> pd.DataFrame:
    chance_of = {
        "ct.tumor.original_shape_Maximum3DDiameter": 1.0,
        "ct.tumor.wavelet-LLH_glcm_ClusterProminence": 0.93,
        "ct.shell_0_5mm.original_firstorder_90Percentile": 0.87,
        "clinical.n_stage=N3": 0.8,
        "ct.shell_0_5mm.log-sigma-3-0-mm-3D_glszm_SmallAreaEmphasis": 0.6,
        "lab.crp": 0.55,
        "ct.tumor.wavelet-HHL_gldm_LargeDependenceLowGrayLevelEmphasis": 0.33,
        "clinical.age": 0.3,
        "ct.tumor.original_firstorder_Entropy": 0.2,
    }
    rows = [
        {
            "arm": arm,
            "repeat": repeat,
            "fold": fold,
            "horizon_days": horizon,
            "column": column,
            "importance": abs(rng.normal(chance, 0.2)),
        }
        for arm in spec.arms
        if arm in {"ct_radiomics", "clinical_volume"}
        for repeat in range(spec.repeats)
        for fold in range(5)
        for horizon in spec.horizons
        for column, chance in chance_of.items()
        if rng.random() < chance
    ]
    return pd.DataFrame(rows)


STEPS = ("impute", "scale", "correlation", "select", "learn", "threshold")


def ledger_of(predictions: pd.DataFrame) -> pd.DataFrame:
    everybody = set(predictions["case"])
    rows: list[tuple[object, ...]] = []
    for key, tested in predictions.groupby(["arm", "repeat", "fold", "horizon_days"], sort=False):
        training = sorted(everybody - set(tested["case"]))
        rows += [
            (*key, step, len(training), "\n".join(training), f"{len(rows) + i:064x}", False)
            for i, step in enumerate(STEPS)
        ]
    columns = ["arm", "repeat", "fold", "horizon_days", "step", "n_cases", "cases"]
    return pd.DataFrame(rows, columns=[*columns, "state_digest", "violation"])


def plan_of(spec: RunSpec) -> dict[str, Any]:
    arms = {arm: ARMS[arm][1] for arm in spec.arms}
    horizons = ["all" if math.isinf(days) else days for days in spec.horizons]
    study = {
        "study": "Distant metastasis, head and neck",
        "description": "Synthetic run with four centres.",
        "preset": "standard",
        "columns": {
            "age": {"kind": "number", "known": "baseline", "unit": "years", "block": "clinical"},
            "sex": {"kind": "category", "known": "baseline", "unit": "", "block": "clinical"},
            "n_stage": {"kind": "category", "known": "baseline", "unit": "", "block": "clinical"},
            "hpv_positive": {"kind": "flag", "known": "baseline", "block": "clinical"},
            "crp": {"kind": "number", "known": "baseline", "unit": "mg/L", "block": "lab"},
        },
        "endpoint": {
            "name": "distant metastasis",
            "competing": {"column": "death"} if spec.competing else None,
            "horizons_days": horizons,
        },
        "cohort": {"images": {"ct": {"unit": "HU"}, "pt": {"unit": "SUVbw"}}},
        "regions": {"shell_0_5mm": {"shell_mm": [0, 5]}},
        "radiomics": {"ct": {"preset": "hnscc-1562", "regions": ["tumor", "shell_0_5mm"]}},
        "crops": {"ct": {"spacing_mm": 2.0, "size_voxels": 64, "window": [-160, 240]}},
        "learner": "logistic",
        "selection": {"correlation": 0.9, "keep": 36},
        "validation": {"folds": 5, "repeats": spec.repeats, "seed": 2026},
        "arms": arms,
        "allow_leaky": [],
    }
    values = [
        {"key": "endpoint.name", "value": "distant metastasis", "origin": "given"},
        {"key": "endpoint.horizons_days", "value": horizons, "origin": "given"},
        {"key": "regions.shell_0_5mm.shell_mm", "value": [0, 5], "origin": "given"},
        {"key": "selection.correlation", "value": 0.9, "origin": "preset"},
        {"key": "selection.keep", "value": 36, "origin": "preset"},
        {"key": "validation.folds", "value": 5, "origin": "preset"},
        {"key": "validation.repeats", "value": spec.repeats, "origin": "given"},
        {"key": "validation.seed", "value": 2026, "origin": "preset"},
        *(
            {"key": f"arms.{a}", "value": d, "origin": "from rule" if a in BASELINES else "given"}
            for a, d in arms.items()
        ),
        {"key": "imputation values", "value": None, "origin": "learned in fold"},
        {"key": "decision threshold", "value": None, "origin": "learned in fold"},
    ]  # fmt: skip
    return {"study": study, "arms": arms, "values": values}


FINDINGS = [
    ("GEO-02", "excluded", "gap of 6.0 mm between two slices", "3.0 mm", "export it again"),
    ("GEO-02", "excluded", "gap of 9.0 mm between two slices", "3.0 mm", "export it again"),
    ("MSK-02", "excluded", "the mask is empty", "at least one voxel", "draw the tumour"),
    ("GEO-05", "repaired", "the mask's grid is off by 0.5 voxels", "the image's grid", "nothing"),
    ("CLN-07", "warning", "age 17 is below 18", "adults", "check the date of birth"),
]


def quality_of(spec: RunSpec) -> dict[str, Any]:
    keys = ("code", "consequence", "found", "expected", "fix")
    findings = [
        {**dict(zip(keys, finding, strict=True)), "case": f"HN-9{i:03d}", "file": f"ct/{i}.nrrd"}
        for i, finding in enumerate(FINDINGS)
    ]
    flow = {"in": spec.n + 3, "ok": spec.n - 1, "repaired": 1, "excluded": 3, "failed": 0}
    return {"findings": findings, "flow": flow}


def write_example(path: Path, case: str, title: str, radius: float) -> None:
    size, pixel_mm = 96, 1.0
    rows, columns = np.mgrid[:size, :size] - size / 2
    distance = np.hypot(rows * 1.15, columns)
    arrays: dict[str, Any] = {
        "case": np.array(case),
        "title": np.array(title),
        "volume_ml": np.array(4 / 3 * math.pi * radius**3 / 1000),
        "pixel_mm": np.array(pixel_mm),
        "images": np.array(["ct", "pt"]),
        "windows": np.array(["-160 to 240 HU", "0 to 10 SUV"]),
        "regions": np.array(["tumor", "shell_0_5mm"]),
    }
    rng = np.random.default_rng(3)
    for plane in ("axial", "coronal", "sagittal"):
        body = np.where(np.hypot(rows, columns * 0.8) < 44, 110, 0) + 40 * (distance < radius)
        arrays[f"{plane}.ct"] = np.clip(body + rng.normal(0, 8, body.shape), 0, 255).astype(
            np.uint8
        )
        arrays[f"{plane}.pt"] = (230 * np.exp(-((distance / radius) ** 2))).astype(np.uint8)
        arrays[f"{plane}.tumor"] = distance < radius
        arrays[f"{plane}.shell_0_5mm"] = (distance >= radius) & (distance < radius + 5)
    np.savez_compressed(path, **arrays)


def write_run(path: Path, spec: RunSpec) -> Path:
    rng = np.random.default_rng(spec.seed)
    path.mkdir(parents=True)
    outcome = simulated_outcome(spec, rng)
    predictions = predictions_of(spec, outcome, rng)
    predictions.to_parquet(path / "predictions.parquet", index=False)
    metrics = evaluate(Predictions(predictions), baselines=BASELINES, n_resamples=50)
    (path / "metrics.json").write_text(json.dumps(metrics))
    if not spec.optional:
        return path
    features_of(outcome, rng).to_parquet(path / "features.parquet")
    importance_of(spec, rng).to_parquet(path / "importance.parquet", index=False)
    ledger_of(predictions).to_parquet(path / "ledger.parquet", index=False)
    (path / "plan.json").write_text(json.dumps(plan_of(spec)))
    (path / "quality.json").write_text(json.dumps(quality_of(spec)))
    run = {
        "run_id": "3f9c1be2a7d04c5e",
        "started": "2026-03-02T09:14:05+00:00",
        "finished": "2026-03-02T10:02:41+00:00",
        "seconds": 2916.2,
        "versions": {"tumorcast": "0.1.0", "python": "3.11.9", "numpy": "2.2.1", "torch": "2.6.0"},
        "study": "study.yaml",
        "command": "tumorcast run study.yaml -o runs/hn",
    }
    (path / "run.json").write_text(json.dumps(run))
    if spec.gallery:
        (path / "gallery").mkdir()
    shown = (("Large tumour", 24.0), ("Medium tumour", 15.0), ("Small tumour", 8.0))
    for i, (title, radius) in enumerate(shown[: spec.gallery]):
        write_example(path / "gallery" / f"{i}.npz", f"HN-{i:04d}", title, radius)
    return path


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a run directory; keyword arguments are those of `RunSpec`."""

    def make(**changes: Any) -> Path:
        return write_run(tmp_path_factory.mktemp("run") / "run", RunSpec(**changes))

    return make


def arm_scores(
    event: NDArray[np.int64],
    probability: NDArray[np.float64],
    time_days: NDArray[np.float64] | None = None,
) -> ArmScores:
    """Return scores of one arm over the whole follow-up; probability of shape (repeat, n)."""
    n_repeats, n = probability.shape
    cases = [f"c{i:04d}" for i in range(n)]
    frame = pd.DataFrame(
        {
            "case": cases * n_repeats,
            "patient": cases * n_repeats,
            "centre": "",
            "arm": "a",
            "repeat": np.repeat(np.arange(n_repeats), n),
            "fold": 0,
            "horizon_days": math.inf,
            "risk": probability.ravel(),
            "probability": probability.ravel(),
            "event": np.tile(event, n_repeats),
            "time": math.nan if time_days is None else np.tile(time_days, n_repeats),
            "threshold": 0.5,
        }
    )
    return scores_of(Predictions(frame), "a", math.inf)


@pytest.fixture(scope="session")
def make_scores() -> Callable[..., ArmScores]:
    """Return scores of one arm; arguments are those of `arm_scores`."""
    return arm_scores
