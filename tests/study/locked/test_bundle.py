"""A bundle of a run: what is in it, what it predicts, and what it refuses (rows 64 and 65)."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.study.locked.conftest import N_NEW

from tumorcast import study
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.features import Ledger
from tumorcast.imaging import Geometry, Volume, read_mask, read_volume, write_mask, write_volume
from tumorcast.report.locked_card import locked_card
from tumorcast.serve import load_bundle
from tumorcast.study import BundleResult, PredictionResult
from tumorcast.study.kept import read_kept
from tumorcast.study.locked.seal import SEAL
from tumorcast.study.models import build_models

HORIZON_DAYS = 365.0
Predict = Callable[..., PredictionResult]


def refused(code: str, call: Any, *arguments: Any, **options: Any) -> Finding:
    with pytest.raises(StudyRefusedError) as caught:
        call(*arguments, **options)
    finding = next(f for f in caught.value.findings if f.code == code)
    assert finding.fix
    return finding


def edit(path: Path, change: Any) -> Path:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def set_cell(site: Path, case: str, column: str, value: Any) -> None:
    table = pd.read_csv(site / "clinical.csv").astype(object)
    table.loc[table["id"] == case, column] = value
    table.to_csv(site / "clinical.csv", index=False)


@pytest.fixture(scope="module")
def predict(tmp_path_factory: pytest.TempPathFactory) -> Predict:
    """Return `study.predict` with one store, since most of what the tests measure is the same."""
    return partial(study.predict, store=tmp_path_factory.mktemp("store"))


def test_a_bundle_holds_the_model_fitted_on_all_cases(
    made: BundleResult, finished_run: Path
) -> None:
    kept = read_kept(finished_run)
    model = build_models(kept.plan)["whole"].clone()
    seed = kept.plan.study.file.validation.seed
    model.fit(kept.inputs, kept.outcome, horizon_days=HORIZON_DAYS, seed=seed, ledger=Ledger())
    locked = load_bundle(made.folder)
    assert locked.lead == "whole"
    assert locked.arms == ("whole", "volume", "clinical", "clinical_volume")
    restored = locked.models["whole", HORIZON_DAYS]
    np.testing.assert_array_equal(
        restored.predict_probability(kept.inputs), model.predict_probability(kept.inputs)
    )
    assert restored.threshold == model.threshold


def test_bundling_twice_gives_one_digest(
    made: BundleResult, finished_run: Path, tmp_path: Path
) -> None:
    again = study.bundle(finished_run, tmp_path / "again")
    assert again.digest == made.digest
    assert study.bundle(finished_run, tmp_path / "again").digest == made.digest  # replaced


def test_a_bundle_carries_its_model_card(made: BundleResult, finished_run: Path) -> None:
    locked = load_bundle(made.folder)
    assert {"model_card.md", "model_card.json"} <= set(locked.sealed.files)
    card = locked.sealed.document("model_card.json")
    details, training = card["Model details"], card["Training data"]
    assert details["Arm"] == "whole"
    others = details["Other models in the bundle"].replace("\N{NO-BREAK SPACE}", " ")
    assert others == "volume, clinical, clinical + volume"
    threshold = locked.models["whole", HORIZON_DAYS].threshold
    assert details["Positive above a probability of"] == f"{threshold:.3f} by day 365"
    metrics = json.loads((finished_run / "metrics.json").read_text(encoding="utf-8"))
    auroc = metrics["horizons"]["365"]["arms"]["whole"]["auroc"]
    assert card["Quantitative analyses"]["AUROC"].startswith(f"{auroc['value']:.2f} (95% ")
    n = len(read_kept(finished_run).inputs)
    assert training["Cases"].startswith(f"{n} cases of ")
    text = (made.folder / "model_card.md").read_text(encoding="utf-8")
    assert all(f"## {title}" in text for title in card)


def test_the_card_of_another_arm_has_the_figures_of_that_arm(finished_run: Path) -> None:
    about = {
        "lead": "clinical", "chosen": "named", "arms": ["clinical", "volume"], "study": {},
        "columns": {"clinical.age": "number"}, "images": [],
        "training": {"cases": 20, "patients": 20, "events": 5},
    }  # fmt: skip
    card = locked_card(finished_run, about, left_out=0.1, thresholds={"all": 0.25})
    facts = {section.title: dict(section.lines) for section in card}
    metrics = json.loads((finished_run / "metrics.json").read_text(encoding="utf-8"))
    figures = metrics["horizons"]["365"]["arms"]
    found = facts["Quantitative analyses"]
    assert found["AUROC"].startswith(f"{figures['clinical']['auroc']['value']:.2f} ")
    assert "AUROC of clinical" not in found
    assert facts["Model details"]["Positive above a probability of"] == "0.250 at any time"
    assert facts["Training data"]["Unlike the others"].startswith("10% of the training cases")


def test_a_bundle_names_nobody_and_no_place(made: BundleResult, finished_run: Path) -> None:
    content = b"".join(path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    for case_id in read_kept(finished_run).inputs.case_ids:
        assert case_id.encode() not in content
    for place in (finished_run.parent, "clinical.csv", ".nii.gz"):
        assert str(place).encode() not in content
    assert {path.suffix for path in made.folder.iterdir()} == {
        ".json", ".md", ".safetensors", ".parquet",
    }  # fmt: skip


def test_new_patients_are_predicted_alike_one_by_one_and_together(
    predict: Predict, made: BundleResult, new_patients: Path, tmp_path: Path
) -> None:
    result = predict(made.folder, new_patients / "study.yaml")
    assert len(result.table) == N_NEW
    assert result.table["probability"].between(0, 1, inclusive="neither").all()
    result.write(tmp_path / "deep" / "p.csv")
    written = pd.read_csv(tmp_path / "deep" / "p.csv", float_precision="round_trip")
    np.testing.assert_array_equal(written["probability"], result.table["probability"])
    quality = json.loads((tmp_path / "deep" / "p.quality.json").read_text())
    assert quality["flow"]["ok"] == N_NEW
    cases = study.load(new_patients / "study.yaml")
    from tumorcast.cohort import read_cohort  # noqa: PLC0415

    file = cases.file
    cohort = read_cohort(file.cohort, file.columns, file.endpoint, cases.base).cohort
    case = cohort.cases[3]
    alone = load_bundle(made.folder).predict_probability(case)
    assert alone == result.table.set_index("case").loc[case.case_id, "probability"]


def test_the_outcome_of_new_patients_is_not_looked_at(
    predict: Predict, made: BundleResult, new_patients: Path, site: Path
) -> None:
    table = pd.read_csv(site / "clinical.csv").drop(columns=["event", "time_days"])
    table.to_csv(site / "clinical.csv", index=False)
    edit(site / "study.yaml", lambda d: [d.pop(k) for k in ("endpoint", "arms", "preset")])
    without = predict(made.folder, site / "study.yaml").table
    pd.testing.assert_frame_equal(without, predict(made.folder, new_patients / "study.yaml").table)


@pytest.mark.parametrize("name", ["model_00.safetensors", "bundle.json", "envelope.parquet"])
def test_row_64_a_tampered_bundle_predicts_nothing(
    predict: Predict, bundle: Path, new_patients: Path, name: str
) -> None:
    before = (bundle / name).read_bytes()
    after = before[:-9] + bytes([before[-9] ^ 1]) + before[-8:]
    (bundle / name).write_bytes(after)
    found = refused("BND-02", predict, bundle, new_patients / "study.yaml")
    assert found.file == str(bundle / name)
    assert hashlib.sha256(after).hexdigest() in found.found
    assert hashlib.sha256(before).hexdigest() in found.expected


def test_row_64_a_newer_bundle_asks_for_a_newer_program(bundle: Path) -> None:
    seal = json.loads((bundle / SEAL).read_text())
    (bundle / SEAL).write_text(json.dumps(seal | {"schema": 99}))
    assert "99" in refused("BND-03", load_bundle, bundle).found


def test_row_64_a_bundle_without_its_seal_is_none(bundle: Path) -> None:
    (bundle / SEAL).unlink()
    assert SEAL in refused("BND-01", load_bundle, bundle).found


def test_row_64_a_bundle_sealed_by_somebody_else_has_another_digest(
    made: BundleResult, bundle: Path
) -> None:
    assert load_bundle(bundle, digest=made.digest).lead == "whole"
    found = refused("BND-02", load_bundle, bundle, digest="0" * 64)
    assert made.digest in found.found


def test_row_64_a_bundle_of_another_version_says_which(bundle: Path) -> None:
    from tumorcast.study.locked.seal import write_seal  # noqa: PLC0415

    about = json.loads((bundle / "bundle.json").read_text())
    about["models"][0].pop("arm")
    (bundle / "bundle.json").write_text(json.dumps(about | {"program": "9.8.7"}))
    write_seal(bundle)
    assert "9.8.7" in refused("BND-03", load_bundle, bundle).expected


@pytest.fixture
def odd(site: Path) -> Path:
    """Spoil a patient each: age, a level never seen, thick slices, other units of the PET."""
    set_cell(site, "NET-0001", "age", 8)
    set_cell(site, "NET-0002", "sex", "unknown")
    edit(site / "study.yaml", lambda d: d["columns"]["sex"].pop("levels"))
    for case, spacing, factor in (("NET-0003", 2.0, 1.0), ("NET-0004", 1.0, 50.0)):
        place = site / "images" / f"{case}_pt.nii.gz"
        drawn = site / "images" / f"{case}_pt_mask.nii.gz"
        volume, mask = read_volume(place, unit="SUVbw"), read_mask(drawn)
        steps = np.diag([*([spacing] * 3), 1.0])
        grid = Geometry.of_matrix(volume.geometry.shape, volume.geometry.matrix @ steps)
        write_volume(Volume(volume.array * factor, grid, "SUVbw"), place)
        write_mask(type(mask)(mask.array, grid), drawn)
    return site


REASONS = {
    "NET-0001": "clinical.age is 8",
    "NET-0002": "clinical.sex is 'unknown'",
    "NET-0003": "pt: spacing across slices (mm)",
    "NET-0004": "quantile in the tumour",
}


def test_row_65_a_case_outside_the_envelope_is_predicted_and_marked(
    predict: Predict, made: BundleResult, odd: Path
) -> None:
    result = predict(made.folder, odd / "study.yaml")
    table = result.table.set_index("case")
    assert len(table) == N_NEW
    for case, reason in REASONS.items():
        assert table.loc[case, "outside"]
        assert reason in str(table.loc[case, "why"])
        (finding,) = [f for f in result.quality.findings if f.case == case and f.code == "OOD-01"]
        assert (finding.consequence, reason in finding.found) == ("warning", True)
        assert finding.fix
    assert result.quality.flow["excluded"] == 0


def test_row_65_strict_gives_no_number_for_such_a_case(
    predict: Predict, made: BundleResult, odd: Path
) -> None:
    loose = predict(made.folder, odd / "study.yaml").table
    strict = predict(made.folder, odd / "study.yaml", strict_ood=True)
    assert not set(REASONS) & set(strict.table["case"])
    inside = loose[~loose["outside"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(strict.table, inside)
    assert strict.quality.excluded == set(loose.loc[loose["outside"], "case"])


def test_a_patient_without_the_image_is_predicted_from_the_rest(
    predict: Predict, made: BundleResult, site: Path
) -> None:
    manifest = pd.read_csv(site / "manifest.csv")
    manifest.loc[:, ["pt", "pt_mask"]] = ""
    manifest.to_csv(site / "manifest.csv", index=False)
    table = predict(made.folder, site / "study.yaml").table
    assert len(table) == N_NEW
    assert table["why"].str.contains("nothing is known of the image 'pt'").all()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda d: d["columns"].pop("grade"), "no column 'grade'"),
        (lambda d: d["columns"]["age"].update(unit="months"), "'age' has unit 'months'"),
        (lambda d: d["columns"]["grade"].update(ranks={"G1": 3, "G2": 2, "G3": 1}), "ranks"),
        (lambda d: d["cohort"]["images"].pop("pt"), "no image 'pt'"),
        (lambda d: d["cohort"]["images"]["pt"].update(unit="arbitrary"), "in arbitrary here"),
    ],
)
def test_a_site_that_declares_otherwise_is_refused(
    predict: Predict, made: BundleResult, site: Path, change: Any, found: str
) -> None:
    path = edit(site / "study.yaml", change)
    assert found in refused("BND-04", predict, made.folder, path).found


def test_a_table_alone_does_for_a_study_of_one_table(
    predict: Predict, made: BundleResult, new_patients: Path
) -> None:
    finding = refused("BND-06", predict, made.folder, new_patients / "clinical.csv")
    assert "tumorcast init" in finding.fix


@pytest.fixture
def spoiled_run(finished_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_run, tmp_path / "run", symlinks=True))


def test_a_run_of_permuted_outcomes_is_not_bundled(spoiled_run: Path, tmp_path: Path) -> None:
    run = json.loads((spoiled_run / "run.json").read_text())
    (spoiled_run / "run.json").write_text(json.dumps(run | {"null": True}))
    refused("RUN-03", study.bundle, spoiled_run, tmp_path / "out")


def test_only_a_whole_run_is_bundled(spoiled_run: Path, tmp_path: Path) -> None:
    refused("RUN-01", study.bundle, tmp_path, tmp_path / "out")
    assert (
        "other" in refused("PLN-01", study.bundle, spoiled_run, tmp_path / "out", arm="other").found
    )
    (spoiled_run / "inputs.json").write_text("{")
    refused("RUN-02", study.bundle, spoiled_run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bundle_replaces_nothing_but_a_bundle(finished_run: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    refused("BND-05", study.bundle, finished_run, tmp_path / "precious")
