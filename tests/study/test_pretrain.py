"""Pretraining of a study's encoders, and weights that have seen the cases that are tested."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

from tumorcast import study
from tumorcast.cli import app
from tumorcast.cohort import Case, Cohort
from tumorcast.encoders import SeenCase, WeightsCard
from tumorcast.errors import StudyRefusedError
from tumorcast.features import Ledger
from tumorcast.imaging import Geometry, Mask, Volume, read_volume, write_mask, write_volume
from tumorcast.study.design import cases_of_test_sides
from tumorcast.study.kept import read_kept
from tumorcast.study.models import build_models
from tumorcast.study.pretrained import shared_cases
from tumorcast.validation import ByCentre, Design, FoldTask, run_fold

SIDE = 16
CROP = {"spacing_mm": 2.0, "size_voxels": SIDE, "window": [0, 200]}
NETWORK = {"images": ["ct"], "encoder": "cnn3d", "max_epochs": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with twelve small scans, a table of them, and a study without outcome."""
    tmp_path = tmp_path_factory.mktemp("scans")
    geometry = Geometry.of_spacing((SIDE,) * 3, (2.0, 2.0, 2.0))
    rng = np.random.default_rng(0)
    inside = (((np.indices((SIDE,) * 3) - 7.5) ** 2).sum(axis=0) < 20).astype(np.bool_)
    rows = ["id,ct,ct_mask,event,age"]
    for number in range(12):
        image = rng.normal(40 + 60 * inside, 20).astype(np.float32)
        write_volume(Volume(image, geometry), tmp_path / f"{number}.nii.gz")
        drawn = inside ^ (rng.random(inside.shape) < 0.01)
        write_mask(Mask(drawn, geometry), tmp_path / f"{number}_m.nii.gz")
        rows.append(f"p{number},{number}.nii.gz,{number}_m.nii.gz,{number % 2},{50 + number}")
    (tmp_path / "table.csv").write_text("\n".join(rows) + "\n")
    document = {"study": "scans", "cohort": cohort("table.csv"), "crops": {"ct": CROP}}
    (tmp_path / "scans.yaml").write_text(yaml.safe_dump(document))
    return tmp_path


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder with an encoder pretrained on all of it."""
    if not (made / "ct.safetensors").exists():
        pretrained(made)
    shutil.copytree(made, tmp_path / "folder")
    return tmp_path / "folder"


def cohort(table: str) -> dict[str, Any]:
    return {"manifest": table, "id": "id", "images": {"ct": {"unit": "arbitrary"}}}


def pretrained(folder: Path, name: str = "ct", **options: Any) -> study.Pretraining:
    return study.pretrain(
        folder / "scans.yaml", output=folder / f"{name}.safetensors", encoder="cnn3d", epochs=1,
        seed=1, **options,
    )  # fmt: skip


def labelled(folder: Path, table: str = "table.csv", **more: Any) -> Path:
    """Write a study with an arm that starts from the weights, and return its path."""
    network = {**NETWORK, "weights": {"ct": "ct.safetensors"}, "weights_rate": 0.1}
    document = {
        "study": "labelled",
        "preset": "standard",
        "cohort": cohort(table),
        "columns": {"age": {"kind": "number", "known": "baseline"}},
        "endpoint": {"name": "event", "event": "event"},
        "crops": {"ct": CROP},
        "arms": {"deep": {"network": network}},
        "validation": {"folds": 2, "repeats": 1, "seed": 1},
        **more,
    }
    path = folder / f"{Path(table).stem}.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def of_half(folder: Path, half: slice) -> str:
    """Write a table of some of the cases, as others would have saved them, and return its name."""
    header, *rows = (folder / "table.csv").read_text().split()
    kept: list[str] = []
    for row in rows[half]:
        _, image, mask, event, age = row.split(",")
        volume = read_volume(folder / image)
        again = f"again_{image.removesuffix('.nii.gz')}.nrrd"
        write_volume(volume, folder / again)
        kept.append(f"other{len(kept)},{again},{mask},{event},{age}")
    name = f"half_{half.start}.csv"
    (folder / name).write_text("\n".join([header, *kept]) + "\n")
    return name


def test_scans_without_outcome_make_weights_with_a_card(folder: Path) -> None:
    (folder / "ct.safetensors").unlink()
    done = pretrained(folder, licence="CC0-1.0")
    card = WeightsCard.read(done.weights)
    assert (card.name, card.encoder, card.licence) == ("ct", "cnn3d", "CC0-1.0")
    assert (card.spacing_mm, card.window, card.size_voxels) == (2.0, (0.0, 200.0), SIDE)
    assert [case.case for case in card.cases] == [f"p{n}" for n in range(12)]
    assert len({case.voxels for case in card.cases}) == 12
    assert card.made["settings"]["epochs"] == 1
    assert not done.weights.with_suffix(".checkpoint").exists()
    before = done.weights.read_bytes()
    told: list[str] = []
    again = pretrained(folder, licence="CC0-1.0", progress=lambda stage, *_: told.append(stage))
    assert again.card == card
    assert "epochs" not in told
    done.weights.unlink()
    assert pretrained(folder).weights.read_bytes() == before


def test_a_whole_study_is_as_good_as_its_scans(folder: Path) -> None:
    alone = WeightsCard.read(folder / "ct.safetensors").sha256
    path = labelled(folder, endpoint={"name": "not there", "event": "no such column"})
    done = CliRunner().invoke(
        app, ["pretrain", str(path), "-o", str(folder / "again.safetensors"), "--encoder", "cnn3d",
              "--epochs", "1", "--seed", "1", "-j", "1", "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["sha256"] == alone
    assert document["cases"] == 12
    assert 0 < document["error"] < 1


@pytest.mark.parametrize("allowed", [False, True])
def test_weights_that_saw_the_tested_cases_are_refused_or_stamped(
    folder: Path, allowed: bool
) -> None:
    path = labelled(folder, allow_pretrained_on_test=allowed)
    if not allowed:
        with pytest.raises(StudyRefusedError, match=r"WGT-05.*12 of the 12 cases.*12 told by the"):
            study.run(path, ["scepticism=false"], output=folder / "run")
        return
    done = study.run(path, ["scepticism=false"], output=folder / "run")
    assert [f.consequence for f in done.quality.findings if f.code == "WGT-05"] == ["warning"]
    assert "Pretrained on tested cases" in done.report.read_text()
    plan = json.loads((folder / "run" / "plan.json").read_text())
    assert plan["weights"]["arms.deep.network.weights.ct"]["n_cases"] == 12


def test_another_name_and_another_format_do_not_hide_a_case(folder: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"WGT-05.*6 of the 6 cases.*6 told by the voxels"):
        study.check(labelled(folder, of_half(folder, slice(6, 12))))


def test_another_scan_under_the_same_id_is_the_same_patient(folder: Path) -> None:
    for number in range(12):
        path = folder / f"{number}.nii.gz"
        volume = read_volume(path)
        write_volume(Volume(volume.array + 1, volume.geometry), path)
    with pytest.raises(StudyRefusedError, match=r"0 told by the voxels, 12 by the id alone"):
        study.check(labelled(folder))


def test_an_id_that_is_not_told_is_no_id() -> None:
    cohort = Cohort((Case("a", ""),))
    assert shared_cases([SeenCase("", "", "digest")], cohort, {}) == ([], [])
    assert shared_cases([SeenCase("a", "", "digest")], cohort, {}) == ([], ["a"])


def test_cases_that_are_left_out_may_be_tested(folder: Path) -> None:
    tested = labelled(folder, of_half(folder, slice(6, 12)))
    done = pretrained(folder, leave_out=[tested])
    assert done.left_out == tuple(f"p{n}" for n in range(6, 12))
    assert [case.case for case in done.card.cases] == [f"p{n}" for n in range(6)]
    assert not study.check(tested).stopping
    ids = folder / "ids.txt"
    ids.write_text("p3\n\n p4 \n")
    assert pretrained(folder, "other", leave_out=[ids]).left_out == ("p3", "p4")


def test_cases_that_are_only_learned_from_may_be_seen(folder: Path) -> None:
    pretrained(folder, leave_out=[labelled(folder, of_half(folder, slice(8, 12)))])
    sides = [[f"p{n}" for n in numbers] for numbers in (range(8), range(8, 12))]
    splits = folder / "splits.json"
    splits.write_text(json.dumps([dict(zip(("train", "val"), sides, strict=True))]))
    given = {"splits": "splits.json", "seed": 1}
    assert not study.check(labelled(folder, validation=given)).stopping
    splits.write_text(json.dumps([dict(zip(("val", "train"), sides, strict=True))]))
    with pytest.raises(StudyRefusedError, match=r"WGT-05.*8 of the 8 cases that are tested"):
        study.check(labelled(folder, validation=given))


def test_a_design_by_centre_tests_the_cases_of_its_test_centres() -> None:
    cohort = Cohort(tuple(Case(name, name, centre=name[0]) for name in ("a1", "b1", "a2", "c1")))
    assert cases_of_test_sides(ByCentre(1, ("b",), ("a", "c")), cohort) == ("a1", "a2", "c1")
    assert (
        cases_of_test_sides(ByCentre(1), cohort)
        == cases_of_test_sides(Design(2, 1, 1), cohort)
        == cohort.case_ids
    )


def test_an_embedding_is_asked_the_same(folder: Path) -> None:
    embeddings = {"ct": {"encoder": "cnn3d", "weights": "ct.safetensors"}}
    arms = {"frozen": {"blocks": ["ct"]}}
    with pytest.raises(StudyRefusedError, match=r"WGT-05.*embeddings.ct.*12 of the 12"):
        study.check(labelled(folder, embeddings=embeddings, arms=arms))


def test_what_is_not_there_is_refused(folder: Path) -> None:
    scans, out = folder / "scans.yaml", folder / "x.safetensors"
    asked: dict[str, Any] = {"output": out, "encoder": "cnn3d", "epochs": 1, "seed": 1}
    with pytest.raises(StudyRefusedError, match=r"PRE-01.*no encoder 'swim3d'.*--encoder"):
        study.pretrain(scans, **{**asked, "encoder": "swim3d"})
    with pytest.raises(StudyRefusedError, match=r"PRE-01.*no crop 'mr'.*expected one of ct"):
        study.pretrain(scans, image="mr", **asked)
    with pytest.raises(StudyRefusedError, match=r"ENC-01.*size_voxels to 32"):
        study.pretrain(scans, ["crops.ct.size_voxels=30"], **asked)
    with pytest.raises(StudyRefusedError, match=r"PRE-02.*0 cases.*of 12 listed"):
        study.pretrain(scans, leave_out=[scans], **asked)
    with pytest.raises(StudyRefusedError, match=r"PRE-03.*FileNotFoundError"):
        study.pretrain(scans, leave_out=[folder / "none.txt"], **asked)
    with pytest.raises(StudyRefusedError, match=r"STU-03.*unknown key 'corps'"):
        study.pretrain(scans, ["corps=1"], **asked)


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ({"mask": "gate"}, r"WGT-03.*in_channels 1.*expected in_channels 2"),
        ({"encoder": "swin3d"}, r"WGT-03.*encoder swin3d"),
        ({"weights_rate": None}, r"STU-04.*weights and weights_rate go together"),
        ({"weights": {"mr": "x"}}, r"STU-04.*weights of mr"),
        ({"join": "channels"}, r"STU-04.*they need join: branches"),
        ({"weights": {"ct": "none.safetensors"}}, r"WGT-01.*none.json"),
    ],
)
def test_weights_that_do_not_fit_a_network_are_refused(
    folder: Path, network: dict[str, Any], found: str
) -> None:
    path = labelled(folder)
    document = yaml.safe_load(path.read_text())
    document["arms"]["deep"]["network"] |= network
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(StudyRefusedError, match=found):
        study.check(path)


def test_weights_for_a_gate_have_one_channel(folder: Path) -> None:
    pretrained(folder, mask="gate")
    path = labelled(folder, allow_pretrained_on_test=True)
    document = yaml.safe_load(path.read_text())
    document["arms"]["deep"]["network"]["mask"] = "gate"
    path.write_text(yaml.safe_dump(document))
    assert not study.check(path).stopping


@pytest.mark.slow
def test_other_weights_under_the_same_name_are_run_anew(folder: Path) -> None:
    path = labelled(folder, allow_pretrained_on_test=True)
    first = study.run(path, ["scepticism=false"], output=folder / "run")
    shutil.rmtree(folder / "run")
    study.pretrain(
        folder / "scans.yaml", output=folder / "ct.safetensors", encoder="cnn3d", epochs=2, seed=2
    )
    second = study.run(path, ["scepticism=false"], output=folder / "run")
    lines = (folder / "run" / "journal.jsonl").read_text().splitlines()
    journal = [json.loads(line) for line in lines]
    run_anew = [e["label"] for e in journal if e["event"] == "task done" and " fold " in e["label"]]
    assert run_anew
    assert all(label.startswith("deep") for label in run_anew)
    assert first.metrics["arms"]["volume"] == second.metrics["arms"]["volume"]


def test_scans_on_which_nothing_is_drawn_give_crops_of_the_body(folder: Path) -> None:
    undrawn = pretrained(folder, "undrawn", overrides=["cohort.images.ct.path='{ct}'"], places=3)
    assert undrawn.card.made["crops"] == 36
    assert len(undrawn.card.cases) == 12
    assert json.loads((folder / "undrawn.quality.json").read_text())["flow"]["ok"] == 12
    assert not (folder / "undrawn.crops").exists()


class Steps:
    """Counts the steps of optimisers, by arm."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of = Counter[str]()
        self.arms: list[str] = []
        step = torch.optim.AdamW.step

        def counted(optimizer: torch.optim.AdamW, *given: Any) -> Any:
            self.of[self.arms[-1]] += 1
            return step(optimizer, *given)

        def run(task: FoldTask, *given: Any) -> dict[str, Any]:
            self.arms.append(task.arm)
            return run_fold(task, *given)

        monkeypatch.setattr(torch.optim.AdamW, "step", counted)
        monkeypatch.setattr("tumorcast.study.evidence.run_fold", run)


