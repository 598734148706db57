"""Every piece of a study file on the page about data is accepted as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from tumorcast.cohort.lesions import AGGREGATES
from tumorcast.cohort.schema import CohortSource, EndpointSource, ImageTemplate
from tumorcast.study.schema import LesionSpec, RadiomicsSpec, ValidationSpec

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
PIECES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
MODELS: dict[str, type[BaseModel]] = {
    "cohort": CohortSource,
    "endpoint": EndpointSource,
    "ct": ImageTemplate,
}
ENTRIES: dict[str, type[BaseModel]] = {"lesions": LesionSpec, "radiomics": RadiomicsSpec}


@pytest.mark.parametrize("piece", PIECES, ids=",".join)
def test_a_piece_of_a_study_file_is_accepted(piece: dict[str, dict[str, object]]) -> None:
    for key, value in piece.items():
        if key in MODELS:
            MODELS[key].model_validate(value)
        elif key == "validation":
            ValidationSpec.model_validate({"folds": 2, "repeats": 1, "seed": 1, **value})
        else:
            model = ENTRIES[key]
            for entry in value.values():
                model.model_validate(entry)


def test_the_page_names_every_layout_and_aggregate() -> None:
    layouts = CohortSource.model_json_schema()["properties"]["layout"]["enum"]
    listed = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {*layouts, *AGGREGATES} <= listed
    assert len(PIECES) == 8
