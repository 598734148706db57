from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tumorcast.cohort import CohortReading, read_cohort
from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource
from tumorcast.errors import StudyRefusedError

AGE = {"age": {"kind": "number", "known": "baseline"}}
ENDPOINT = {"name": "dm", "event": "dm", "time": "t", "time_unit": "days", "horizons_days": ["all"]}
BASELINE_CATEGORY = {"kind": "category", "known": "baseline"}


def read(
    base: Path,
    cohort: dict[str, Any],
    columns: dict[str, Any] | None = None,
    endpoint: dict[str, Any] | None = None,
    **more: Any,
) -> CohortReading:
    parsed = {key: ClinicalColumn.model_validate(c) for key, c in (columns or AGE).items()}
    return read_cohort(
        CohortSource.model_validate(cohort),
        parsed,
        EndpointSource.model_validate(endpoint or ENDPOINT),
        base,
        **more,
    )


def codes(reading: CohortReading, case: str) -> list[str]:
    return [finding.code for finding in reading.findings if finding.case == case]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a folder with a clinical table, a manifest and files for five patients."""
    (tmp_path / "clinical.csv").write_text(
        "id,age,dm,t,cycles\n001,61,1,100,4\n002,62,0,200,4\n003,63,1,300,2\n"
        "004,64,0,400,4\n004,64,0,400,4\n005,65,,500,4\n006,66,0,600,1\n"
    )
    (tmp_path / "manifest.csv").write_text(
        "id,ct,ct_mask,pt,pt_mask\n"
        "001,001.nii,001_m.nii,001p.nii,001p_m.nii\n"
        "002,002.nii,002_m.nii,,\n"
        "003,gone.nii,003_m.nii,,\n"
        "004,004.nii,004_m.nii,,\n"
        "005,005.nii,005_m.nii,,\n"
        "6,006.nii,006_m.nii,,\n"
    )
    for name in ("001", "002", "003", "004", "005", "006", "001p"):
        (tmp_path / f"{name}.nii").write_bytes(b"image " + name.encode())
        (tmp_path / f"{name}_m.nii").write_bytes(b"mask " + name.encode())
    return tmp_path


BOTH = {
    "table": "clinical.csv",
    "manifest": "manifest.csv",
    "images": {"ct": {"unit": "HU"}, "pt": {"unit": "SUVbw"}},
}


def test_every_listed_case_is_accounted_for(base: Path) -> None:
    reading = read(base, BOTH)
    assert reading.cohort.case_ids == ("001", "002", "004")
    assert reading.outcome.case_ids == reading.cohort.case_ids
    np.testing.assert_array_equal(reading.outcome.event, [1, 0, 0])
    np.testing.assert_array_equal(reading.outcome.time_days, [100, 200, 400])
    assert codes(reading, "003") == ["FIL-01"]
    assert codes(reading, "004") == ["IDS-02"]
    assert codes(reading, "005") == ["END-03"]
    assert codes(reading, "006") == codes(reading, "6") == ["IDS-04"]
    assert reading.case_ids == ("001", "002", "003", "004", "005", "006", "6")
    assert reading.flow == {"in": 7, "ok": 2, "repaired": 1, "excluded": 4, "failed": 0}


def test_an_absent_modality_is_no_fault(base: Path) -> None:
    cases = {case.case_id: case for case in read(base, BOTH).cohort}
    assert sorted(cases["001"].images) == ["ct", "pt"]
    assert sorted(cases["002"].images) == ["ct"]
    assert cases["001"].images["pt"].unit == "SUVbw"


def test_a_column_known_later_reaches_the_description_but_no_case(base: Path) -> None:
    columns = AGE | {"cycles": {"kind": "number", "known": "later"}}
    reading = read(base, BOTH, columns)
    assert reading.table["clinical.cycles"] == (4.0, 4.0, 4.0)
    assert reading.table["clinical.age"] == (61.0, 62.0, 64.0)
    assert all(set(case.clinical) == {"clinical.age"} for case in reading.cohort)


def test_a_leaky_name_refuses_unless_it_is_allowed(base: Path) -> None:
    columns = AGE | {"cycles": {"kind": "number", "known": "baseline"}}
    with pytest.raises(StudyRefusedError, match=r"CLN-05.*'cycles'"):
        read(base, BOTH, columns)
    reading = read(base, BOTH, columns, allow_leaky=["cycles"])
    assert "CLN-05" in [finding.code for finding in reading.findings]
    assert "clinical.cycles" in reading.cohort.cases[0].clinical


def test_the_same_image_under_two_ids_refuses(base: Path) -> None:
    (base / "002.nii").write_bytes((base / "001.nii").read_bytes())
    with pytest.raises(StudyRefusedError, match=r"IDS-07.*001 and 002 \(001.nii, 002.nii\)"):
        read(base, BOTH)


def test_a_workbook_beside_a_manifest_with_a_root_of_its_own(base: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "age", "dm", "t"], ["001", 61, 1, 10], ["002", 62, 0, 20]):
        book.active.append(row)
    (base / "tables").mkdir()
    book.save(base / "tables" / "clinical.xlsx")
    cohort = BOTH | {"table": "tables/clinical.xlsx", "root": "."}
    reading = read(base, cohort)
    assert reading.cohort.case_ids == ("001", "002")
    assert reading.cohort.cases[0].images["ct"].image == base / "001.nii"


def test_a_table_alone_is_a_cohort_without_images(base: Path) -> None:
    reading = read(base, {"table": "clinical.csv"})
    assert reading.cohort.case_ids == ("001", "002", "003", "004", "006")
    assert reading.cohort.image_names == ()


def test_one_table_may_hold_everything(base: Path) -> None:
    (base / "all.csv").write_text(
        "id,age,dm,t,scan,seg\n001,61,1,1,001.nii,001_m.nii\n002,62,0,2,002.nii,002_m.nii\n"
    )
    cohort = {
        "table": "all.csv",
        "images": {"ct": {"unit": "HU", "path": "{scan}", "mask": "{seg}"}},
    }
    assert read(base, cohort).cohort.cases[1].images["ct"].mask == base / "002_m.nii"


def test_every_absent_column_is_named_at_once(base: Path) -> None:
    cohort = BOTH | {"centre": "centr", "images": {"mr": {"unit": "arbitrary"}}}
    with pytest.raises(StudyRefusedError) as caught:
        read(base, cohort)
    assert [finding.found for finding in caught.value.findings] == [
        "cohort.images.mr {mr} names the column 'mr'",
        "cohort.images.mr {mr_mask} names the column 'mr_mask'",
        "cohort.centre names the column 'centr'",
    ]
    with pytest.raises(StudyRefusedError) as caught:
        read(base, BOTH, {"a": AGE["age"]}, ENDPOINT | {"time": "T", "followup": "f"})
    assert [finding.found.split()[0] for finding in caught.value.findings] == [
        "columns.a",
        "endpoint.time",
        "endpoint.followup",
    ]


def test_cases_that_a_layout_finds_are_matched_with_the_table_both_ways(
    tmp_path: Path, write_case: Callable[..., None]
) -> None:
    (tmp_path / "clinical.csv").write_text(
        "id,age,dm,t\n001,61,1,100\n002,62,0,200\n3,63,1,300\n009,64,0,400\n"
    )
    for seed, case_id in enumerate(("001", "002", "003", "044")):
        write_case(tmp_path / "nii" / f"{case_id}__CT.nii.gz", unit="HU", seed=seed)
        write_case(tmp_path / "nii" / f"{case_id}.nii.gz", labels=(1, 2), seed=seed)
    cohort = {
        "layout": "hecktor",
        "root": "nii",
        "table": "clinical.csv",
        "images": {"ct": {"unit": "HU"}},
    }
    reading = read(tmp_path, cohort)
    assert reading.cohort.case_ids == ("001", "002")
    assert reading.case_ids == ("001", "002", "3", "009", "003", "044")
    assert reading.flow == {"in": 6, "ok": 2, "repaired": 0, "excluded": 4, "failed": 0}
    unmatched = {f.case: f.fix for f in reading.findings if f.code == "IDS-04"}
    assert set(unmatched) == {"3", "009", "003", "044"}
    assert unmatched["3"] == "did you mean '003'? Write the id alike in both"
    assert unmatched["003"] == "did you mean '3'? Write the id alike in both"
    write_case(tmp_path / "nii" / "002.nii.gz", labels=(1, 2), seed=0)
    with pytest.raises(StudyRefusedError, match=r"IDS-07.*001 and 002"):
        read(tmp_path, cohort)


def test_the_id_column_must_be_in_both_tables(base: Path) -> None:
    (base / "manifest.csv").write_text("case,ct,ct_mask\n001,a,b\n")
    with pytest.raises(StudyRefusedError, match=r"TAB-04: \[manifest.csv\] cohort.id names"):
        read(base, BOTH)


def test_nobody_left_refuses_and_says_why(base: Path) -> None:
    for image in base.glob("*.nii"):
        image.unlink()
    with pytest.raises(StudyRefusedError) as caught:
        read(base, BOTH)
    found = Counter(finding.code for finding in caught.value.findings)
    assert found["IDS-08"] == 1
    assert found["FIL-01"] >= 3


def test_all_reasons_to_refuse_come_together(base: Path) -> None:
    (base / "clinical.csv").write_text("id,age,dm,t,OS\n001,x,yes,1,3\n002,y,no,-2,4\n")
    columns = AGE | {"OS": {"kind": "number", "known": "baseline"}}
    with pytest.raises(StudyRefusedError) as caught:
        read(base, {"table": "clinical.csv"}, columns)
    assert [finding.code for finding in caught.value.findings] == [
        "END-01",
        "END-05",
        "CLN-01",
        "CLN-05",
    ]


SARCOMA = {
    "root": ".",
    "table": "clinical.csv",
    "images": {
        name: {
            "unit": unit,
            "path": f"images/{{id}}/{{id}}__{name.upper()}.nii.gz",
            "mask": f"images/{{id}}/{{id}}__{name.upper()}_mask.nii.gz",
        }
        for name, unit in (("ct", "HU"), ("pt", "SUVbw"))
    },
}


@pytest.mark.real_data
def test_the_sarcoma_cohort_is_read_as_it_lies(real_data: Path) -> None:
    columns = AGE | {
        "grade": BASELINE_CATEGORY,
        "tx": {"kind": "category", "known": "later"},
    }
    endpoint = ENDPOINT | {"event": "LungMets", "time": "lungmets_days"}
    reading = read(real_data / "sarcoma", SARCOMA, columns, endpoint)
    assert reading.flow == {"in": 51, "ok": 51, "repaired": 0, "excluded": 0, "failed": 0}
    assert reading.outcome.event.sum() == 19
    assert reading.cohort.image_names == ("ct", "pt")
    assert sum(case.clinical["clinical.grade"] is None for case in reading.cohort) == 3


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("outcome", "CLN-05"),
        ("t_out", "CLN-05"),
        ("status", "CLN-05"),
        ("mets_event", "CLN-05"),
        ("LungMets", "CLN-06"),
    ],
)
def test_what_leaks_in_the_sarcoma_table_is_refused(
    real_data: Path, column: str, code: str
) -> None:
    endpoint = ENDPOINT | {"event": "LungMets", "time": "lungmets_days"}
    with pytest.raises(StudyRefusedError, match=f"{code}.*'{column}'"):
        read(real_data / "sarcoma", SARCOMA, {column: BASELINE_CATEGORY}, endpoint)


@pytest.mark.real_data
def test_the_head_and_neck_table_is_read_as_it_lies(real_data: Path) -> None:
    reading = read(
        real_data / "head_neck",
        {
            "table": "head_neck_pet_ct_clinical.csv",
            "centre": {"from_id": "^HN-([A-Z]+)-"},
        },
        {
            "hpv": {"kind": "flag", "known": "baseline", "column": "overall_hpv_status"},
            "sex": BASELINE_CATEGORY | {"levels": ["M", "F"]},
            "volume": {
                "kind": "number",
                "known": "baseline",
                "column": "vol",
                "unit": "mm3",
                "block": "volume",
            },
        },
        {
            "name": "distant metastasis",
            "event": "Distant",
            "time": "Time - diagnosis to DM (days)",
            "time_unit": "days",
            "followup": "Time - diagnosis to last follow-up(days)",
            "competing": "Death",
            "competing_time": "Time - diagnosis to Death (days)",
            "horizons_days": [730, "all"],
        },
    )
    assert reading.flow == {"in": 298, "ok": 296, "repaired": 2, "excluded": 0, "failed": 0}
    assert Counter(reading.cohort.centres) == {"CHUS": 101, "HGJ": 91, "CHUM": 65, "HMR": 41}
    assert Counter(reading.table["clinical.hpv"]) == {None: 174, 1.0: 78, 0.0: 46}
    assert Counter(reading.table["clinical.sex"]) == {"M": 227, "F": 71}
    assert (reading.outcome.event == 1).sum() == 40
    first = reading.cohort.cases[0]
    assert first.clinical["volume.volume"] == 29719.06836
    position = reading.cohort.case_ids.index("HN-CHUM-001")
    assert reading.outcome.time_days is not None
    assert reading.outcome.time_days[position] == 1806


@pytest.mark.real_data
def test_the_liver_workbook_needs_its_sheet_and_the_meaning_of_its_event(real_data: Path) -> None:
    file = "HCC-TACE-Seg_clinical_data-V2.xlsx"
    columns = {"afp": {"kind": "number", "known": "baseline", "column": "AFP", "block": "lab"}}
    event = "Censored_0_progressed_1"
    endpoint: dict[str, Any] = ENDPOINT | {"event": event, "time": "TTP", "time_unit": "weeks"}
    base = real_data / "hcc_tace"
    with pytest.raises(StudyRefusedError, match=r"TAB-03.*'data table', 'glossary'"):
        read(base, {"table": file, "id": "TCIA_ID"}, columns, endpoint)
    cohort = {"table": {"path": file, "sheet": "data table"}, "id": "TCIA_ID"}
    with pytest.raises(StudyRefusedError, match=r"END-02.*'0' in 60 cases, '1' in 45 cases"):
        read(base, cohort, columns, endpoint)
    endpoint["event"] = {"column": event, "is": 1}
    reading = read(base, cohort, columns, endpoint)
    assert reading.flow["ok"] == 105
    assert (reading.outcome.event == 1).sum() == 45
    assert reading.outcome.time_days is not None
    assert reading.outcome.time_days[0] == pytest.approx(197 * 7)
