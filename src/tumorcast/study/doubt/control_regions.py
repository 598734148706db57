"""The tumour's radiomics against those of negative controls, in the same model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.features import ModelInputs
from tumorcast.radiomics import RadiomicsExtractor, Settings, settings_of
from tumorcast.radiomics.negative_controls import Control, ControlExtractor
from tumorcast.study.doubt.blocks import widest_arm
from tumorcast.study.doubt.figures import auroc_figures
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.study.extraction import Job, run_jobs
from tumorcast.study.schema import Arm
from tumorcast.validation import Predictions

CONTROLS: Mapping[str, Control] = {
    "voxels shuffled": "shuffled",
    "region elsewhere in the body": "elsewhere",
}
INTACT = "as measured"

MOST_WITHOUT = 0.2
"""Share of the cases that may lack a control; with more, the model is of too few patients."""


def control_regions(trials: Trials) -> dict[str, Any]:
    """Measure the controls of every image and compare them with the tumour as it was measured.

    One model an image, on the tumour's columns alone, with the settings of the widest table arm.
    """
    images = dict(_images(trials))
    if not images:
        raise NotDoneError(
            "no image's radiomics are measured without filters (scepticism.controls: all measures "
            "the others too, at the cost of two more extractions)"
            if trials.spec.controls == "cheap" and trials.plan.study.file.radiomics
            else "there are no radiomics of the tumour, or scepticism.controls is none"
        )
    return {"images": [_of_image(trials, image, settings) for image, settings in images.items()]}


def _images(trials: Trials) -> Iterator[tuple[str, Settings]]:
    file = trials.plan.study.file
    for image, spec in file.radiomics.items():
        path = None if spec.params is None else trials.plan.study.base / spec.params
        settings = settings_of(spec.preset, path)
        cheap = len(settings.image_types) == 1 and settings.ibsi is None
        wanted = trials.spec.controls == "all" or (trials.spec.controls == "cheap" and cheap)
        if wanted and "tumor" in spec.regions and "tumor" not in file.lesions:
            yield image, settings


def _of_image(trials: Trials, image: str, settings: Settings) -> dict[str, Any]:
    arm = _arm(trials, image)
    every = {
        name: _measured(trials, image, settings, control) for name, control in CONTROLS.items()
    }
    without = {name: _n_without(of_control, image) for name, of_control in every.items()}
    most = MOST_WITHOUT * len(trials.inputs)
    inputs = {name: every[name] for name in CONTROLS if without[name] <= most}
    frames = [
        trials.fit({name: arm}, f"control {image}", inputs=of_control).predictions.frame.assign(
            arm=name
        )
        for name, of_control in {INTACT: trials.inputs, **inputs}.items()
    ]
    pairs = [(INTACT, name) for name in inputs]
    predictions = Predictions(pd.concat(frames, ignore_index=True))
    figures = auroc_figures(predictions, pairs=pairs, seed=trials.seed)
    return {
        "image": image,
        "cases": len(trials.inputs),
        "cases_without": without,
        "models": figures["arms"],
        "comparisons": figures["comparisons"],
    }


def _n_without(inputs: ModelInputs, image: str) -> int:
    frame = inputs.table.select([f"{image}.tumor"]).frame
    return int(frame.isna().all(axis=1).sum())


def _arm(trials: Trials, image: str) -> Arm:
    block = f"{image}.tumor"
    settings = widest_arm(trials.plan, trials.inputs.table)
    select = None if settings is None else settings.select
    return Arm(
        blocks=(block,),
        learner=(settings and settings.learner) or trials.plan.study.file.learner,
        select=(select or trials.plan.study.file.selection).model_copy(
            update={"among": None, "stable": None}
        ),
    )


def _measured(trials: Trials, image: str, settings: Settings, control: Control) -> ModelInputs:
    """Return the inputs with the tumour's columns as the control has them."""
    extractor = ControlExtractor(RadiomicsExtractor(image, (), settings), control, trials.seed)
    job = Job(control, extractor, (image,))
    stage = f"control {image}"
    by_case = run_jobs(stage, [job], trials.cohort, trials.machinery).by_job[control]
    frame = trials.inputs.table.frame.copy()
    columns = list(trials.inputs.table.select([f"{image}.tumor"]).columns)
    values = [
        [by_case.get(case_id, {}).get(name, np.nan) for name in columns]
        for case_id in trials.inputs.case_ids
    ]
    frame[columns] = np.array(values, dtype=np.float64)
    return replace(trials.inputs, table=replace(trials.inputs.table, frame=frame))
