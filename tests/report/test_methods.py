from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tumorcast.report.methods import describe_arm, embedding_sentences, methods_paragraphs
from tumorcast.report.population import flow_of
from tumorcast.report.results import read_results
from tumorcast.report.run_files import RunFiles


def paragraphs(run_dir: Path) -> tuple[str, ...]:
    files = RunFiles.read(run_dir)
    horizons = read_results(files.metrics)
    return methods_paragraphs(files, flow_of(files, horizons[0].horizon_days), horizons)


@pytest.fixture(scope="module")
def timed(make_run: Callable[..., Path]) -> tuple[str, ...]:
    return paragraphs(make_run(n=60, repeats=2, gallery=0))


def test_methods_state_what_the_plan_says(timed: tuple[str, ...]) -> None:
    patients, predictors, models, validation = timed
    assert patients.startswith("60 cases from 4 centres were analysed (63 were found);")
    assert "At 2 years, a case censored earlier was in neither class" in patients
    assert "A competing event that came first" in patients
    assert "5 variables known on the index date were offered" in predictors
    assert "features of CT were extracted from tumour and shell 0 to 5 mm" in predictors
    assert "a cube of 128 mm around the tumour (64 voxels of 2 mm a side)" in predictors
    assert "from \N{MINUS SIGN}160 to 240 HU" in predictors
    assert "a swin3d network on CT" in models
    assert "correlated above 0.9 with another were dropped and the 36 most important" in models
    assert "tumour volume; clinical variables and laboratory values; and clinical" in models
    assert "5-fold cross-validation" in validation
    assert "in 2 repeats (seed 2026); CT network had 1." in validation
    assert validation.endswith("Software: tumorcast 0.1.0.")


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"stratify": ["site"]}, "stratified by the event and site and grouped by patient"),
        ({"centres": "leave_one_out"}, "Every centre was tested by models that were learned in"),
        ({"centres": {"train": ["A", "B"], "test": ["C"]}}, "learned in A and B and tested in C"),
        ({"splits": "a/splits_final.json"}, "tested on the splits given in splits_final.json,"),
        (
            {"temporal": {"column": "year", "from": "2010"}},
            "whose year lies before 2010 and tested on those from 2010 on (temporal validation)",
        ),
    ],
)
def test_methods_say_how_folds_are_drawn_or_centres_kept_apart(
    make_run: Callable[..., Path], design: dict[str, object], words: str
) -> None:
    files = RunFiles.read(make_run(n=60, repeats=2, gallery=0))
    validation = {**files.study["validation"], **design}
    files = replace(files, plan={**files.plan, "study": {**files.study, "validation": validation}})
    horizons = read_results(files.metrics)
    text = methods_paragraphs(files, flow_of(files, horizons[0].horizon_days), horizons)[-1]
    assert words in text
    assert ("fold cross-validation" in text) == ("stratify" in design)


def test_methods_claim_nothing_that_was_not_done(make_run: Callable[..., Path]) -> None:
    run = make_run(n=60, repeats=1, optional=False, times=False, competing=False,
                   horizons=(math.inf,))  # fmt: skip
    text = " ".join(paragraphs(run))
    assert "every case counted once" in text
    for word in ("censored", "competing", "Radiomics", "network", "fold", "Software"):
        assert word not in text.replace("out-of-fold", "")


def test_methods_say_that_intervals_are_widened_where_they_are(
    make_run: Callable[..., Path],
) -> None:
    assert "widened as each tested patient also taught other models" in " ".join(
        paragraphs(make_run(n=60))
    )


def test_a_crop_that_no_network_saw_is_not_mentioned(make_run: Callable[..., Path]) -> None:
    run = make_run(n=60, repeats=1, gallery=0, arms=("volume", "ct_radiomics"))
    assert "cube" not in " ".join(paragraphs(run))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (
            {"network": {"images": ["ct", "pt"], "encoder": "vit3d", "join": "channels"}},
            "a vit3d network on CT and PT as channels of one encoder",
        ),
        (
            {"network": {"images": ["ct"], "encoder": "vit3d", "mask": "gate", "head": "gated"}},
            "on CT with the mask as attention gate fused by gates",
        ),
        ({"average": ["ct", "pt"], "weighting": "stacked"}, "the mean, weighted by stacking"),
    ],
)
def test_models_say_how_networks_are_joined_and_risks_weighted(
    declared: dict[str, object], words: str
) -> None:
    assert words in describe_arm("arm", declared)


def test_frozen_encoders_are_named_with_their_weights() -> None:
    study = {
        "embeddings": {
            "ct": {"encoder": "resnet18", "weights": "med3d.safetensors"},
            "pt": {"encoder": "vit3d", "seed": 4},
        }
    }
    ct, pt = embedding_sentences(study)
    assert "a frozen resnet18 network with the weights med3d.safetensors" in ct
    assert "a frozen vit3d network with random weights (seed 4)" in pt


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (
            {"learner": "svm", "search": {"trials": 30, "parameters": {"cost": {}, "gamma": {}}}},
            "; the hyperparameters of the learner (cost and gamma) were chosen among 30 settings,",
        ),
        (
            {"learner": "cox", "search": {"trials": 9, "parameters": {"l1_ratio": {}}}},
            "among 9 settings, the defaults and random draws, by the mean C-index in inner folds",
        ),
        (
            {
                "grid": {"selectors": ["mrmr"], "learners": ["cox", "svm"]},
                "search": {"trials": 9, "parameters": {}},
            },
            "of each learner were chosen among 9 settings, the defaults and random draws",
        ),
        (
            {"grid": {"selectors": [], "learners": ["lda", "svm"]}},
            "x, the one of the learners (lda and svm) that was best in inner folds",
        ),
    ],
)
def test_a_search_says_among_what_and_by_what(declared: dict[str, object], words: str) -> None:
    assert words in describe_arm("x", {"blocks": ["ct"], **declared})