def test_a_locked_network_predicts_without_the_weights_that_it_started_from(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = {**NETWORK, "weights": {"ct": "ct.safetensors"}, "weights_rate": 0.0}
    path = labelled(
        folder, of_half(folder, slice(0, 8)),
        arms={"late": {"average": ["frozen", "deep"]}, "deep": {"network": network},
              "frozen": {"blocks": ["ct"], "select": None}},
        embeddings={"ct": {"encoder": "cnn3d", "weights": "ct.safetensors"}},
        allow_pretrained_on_test=True,
    )  # fmt: skip
    steps = Steps(monkeypatch)
    done = study.run(path, ["scepticism=false"], output=tmp_path / "run")
    assert set(steps.of) == {"deep"}, "the average has trained its network again"
    n_late = steps.arms.count("late")
    assert n_late > 1
    assert set(steps.arms[-n_late:]) == {"late"}
    assert not (done.run_dir / "checkpoints").exists()
    monkeypatch.undo()
    made = study.bundle(done.run_dir, tmp_path / "bundle", arm="late")
    kept = read_kept(done.run_dir)
    fitted = build_models(kept.plan)["late"].clone()
    fitted.fit(kept.inputs, kept.outcome, horizon_days=np.inf, seed=1, ledger=Ledger())

    for weights in (*folder.glob("ct.*"), *done.run_dir.glob("files/*")):
        weights.unlink()
    locked = study.load_bundle(made.folder)
    np.testing.assert_array_equal(
        locked.models["late", np.inf].predict_probability(kept.inputs),
        fitted.predict_probability(kept.inputs),
    )
    result = study.predict(made.folder, labelled(folder))
    assert len(result.table) == 12
    codes = Counter(finding.code for finding in result.quality.findings)
    assert (codes["BND-08"], codes["WGT-05"]) == (8, 4)
    names = [weights.suffix for weights in (made.folder / "files").iterdir()]
    assert sorted(names) == [".json", ".safetensors"]
    (card,) = (made.folder / "files").glob("*.json")
    seen = json.loads(card.read_text())["cases"]
    assert {(one["case"], one["patient"]) for one in seen} == {("", "")}
