"""The plan adds the baselines, says who chose what and refuses names that do not exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tumorcast.cohort import CaseCheck
from tumorcast.encoders.precision import precision_here
from tumorcast.errors import StudyRefusedError
from tumorcast.fusion import GridModel, NetworkModel
from tumorcast.study.lesions import embeddings_over_lesions
from tumorcast.study.load import load
from tumorcast.study.models import build_models
from tumorcast.study.plan import Plan, resolve
from tumorcast.study.run import examine, run

TABLE_STUDY = """
study: s
preset: standard
cohort: {table: t.csv, id: id}
columns:
  age: {kind: number, known: baseline}
  relapse: {kind: flag, known: later}
  cm3: {kind: number, known: baseline, block: volume}
endpoint: {name: death, event: dead, time: days, time_unit: days, horizons_days: [730]}
"""
OF_CASE = CaseCheck()
"""Any extractor."""
TIMES = ", time: days, time_unit: days, horizons_days: [730]"


def plan_of(folder: Path, text: str) -> Plan:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return resolve(load(path))


def test_baselines_are_added_unasked(tmp_path: Path) -> None:
    assert set(plan_of(tmp_path, TABLE_STUDY).arms) == {"volume", "clinical", "clinical_volume"}


def test_a_plan_without_networks_does_not_wait_for_torch(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(TABLE_STUDY, encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from tumorcast.study.load import load;"
        "from tumorcast.study.plan import resolve;"
        "resolve(load(Path('study.yaml'))); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "False"


def test_a_cohort_without_volume_has_the_clinical_baseline_alone(tmp_path: Path) -> None:
    text = TABLE_STUDY.replace("  cm3: {kind: number, known: baseline, block: volume}\n", "")
    assert set(plan_of(tmp_path, text).arms) == {"clinical"}


def test_an_arm_takes_selection_and_learner_from_the_study_unless_it_says_otherwise(
    tmp_path: Path,
) -> None:
    text = TABLE_STUDY + (
        "arms:\n"
        "  a: {blocks: [clinical]}\n"
        "  b: {blocks: [clinical], learner: forest, select: null}\n"
    )
    arms = plan_of(tmp_path, text).arms
    assert arms["a"].learner == "logistic"
    assert arms["a"].select is not None
    assert arms["a"].select.keep == 36
    assert arms["b"].learner == "forest"
    assert arms["b"].select is None


def test_every_value_says_who_chose_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, TABLE_STUDY + "validation: {folds: 3}\n")
    origin = {value.key: value.origin for value in plan.values()}
    assert origin["validation.folds"] == "given"
    assert origin["validation.repeats"] == "preset"
    assert origin["arms.volume"] == "from rule"
    assert origin["decision threshold"] == "learned in fold"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("arms: {a: {blocks: [clinical], learner: logistics}}\n", "learner 'logistics'"),
        ("arms: {a: {blocks: [clinica]}}\n", "source 'clinica'"),
        ("arms: {a: {blocks: [ct.tumor]}}\n", "source 'ct'"),
        ("arms: {a: {average: [clinical, deep]}}\n", "arm 'deep'"),
        ("arms: {a: {average: [a]}}\n", "arm 'a'"),
        ("arms: {a: {network: {images: [ct], encoder: swin3d}}}\n", "crop 'ct'"),
        ("arms: {a: {network: {images: [ct], encoder: resnet}}}\n", "encoder 'resnet'"),
        ("arms: {a: {network: {images: [ct], encoder: cnn3d, head: sum}}}\n", "fusion head 'sum'"),
        ("radiomics: {ct: {preset: ct-original}}\n", "image 'ct'"),
        ("compare: [[volume, deep]]\n", "arm 'deep'"),
        ("validation: {stratify: [site]}\n", "column 'site'"),
        ("validation: {stratify: [age]}\n", "column 'age'"),
        ("validation: {stratify: [relapse]}\n", "column 'relapse'"),
        ("selection: {among: [ct]}\narms: {a: {blocks: [clinical]}}\n", "source 'ct'"),
    ],
)
def test_names_that_do_not_exist_are_refused(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(StudyRefusedError, match="PLN-01") as refused:
        plan_of(tmp_path, TABLE_STUDY + lines)
    assert words in str(refused.value)


@pytest.mark.parametrize("choice", ["centres: leave_one_out", "stratify: [centre]"])
def test_a_validation_by_centre_needs_to_know_the_centres(tmp_path: Path, choice: str) -> None:
    with pytest.raises(StudyRefusedError, match=r"PLN-19.*cohort.centre"):
        plan_of(tmp_path, f"{TABLE_STUDY}validation: {{{choice}}}\n")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("centres: {train: [a, b], test: [b]}", "STU-04.*b cannot be learned from and tested in"),
        ("centres: leave_one_out, stratify: [centre]", "STU-04.*leave out stratify"),
    ],
)
def test_centres_are_on_one_side_and_in_no_fold(tmp_path: Path, choice: str, words: str) -> None:
    with pytest.raises(StudyRefusedError, match=words):
        plan_of(tmp_path, f"{TABLE_STUDY}validation: {{{choice}}}\n")


def test_times_without_a_horizon_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match="PLN-02"):
        plan_of(tmp_path, TABLE_STUDY.replace(", horizons_days: [730]", ""))


@pytest.mark.parametrize(
    "arm",
    ["{blocks: [clinical], learner: cox}", "{blocks: [clinical], grid: {learners: [cox, svm]}}"],
)
def test_a_learner_on_times_is_refused_where_the_endpoint_has_none(
    tmp_path: Path, arm: str
) -> None:
    lines = f"{TABLE_STUDY}arms: {{a: {arm}}}\n"
    assert "a" in plan_of(tmp_path, lines).arms
    with pytest.raises(StudyRefusedError, match=r"PLN-07.*arms\.a asks for the learner 'cox'"):
        plan_of(tmp_path, lines.replace(TIMES, ""))


def test_a_network_on_times_is_refused_where_the_endpoint_has_none(tmp_path: Path) -> None:
    lines = TABLE_STUDY + (
        "crops: {ct: {spacing_mm: 2, size_voxels: 32, window: [-160, 240]}}\n"
        "arms: {a: {network: {images: [ct], encoder: cnn3d, endpoint: WHICH}}}\n"
    )
    lines = lines.replace(
        "{table: t.csv, id: id}", "{table: t.csv, id: id, images: {ct: {unit: HU}}}"
    )
    model = build_models(plan_of(tmp_path, lines.replace("WHICH", "mtlr")))["a"]
    assert isinstance(model, NetworkModel)
    assert model.endpoint == "mtlr"
    with pytest.raises(StudyRefusedError, match=r"PLN-07.*arms\.a asks for the endpoint 'mtlr'"):
        plan_of(tmp_path, lines.replace("WHICH", "mtlr").replace(TIMES, ""))
    with pytest.raises(StudyRefusedError, match=r"PLN-01.*the endpoint 'weibull'"):
        plan_of(tmp_path, lines.replace("WHICH", "weibull"))


def test_a_learner_whose_package_is_not_installed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tumorcast.fusion.boosted_trees.find_spec", lambda _: None)
    with pytest.raises(StudyRefusedError, match=r"PLN-05.*'tumorcast\[boosting\]'"):
        plan_of(tmp_path, f"{TABLE_STUDY}learner: boosted_trees\n")


CROPS = """
crops:
  ct: {{spacing_mm: 2, size_voxels: 32, window: [-160, 240]}}
  pt: {{spacing_mm: 2, size_voxels: {size}, window: [0, 20]{grid}}}
