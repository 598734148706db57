"""What a run keeps of its models' inputs, so that a model can be locked from the run alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.cohort import Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import CropBlock, FeatureTable, MappedArray, ModelInputs, PerturbedBlock
from tumorcast.imaging import digest_of
from tumorcast.report.run_files import damaged, require_files
from tumorcast.study.checked import write_json
from tumorcast.study.load import Study
from tumorcast.study.plan import Plan, resolve
from tumorcast.study.schema import Arm, StudyFile

DOCUMENT = "inputs.json"
FEATURES = "features.parquet"
CROPS = "crops"
FILES = "files"


@dataclass(frozen=True)
class KeptRun:
    """A finished run's plan and everything that its models may look at, with the outcome."""

    plan: Plan
    inputs: ModelInputs
    outcome: Outcome


def keep_inputs(run_dir: Path, plan: Plan, inputs: ModelInputs, outcome: Outcome) -> None:
    """Write into a run directory what `read_kept` reads; the crops lie there already."""
    inputs.table.frame.to_parquet(run_dir / FEATURES)
    times = outcome.time_days
    write_json(
        run_dir / DOCUMENT,
        {
            "study": study_document(with_files_in(plan.study, run_dir)),
            "cases": list(inputs.case_ids),
            "patients": list(inputs.patient_ids),
            "centres": list(inputs.table.centres),
            "event": outcome.event.tolist(),
            "time_days": None if times is None else times.tolist(),
            "levels": list(outcome.levels),
            "crops": {
                name: {
                    "file": block.array.path.name,
                    "present": block.present.tolist(),
                    "row": block.row.tolist(),
                }
                for name, block in inputs.crops.items()
                if isinstance(block.array, MappedArray)
            },
            "perturbed": [
                {"file": block.array.path.name, "columns": list(block.columns)}
                for block in inputs.table.perturbed
                if isinstance(block.array, MappedArray)
            ],
        },
    )


def read_kept(run_dir: Path) -> KeptRun:
    """Read what `keep_inputs` wrote.

    Raises
    ------
    StudyRefusedError
        ``RUN-01`` when the folder is no finished run, ``RUN-02`` when a file of it is damaged.
    """
    require_files(run_dir, (DOCUMENT, "run.json"))
    try:
        return _read(run_dir)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, StudyRefusedError):
            raise
        raise damaged(run_dir / DOCUMENT, error) from error


def _read(run_dir: Path) -> KeptRun:
    document = json.loads((run_dir / DOCUMENT).read_text(encoding="utf-8"))
    crops = {
        name: CropBlock(
            MappedArray(run_dir / CROPS / Path(kept["file"]).name),
            np.array(kept["present"], dtype=bool),
            np.array(kept["row"], dtype=np.int64),
        )
        for name, kept in document["crops"].items()
    }
    perturbed = tuple(
        PerturbedBlock.of(MappedArray(run_dir / CROPS / Path(kept["file"]).name), kept["columns"])
        for kept in document["perturbed"]
    )
    centres = tuple(document["centres"])
    table = FeatureTable(_read_features(run_dir / FEATURES), perturbed, centres)
    inputs = ModelInputs(table, crops, tuple(document["patients"]))
    if list(inputs.case_ids) != document["cases"]:
        raise ValueError(f"{FEATURES} and {DOCUMENT} list different cases")
    times = document["time_days"]
    outcome = Outcome(
        inputs.case_ids,
        np.array(document["event"], dtype=np.int64),
        None if times is None else np.array(times, dtype=np.float64),
        tuple(document.get("levels", ())),
    )
    return KeptRun(plan_of(document["study"], run_dir), inputs, outcome)


def _read_features(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    columns = {
        name: column
        if pd.api.types.is_float_dtype(column)
        else column.astype(object).where(column.notna(), None)
        for name, column in frame.items()
    }
    index = frame.index.astype(object)
    return pd.DataFrame(columns, index=index, columns=frame.columns)


def study_document(study: Study) -> dict[str, Any]:
    """Return a study file, its preset filled in, as plain JSON that `plan_of` reads."""
    return study.file.model_dump(mode="json", by_alias=True, exclude_unset=True)


def plan_of(document: Mapping[str, Any], base: Path) -> Plan:
    """Return the plan of a study document whose relative paths start at `base`."""
    given = dict(document)
    return resolve(Study(StudyFile.model_validate(given), base, given, {}))


def with_files_in(study: Study, folder: Path) -> Study:
    """Copy parameter files and weights into ``FOLDER/files``; return the study that names these.

    Equal files are kept once, under the start of their digest.
    """
    file = study.file

    def kept(key: str, path: str | None) -> dict[str, str]:
        return {} if path is None else {key: _kept(study.base / path, folder)}

    radiomics = {
        image: spec.model_copy(update=kept("params", spec.params))
        for image, spec in file.radiomics.items()
    }
    embeddings = {
        image: spec.model_copy(update=kept("weights", spec.weights))
        for image, spec in file.embeddings.items()
    }
    arms = {name: _arm_with_files(arm, study.base, folder) for name, arm in file.arms.items()}
    changed = {"radiomics": radiomics, "embeddings": embeddings, "arms": arms}
    return Study(file.model_copy(update=changed), folder, study.given, study.preset)


def _arm_with_files(arm: Arm, base: Path, folder: Path) -> Arm:
    network = arm.network
    if network is None or not network.weights:
        return arm
    weights = {image: _kept(base / path, folder) for image, path in network.weights.items()}
    return arm.model_copy(update={"network": network.model_copy(update={"weights": weights})})


def _kept(source: Path, folder: Path) -> str:
    """Copy a file, and the card beside it, into ``FOLDER/files`` and return its relative path."""
    name = f"{FILES}/{digest_of(source)[:16]}{source.suffix}"
    (folder / FILES).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / name)
    card = source.with_suffix(".json")
    if source.suffix == ".safetensors" and card.is_file():
        shutil.copyfile(card, (folder / name).with_suffix(".json"))
    return name
