from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from tumorcast.cohort import CohortReading, read_cohort
from tumorcast.cohort.propose import Proposal, propose_study
from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource
from tumorcast.errors import StudyRefusedError


def run(proposal: Proposal, base: Path) -> CohortReading:
    """Read the cohort as a study file made of the proposal would."""
    document: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(proposal.document)))
    return read_cohort(
        CohortSource.model_validate(document["cohort"]),
        {key: ClinicalColumn.model_validate(c) for key, c in document["columns"].items()},
        EndpointSource.model_validate(document["endpoint"]),
        base,
    )


def write_table(path: Path, n: int = 40, extra: tuple[str, ...] = ()) -> None:
    header = ["case_id", "age", "sex", "LDH", "hpv", "report", "visit", "always", "event", "days"]
    rows: list[list[object]] = [
        [
            f"P-{'NS'[i % 2]}-{i:02d}",
            40 + i % 30,
            "mf"[i % 2],
            200 + i if i % 9 else "unk",
            "+-"[i % 3 > 0],
            f"free text {i}",
            f"2020-01-{i % 28 + 1:02d}",
            1,
            int(i % 4 == 0),
            10 * i + 300,
        ]
        for i in range(n)
    ]
    for row in rows:
        row += [f"images/{row[0]}_{name}.nii" for name in extra]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*header, *extra], *rows])


def write_images(folder: Path, names: tuple[str, ...], n: int = 40) -> None:
    (folder / "images").mkdir()
    for i in range(n):
        for name in names:
            file = folder / "images" / f"P-{'NS'[i % 2]}-{i:02d}_{name}.nii"
            file.write_bytes(f"{name} {i}".encode())