arms: {{a: {{network: {{images: [ct, pt], encoder: cnn3d, join: channels}}}}}}
"""


@pytest.mark.parametrize(("size", "grid"), [(32, ""), (48, ", grid_of: ct")])
def test_channels_on_different_grids_are_refused(tmp_path: Path, size: int, grid: str) -> None:
    images = TABLE_STUDY.replace("id: id", "id: id, images: {ct: {unit: HU}, pt: {unit: SUVbw}}")
    with pytest.raises(StudyRefusedError, match=r"PLN-08.*ct, pt as channels.*`grid_of: ct`"):
        plan_of(tmp_path, images + CROPS.format(size=size, grid=grid))
    plan = plan_of(tmp_path, images + CROPS.format(size=32, grid=", grid_of: ct"))
    assert plan.arms["a"].network is not None
    lesions = "lesions: {tumor: {aggregate: [largest]}}\n"
    with pytest.raises(
        StudyRefusedError, match=r"PLN-04.*crops.pt.grid_of goes by the union of the lesions"
    ):
        plan_of(tmp_path, images + CROPS.format(size=32, grid=", grid_of: ct") + lesions)
    with pytest.raises(StudyRefusedError, match=r"PLN-01.*crops.pt.grid_of names the image 'mr'"):
        plan_of(tmp_path, images + CROPS.format(size=32, grid=", grid_of: mr"))


def test_crops_that_an_encoder_cannot_take_are_refused_before_they_are_made(
    tmp_path: Path,
) -> None:
    images = TABLE_STUDY.replace("id: id", "id: id, images: {ct: {unit: HU}}")
    crops = "crops: {ct: {spacing_mm: 2, size_voxels: 40, window: [-160, 240]}}\n"
    arms = "arms: {a: {network: {images: [ct], encoder: resnet18}}}\n"
    with pytest.raises(StudyRefusedError, match=r"ENC-01.*40 voxels.*size_voxels to 32"):
        plan_of(tmp_path, images + crops + arms)
    plan_of(tmp_path, images + crops + arms.replace("resnet18", "vit3d"))


EMBEDDED = """
crops: {{ct: {{spacing_mm: 2, size_voxels: 40, window: [-160, 240]}}}}
embeddings: {{{image}: {{encoder: {encoder}, {weights}}}}}
"""


@pytest.mark.parametrize(
    ("image", "encoder", "weights", "words"),
    [
        ("pt", "vit3d", "seed: 1", r"PLN-01.*embeddings names the crop 'pt'"),
        ("ct", "vit", "seed: 1", r"PLN-01.*embeddings.ct.encoder names the encoder 'vit'"),
        ("ct", "resnet18", "seed: 1", r"ENC-01.*40 voxels"),
        ("ct", "vit3d", "weights: none.safetensors", r"WGT-01.*none.json"),
        ("ct", "vit3d", "weights: w, seed: 1", r"STU-04.*exactly one of weights, seed"),
    ],
)
def test_embeddings_that_cannot_be_computed_are_refused(
    tmp_path: Path, image: str, encoder: str, weights: str, words: str
) -> None:
    images = TABLE_STUDY.replace("id: id", "id: id, images: {ct: {unit: HU}}")
    plan_of(tmp_path, images + EMBEDDED.format(image="ct", encoder="vit3d", weights="seed: 1"))
    with pytest.raises(StudyRefusedError, match=words):
        plan_of(tmp_path, images + EMBEDDED.format(image=image, encoder=encoder, weights=weights))


LESION_STUDY = """
study: s
preset: standard
cohort:
  layout: hecktor
  table: t.csv
  id: id
  images: {ct: {unit: HU}}
