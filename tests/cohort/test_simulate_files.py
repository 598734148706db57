"""A written cohort reads back as a user's folder does."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tumorcast.cohort import check_case, read_cohort
from tumorcast.cohort.simulate import SimulatedCohort, SimulatedFiles, simulate
from tumorcast.imaging import region_from_spec

Written = tuple[SimulatedCohort, SimulatedFiles]


@pytest.fixture(scope="module", params=["hnscc-dm", "net-pfs"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    simulated = simulate(request.param, n=5, seed=20)
    folder = tmp_path_factory.mktemp("cohort")
    told: list[str] = []
    files = simulated.write(folder, on_case=told.append)
    assert told == list(simulated.cohort.case_ids)
    return simulated, files


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_folder_reads_as_the_cohort_it_was(written: Written) -> None:
    simulated, files = written
    reading = read_cohort(files.cohort_source, files.columns, files.endpoint, base=files.folder)
    assert reading.cohort.case_ids == simulated.cohort.case_ids
    assert reading.cohort.centres == simulated.cohort.centres
    assert not [f for f in reading.findings if f.consequence in {"excluded", "refused"}]
    for read, drawn in zip(reading.cohort, simulated.cohort, strict=True):
        assert dict(read.clinical) == dict(drawn.clinical)
    assert reading.outcome.event.tolist() == simulated.outcome.event.tolist()
    assert reading.outcome.time_days == pytest.approx(simulated.outcome.time_days)


def test_the_voxels_on_disk_are_those_in_memory(written: Written) -> None:
    simulated, files = written
    reading = read_cohort(files.cohort_source, files.columns, files.endpoint, base=files.folder)
    for read, drawn in list(zip(reading.cohort, simulated.cohort, strict=True))[:2]:
        for name in drawn.images:
            a, b = read.source(name), drawn.source(name)
            assert np.array_equal(a.volume().array, b.volume().array)
            assert np.array_equal(a.tumor().array, b.tumor().array)
            assert a.volume().unit == b.volume().unit
            assert a.volume().geometry.matrix == pytest.approx(b.volume().geometry.matrix, abs=1e-4)
        shell = region_from_spec("shell_0_5mm", {"shell_mm": [0, 5]})
        assert not [f for f in check_case(read, (shell,)) if f.consequence == "excluded"]


def test_ordered_categories_are_written_as_texts(written: Written) -> None:
    simulated, files = written
    variable = next(v for v in simulated.spec.variables.variables if v.declaration.ranks)
    ranks = variable.declaration.ranks or {}
    for row, case in zip(rows_of(files.clinical), simulated.cohort, strict=True):
        value = case.clinical[variable.column]
        assert (row[variable.name] == "") == (value is None)
        assert value is None or ranks[row[variable.name]] == value


def test_every_column_is_in_the_dictionary(written: Written) -> None:
    _, files = written
    described = {(row["file"], row["column"]) for row in rows_of(files.dictionary)} - {
        ("manifest.csv", "id")
    }
    present = {
        (path.name, column)
        for path in (files.manifest, files.clinical)
        for column in rows_of(path)[0]
        if column != "id"
    }
    assert described == present


def test_the_truth_lies_apart_from_what_a_study_reads(written: Written) -> None:
    simulated, files = written
    causes = rows_of(files.truth)
    assert [row["id"] for row in causes] == list(simulated.cohort.case_ids)
    assert float(causes[2]["rim"]) == simulated.truth.cause("rim")[2]
    assert float(causes[2]["probability"]) == simulated.truth.probability()[2]
    attainable = {row["causes"]: float(row["auroc"]) for row in rows_of(files.attainable)}
    assert attainable["none"] == 0.5
    assert attainable["texture rim"] == simulated.truth.attainable_auroc(["texture", "rim"])
    assert not {"texture", "rim", "probability"} & set(files.columns)