def test_a_table_alone_gives_a_study_that_runs(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    proposal = propose_study(tmp_path / "table.csv", base=tmp_path)
    assert proposal.document["cohort"] == {
        "root": ".",
        "table": "table.csv",
        "id": "case_id",
        "centre": {"from_id": "^[A-Za-z0-9]+[-_]([A-Za-z]+)[-_]"},
    }
    assert proposal.document["columns"] == {
        "age": {"kind": "number", "known": "baseline"},
        "sex": {"kind": "category", "known": "baseline"},
        "LDH": {"kind": "number", "known": "baseline", "block": "lab", "missing": ["unk"]},
        "hpv": {"kind": "flag", "known": "baseline"},
    }
    assert proposal.document["endpoint"] == {
        "name": "event",
        "event": "event",
        "time": "days",
        "time_unit": "days",
        "horizons_days": ["all"],
    }
    reading = run(proposal, tmp_path)
    assert reading.flow["ok"] == 40
    assert set(reading.cohort.centres) == {"N", "S"}


def test_every_guess_and_omission_has_a_note(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    notes = propose_study(tmp_path / "table.csv", base=tmp_path).notes
    for key in ("cohort.id", "cohort.centre", "endpoint.event", "endpoint.time", "columns"):
        assert key in notes
    assert "free text, 40 different cells" in notes["columns.report"]
    assert "dates are no variables" in notes["columns.visit"]
    assert "it never changes" in notes["columns.always"]
    assert "unk among numbers" in notes["columns.LDH.missing"]


def test_a_table_with_columns_of_paths(tmp_path: Path) -> None:
    extra = ("ct", "ct_mask", "pet", "pet_mask")
    write_table(tmp_path / "table.csv", extra=extra)
    write_images(tmp_path, extra)
    (tmp_path / "studies").mkdir()
    proposal = propose_study(tmp_path / "table.csv", base=tmp_path / "studies")
    assert proposal.document["cohort"]["root"] == ".."
    assert proposal.document["cohort"]["images"] == {
        "ct": {"unit": "HU", "path": "{ct}", "mask": "{ct_mask}"},
        "pt": {"unit": "SUVbw", "path": "{pet}", "mask": "{pet_mask}"},
    }
    assert not set(extra) & set(proposal.document["columns"])
    reading = run(proposal, tmp_path / "studies")
    assert reading.flow["ok"] == 40
    assert reading.cohort.image_names == ("ct", "pt")


def test_a_manifest_beside_a_table(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    write_images(tmp_path, ("image", "mask"))
    lines = [f"P-{'NS'[i % 2]}-{i:02d}" for i in range(40)]
    rows = [f"{name},images/{name}_image.nii,images/{name}_mask.nii" for name in lines]
    (tmp_path / "cases.csv").write_text("\n".join(["case_id,Image,Mask", *rows]) + "\n")
    proposal = propose_study(tmp_path / "cases.csv", table=tmp_path / "table.csv", base=tmp_path)
    assert proposal.document["cohort"]["manifest"] == "cases.csv"
    assert proposal.document["cohort"]["images"] == {"image": {"unit": "arbitrary"}}
    assert run(proposal, tmp_path).flow["ok"] == 40


def test_files_that_bear_the_ids_are_found(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    write_images(tmp_path, ("CT", "CT_seg"))
    proposal = propose_study(tmp_path / "table.csv", base=tmp_path)
    assert proposal.document["cohort"]["images"] == {
        "ct": {"unit": "HU", "path": "images/{id}_CT.nii", "mask": "images/{id}_CT_seg.nii"}
    }
    assert run(proposal, tmp_path).cohort.image_names == ("ct",)


def test_a_folder_of_images_with_its_table_or_beside_one(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    write_images(folder, ("CT", "CT_seg"))
    with pytest.raises(StudyRefusedError, match=r"PRO-03.*the folder holds 0 tables"):
        propose_study(folder, base=tmp_path)
    write_table(tmp_path / "table.csv")
    beside = propose_study(folder, table=tmp_path / "table.csv", base=tmp_path)
    assert beside.document["cohort"]["root"] == "scans"
    assert run(beside, tmp_path).cohort.image_names == ("ct",)
    write_table(folder / "own.csv")
    assert propose_study(folder, base=tmp_path).document["cohort"]["table"] == "scans/own.csv"
    write_table(folder / "second.csv")
    with pytest.raises(StudyRefusedError, match=r"PRO-03.*such as own.csv and second.csv"):
        propose_study(folder, base=tmp_path)


def test_two_images_of_one_modality_keep_their_names(tmp_path: Path) -> None:
    extra = ("ct_venous", "ct_venous_mask", "ct_arterial", "ct_arterial_mask")
    write_table(tmp_path / "table.csv", extra=extra)
    write_images(tmp_path, extra)
    images = propose_study(tmp_path / "table.csv", base=tmp_path).document["cohort"]["images"]
    assert {name: (image["path"], image["mask"]) for name, image in images.items()} == {
        "ct": ("{ct_venous}", "{ct_venous_mask}"),
        "ct_arterial": ("{ct_arterial}", "{ct_arterial_mask}"),
    }


def test_what_is_given_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "nr,name,state,months,t2\n"
        + "".join(f"{i},n{i},{'DA'[i % 2]},{i + 1},{i + 2}\n" for i in range(9))
    )
    proposal = propose_study(
        tmp_path / "t.csv", id="name", event="state=D", time="t2", base=tmp_path
    )
    assert proposal.document["cohort"]["id"] == "name"
    assert proposal.document["endpoint"]["event"] == {"column": "state", "is": "D"}
    assert proposal.document["endpoint"]["time"] == "t2"
    assert "cohort.id" not in proposal.notes
    assert run(proposal, tmp_path).outcome.event.sum() == 5


def test_a_text_that_plainly_means_yes_is_taken(tmp_path: Path) -> None:
    cells = "".join(f"{i},{'dead' if i % 3 else 'alive'},{i + 1}\n" for i in range(9))
    (tmp_path / "t.csv").write_text("id,state,x\n" + cells)
    proposal = propose_study(tmp_path / "t.csv", event="state", base=tmp_path)
    assert proposal.document["endpoint"]["event"] == {"column": "state", "is": "dead"}
    assert "'dead' means" in proposal.notes["endpoint.event"]
    assert "time" not in proposal.document["endpoint"]


def test_what_tells_the_outcome_too_well_is_known_later(tmp_path: Path) -> None:
    cells = "".join(f"{i},{int(i > 20)},{i + 0.5},{i % 7}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("id,event,marker,age\n" + cells)
    proposal = propose_study(tmp_path / "t.csv", base=tmp_path)
    assert proposal.document["columns"]["marker"]["known"] == "later"
    assert "AUROC 1.000" in proposal.notes["columns.marker.known"]
    assert run(proposal, tmp_path).flow["ok"] == 40


def test_names_that_a_study_file_cannot_hold_get_a_key(tmp_path: Path) -> None:
    cells = "".join(f"{i},{i % 2},{i % 5},{i % 3},{i % 7}\n" for i in range(20))
    (tmp_path / "t.csv").write_text("id,event,CgA (ng/ml),1st.line,1st line\n" + cells)
    columns = propose_study(tmp_path / "t.csv", base=tmp_path).document["columns"]
    assert {key: column.get("column") for key, column in columns.items()} == {
        "cga_ng_ml": "CgA (ng/ml)",
        "c_1st_line": "1st.line",
        "c_1st_line_2": "1st line",
    }


def test_the_largest_sheet_of_a_workbook_is_taken(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["glossary"])
    sheet = book.create_sheet("data")
    for row in (["id", "event", "age"], *([i, i % 2, i % 5] for i in range(9))):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    proposal = propose_study(tmp_path / "t.xlsx", base=tmp_path)
    assert proposal.document["cohort"]["table"] == {"path": "t.xlsx", "sheet": "data"}
    assert run(proposal, tmp_path).flow["ok"] == 9


def test_a_manifest_whose_id_is_called_otherwise_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,event,age\n1,0,3\n2,1,3\n")
    (tmp_path / "m.csv").write_text("ID,Image,age\n1,a.nii,3\n2,b.nii,3\n")
    with pytest.raises(StudyRefusedError, match="PRO-01") as caught:
        propose_study(tmp_path / "m.csv", table=tmp_path / "t.csv", base=tmp_path)
    (finding,) = caught.value.findings
    assert finding.found.endswith("they share age")
    assert "same name in both tables" in finding.fix


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("a,event\n1,0\n1,1\n2,0\n", {}, "PRO-01"),
        ("id,age\n1,0\n2,1\n", {}, "PRO-02"),
        ("id,state\n1,A\n2,B\n3,C\n", {"event": "state"}, "PRO-02"),
        ("id,event\n1,0\n2,1\n", {"id": "case"}, "TAB-04"),
        ("id,event\n1,0\n2,1\n", {"event": "evnt"}, "TAB-04"),
        ("id,event\n1,0\n2,1\n", {"time": "days"}, "TAB-04"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(
    tmp_path: Path, text: str, options: dict[str, str], code: str
) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(StudyRefusedError, match=code):
        propose_study(tmp_path / "t.csv", base=tmp_path, **options)  # type: ignore[arg-type]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "options", "n", "images"),
    [
        ("sarcoma/clinical.csv", {}, 51, ("ct", "pt")),
        ("head_neck/head_neck_pet_ct_clinical.csv", {"event": "Distant"}, 298, ()),
        (
            "hcc_tace/HCC-TACE-Seg_clinical_data-V2.xlsx",
            {"event": "Censored_0_progressed_1=1", "time": "TTP"},
            105,
            (),
        ),
    ],
)
def test_real_tables_give_studies_that_run(
    real_data: Path, file: str, options: dict[str, str], n: int, images: tuple[str, ...]
) -> None:
    proposal = propose_study(real_data / file, base=real_data, **options)  # type: ignore[arg-type]
    reading = run(proposal, real_data)
    assert reading.flow["in"] == n
    assert reading.flow["excluded"] == 0
    assert reading.cohort.image_names == images


@pytest.mark.real_data
def test_the_head_and_neck_endpoint_is_proposed_with_its_competing_death(real_data: Path) -> None:
    proposal = propose_study(
        real_data / "head_neck/head_neck_pet_ct_clinical.csv", event="Distant", base=real_data
    )
    assert proposal.document["endpoint"] == {
        "name": "distant",
        "event": "Distant",
        "time": "Time - diagnosis to DM (days)",
        "time_unit": "days",
        "followup": "Time - diagnosis to last follow-up(days)",
        "competing": "Death",
        "competing_time": "Time - diagnosis to Death (days)",
        "horizons_days": [730, "all"],
    }
    assert proposal.document["columns"]["vol"]["block"] == "volume"


def test_accents_leave_their_letters_in_a_columns_key(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 2},{170 + i},{60 + i}\n" for i in range(9))
    text = "id,event,Größe (cm),Âge\n" + rows
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    columns = propose_study(tmp_path / "t.csv", base=tmp_path).document["columns"]
    assert {key: column["column"] for key, column in columns.items()} == {
        "grosse_cm": "Größe (cm)",
        "age": "Âge",
    }


@pytest.mark.parametrize(
    ("event", "time"),
    [("Relapse", "RFS"), ("Progression", "Progression free survival"), ("death", "OS")],
)
def test_the_usual_names_of_times_to_events_are_known(
    tmp_path: Path, event: str, time: str
) -> None:
    rows = [[f"C{i}", "01"[i % 3 == 0], 100 + 31 * i, i % 2] for i in range(20)]
    with (tmp_path / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["PatientID", event, time, "tx"]])
        csv.writer(file).writerows(rows)
    proposal = propose_study(tmp_path / "table.csv", base=tmp_path)
    assert proposal.document["endpoint"]["event"] == event
    assert proposal.document["endpoint"]["time"] == time
    assert proposal.notes["columns.tx.known"] == "guess: a treatment; later if chosen afterwards"


def test_what_lies_far_away_is_named_by_its_whole_path(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    near, far = tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"
    proposals = [propose_study(tmp_path / "table.csv", base=base) for base in (near, far)]
    assert [one.document["cohort"]["table"] for one in proposals] == [
        "../../table.csv",
        (tmp_path / "table.csv").resolve().as_posix(),
    ]
    assert run(proposals[1], far).flow["ok"] == 40