endpoint: {name: death, event: dead}
radiomics: {ct: {preset: ct-original, regions: [tumor, nodes, GTVp]}}
lesions: {nodes: {of: [GTVn], aggregate: [maximum, count]}}
"""


def test_groups_of_lesions_and_drawn_regions_are_named_where_a_region_is(tmp_path: Path) -> None:
    lesions = plan_of(tmp_path, LESION_STUDY).study.file.lesions
    assert lesions["nodes"].aggregate == ("maximum", "count")
    with pytest.raises(StudyRefusedError, match=r"PLN-01.*'GTVx'"):
        plan_of(tmp_path, LESION_STUDY.replace("GTVp]", "GTVx]"))


@pytest.mark.parametrize(
    ("lesions", "words"),
    [
        ("nodes: {of: [GTVm]}", r"PLN-01.*lesions\.nodes\.of names the drawn region 'GTVm'"),
        ("tumor: {of: [GTVp]}, nodes: {}", r"PLN-04.*cohort\.tumor"),
        ("nodes: {aggregate: [mean]}", "STU-04"),
    ],
)
def test_lesions_that_do_not_hold_together_are_refused(
    tmp_path: Path, lesions: str, words: str
) -> None:
    text = LESION_STUDY.replace("nodes: {of: [GTVn], aggregate: [maximum, count]}", lesions)
    with pytest.raises(StudyRefusedError, match=words):
        plan_of(tmp_path, text)


def test_lesions_of_a_cohort_without_named_regions_are_refused(tmp_path: Path) -> None:
    text = LESION_STUDY.replace("  layout: hecktor\n", "").replace(", GTVp]", "]")
    with pytest.raises(StudyRefusedError, match=r"PLN-01.*'GTVn'.*a region under cohort\.drawn"):
        plan_of(tmp_path, text)
    plan_of(tmp_path, text.replace("cohort:\n", "cohort:\n  layout: nnunet\n"))


def test_a_group_with_the_name_of_a_region_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"PLN-04.*name of a region"):
        plan_of(tmp_path, LESION_STUDY + "regions: {nodes: {dilation_mm: 3}}\n")


def test_a_network_needs_one_mask_for_its_crop(tmp_path: Path) -> None:
    network = (
        "crops: {ct: {spacing_mm: 2, size_voxels: 32, window: [-160, 240]}}\n"
        "arms: {deep: {network: {images: [ct], encoder: cnn3d}}}\n"
    )
    lesions = "lesions: {nodes: {of: [GTVn]}, tumor: {aggregate: [HOW]}}\n"
    start = LESION_STUDY[: LESION_STUDY.index("lesions:")]
    plan_of(tmp_path, start + lesions.replace("HOW", "largest") + network)
    with pytest.raises(StudyRefusedError, match=r"PLN-04.*a network sees one crop"):
        plan_of(tmp_path, start + lesions.replace("HOW", "maximum") + network)


@pytest.mark.parametrize(
    ("regions", "grid", "words"),
    [
        ("[shell]", "", r"PLN-01.*embeddings\.ct\.regions names the group of lesions 'shell'"),
        ("[tumor, nodes]", "pt", r"PLN-04.*embeddings\.ct has nodes, count, maximum"),
        ("[tumor]", "pt", ""),
        ("[nodes, GTVp]", "", ""),
    ],
)
def test_embeddings_see_each_lesion_where_it_lies(
    tmp_path: Path, regions: str, grid: str, words: str
) -> None:
    grid_of = f", grid_of: {grid}" if grid else ""
    text = (
        LESION_STUDY.replace("{ct: {unit: HU}}", "{ct: {unit: HU}, pt: {unit: SUVbw}}")
        + "regions: {shell: {shell_mm: [0, 5]}}\n"
        + f"crops: {{ct: {{spacing_mm: 2, size_voxels: 32, window: [-160, 240]{grid_of}}}}}\n"
        + f"embeddings: {{ct: {{encoder: cnn3d, seed: 1, regions: {regions}}}}}\n"
    )
    if words:
        with pytest.raises(StudyRefusedError, match=words):
            plan_of(tmp_path, text)
    else:
        labels = [
            label
            for label, _ in embeddings_over_lesions(
                plan_of(tmp_path, text).study.file, "ct", OF_CASE
            )
        ]
        assert labels == (["ct"] if grid else ["ct nodes", "ct GTVp"])


def test_the_number_of_lesions_is_given_once(tmp_path: Path) -> None:
    text = LESION_STUDY + (
        "crops: {ct: {spacing_mm: 2, size_voxels: 32, window: [-160, 240]}}\n"
        "embeddings: {ct: {encoder: cnn3d, seed: 1, regions: [nodes]}}\n"
    )
    for radiomics, expected in (
        ("regions: [nodes]", ["maximum"]),
        ("regions: [tumor]", ["maximum", "count"]),
    ):
        file = plan_of(
            tmp_path, text.replace("regions: [tumor, nodes, GTVp]", radiomics)
        ).study.file
        ((_, extractor),) = embeddings_over_lesions(file, "ct", OF_CASE)
        assert extractor.parameters()["aggregate"] == expected


@pytest.mark.parametrize(
    "arm",
    [
        "select: {keep: 3, correlation: 0.9, method: univariate_cox}",
        "grid: {selectors: [mrmr, univariate_cox]}",
    ],
)
def test_a_selector_on_times_is_refused_where_there_are_none(tmp_path: Path, arm: str) -> None:
    lines = f"{TABLE_STUDY}arms:\n  best: {{blocks: [clinical], {arm}}}\n"
    assert "best" in plan_of(tmp_path, lines).arms
    words = r"PLN-07.*arms\.best asks for the selector 'univariate_cox'"
    with pytest.raises(StudyRefusedError, match=words):
        plan_of(tmp_path, lines.replace(TIMES, ""))


def test_a_grid_is_filled_in_and_becomes_its_pairs(tmp_path: Path) -> None:
    grid = "{learners: [svm, lda]}"
    plan = plan_of(tmp_path, f"{TABLE_STUDY}arms:\n  best: {{blocks: [clinical], grid: {grid}}}\n")
    model = build_models(plan)["best"]
    assert isinstance(model, GridModel)
    assert list(model.candidates) == ["forest, svm", "forest, lda"]


def test_stable_and_varying_columns_are_asked_for_in_every_kind_of_arm(tmp_path: Path) -> None:
    text = LESION_STUDY.replace(
        "preset: ct-original,",
        "preset: ct-original, stability: {perturbations: [contour], repeats: 3},",
    ) + (
        "selection: {near_constant: 0.9, stable: {min_icc: 0.8}, correlation: 0.9, keep: 5}\n"
        "crops: {ct: {spacing_mm: 2, size_voxels: 32, window: [-160, 240]}}\n"
        "arms:\n"
        "  one: {blocks: [ct]}\n"
        "  any: {blocks: [ct], select: {correlation: 0.9, keep: 5}}\n"
        "  best: {blocks: [ct], grid: {selectors: [mrmr, lasso]}}\n"
        "  deep: {blocks: [ct], network: {images: [ct], encoder: cnn3d}}\n"
    )
    models = build_models(plan_of(tmp_path, text))
    one, free, best, deep = (models[name] for name in ("one", "any", "best", "deep"))
    assert isinstance(best, GridModel)
    found = [getattr(model, "min_icc", None) for model in (one, free, deep)]
    assert found == [0.8, None, 0.8]
    constant = [getattr(model, "near_constant", None) for model in (one, free, deep)]
    assert constant == [0.9, None, 0.9]
    assert [getattr(pair, "min_icc", None) for pair in best.candidates.values()] == [0.8, 0.8]


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        ("grid: {learners: [svm]}", "at least two selectors or two learners"),
        ("grid: {learners: [svm, lda]}, learner: svm", "no network and no other learner"),
        ("grid: {selectors: [mrmr, lasso]}, select: null", "no selectors to choose from"),
        ("grid: {learners: [svm, lsa]}", "names the learner 'lsa'"),
        ("grid: {selectors: [mrmr, laso]}", "names the selector 'laso'"),
        ("select: {keep: 3, correlation: 0.9, method: ridge}", "names the selector 'ridge'"),
    ],
)
def test_grids_that_make_no_sense_are_refused(tmp_path: Path, arm: str, words: str) -> None:
    with pytest.raises(StudyRefusedError, match=words):
        plan_of(tmp_path, f"{TABLE_STUDY}arms:\n  best: {{blocks: [clinical], {arm}}}\n")


def test_the_precision_of_a_network_is_given_or_comes_from_a_rule(tmp_path: Path) -> None:
    text = LESION_STUDY + (
        "crops: {ct: {spacing_mm: 2, size_voxels: 32, window: [-160, 240]}}\n"
        "arms:\n"
        "  ruled: {network: {images: [ct], encoder: cnn3d, augmentation: strong}}\n"
        "  given: {network: {images: [ct], encoder: cnn3d, precision: bfloat16, batch_size: 32}}\n"
    )
    plan = plan_of(tmp_path, text)
    chosen = {value.key: value for value in plan.values()}
    ruled, given = (chosen[f"arms.{name}.network.precision"] for name in ("ruled", "given"))
    assert (ruled.value, ruled.origin) == (precision_here(), "from rule")
    assert (given.value, given.origin) == ("bfloat16", "given")
    said = chosen["arms.given"].value
    assert isinstance(said, dict)
    assert said["network"] == {"images": ["ct"], "encoder": "cnn3d", "batch_size": 32}
    models: list[Any] = [build_models(plan)[name] for name in ("ruled", "given")]
    assert [each.precision for each in models] == [precision_here(), "bfloat16"]
    assert [each.training.augmentation for each in models] == ["strong", "light"]
    assert [each.training.batch_size for each in models] == [8, 32]


def test_networks_on_several_devices_train_alone_and_where_there_are_so_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = LESION_STUDY + (
        "crops: {ct: {spacing_mm: 2, size_voxels: 32, window: [-160, 240]}}\n"
        "arms:\n"
        "  one: {network: {images: [ct], encoder: cnn3d}}\n"
        "  three: {network: {images: [ct], encoder: cnn3d, devices: 3}}\n"
        "  late: {average: [one, three]}\n"
    )
    plan = plan_of(tmp_path, text)
    training = [build_models(plan)[name].training for name in ("one", "three")]  # type: ignore[attr-defined]
    assert [each.devices for each in training] == [1, 3]
    assert {name: plan.devices_of(name) for name in ("volume", "one", "three", "late")} == {
        "volume": 1, "one": 1, "three": 3, "late": 3,
    }  # fmt: skip
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    for command in (run, examine):
        with pytest.raises(StudyRefusedError, match=r"TRN-03.*this machine has 2 GPUs"):
            command(tmp_path / "study.yaml", output=tmp_path / "run")
        assert not (tmp_path / "run").exists()
