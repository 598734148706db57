"""Rows 48 to 56 and 58 to 62: the table, the endpoint, and the cohort as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset
from tests.bad_inputs.conftest import CASES, SPOILED, Export, the
from tests.imaging.dicom.conftest import Edit

from tumorcast import study
from tumorcast.errors import Finding
from tumorcast.study import Quality

N = 60


def codes(quality: Quality) -> list[str]:
    return [finding.code for finding in quality.findings]


def one(findings: Any, code: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.code == code]
    return finding  # type: ignore[no-any-return]


@pytest.fixture
def table(nifti: Export) -> Export:
    """Return a table of sixty cases without images, twenty of them with the event."""
    rows = [
        {
            "id": f"T{i:02d}",
            "age": str(40 + (7 * i) % 45),
            "stage": "I" if i % 4 else "II",
            "relapse": str(int(i % 3 == 0)),
            "days": str(200 + 31 * i),
        }
        for i in range(N)
    ]
    nifti.write_rows(rows)
    nifti.declare(
        cohort={"images": {}},
        columns={
            "age": {"kind": "number", "known": "baseline"},
            "stage": {"kind": "category", "known": "baseline"},
        },
        endpoint={"time": "days", "time_unit": "days", "horizons_days": ["all"]},
    )
    return nifti


def add(export: Export, name: str, cells: list[str], **declared: Any) -> None:
    rows = [row | {name: cell} for row, cell in zip(export.rows(), cells, strict=True)]
    export.write_rows(rows)
    column = {"kind": "number", "known": "baseline"} | declared
    export.declare(columns={name.lower(): column | {"column": name}})


def test_a_sound_table_has_no_findings(table: Export) -> None:
    assert table.check().findings == ()


def test_row_48_slices_of_different_thickness(ct: Export) -> None:
    def apart(data: Dataset, i: int) -> None:
        data.ImagePositionPatient[2] = 10.0 + 6.0 * i

    ct.edit(apart)
    finding = one(ct.check().findings, "COH-01")
    assert finding.consequence == "warning"
    assert finding.found == (
        "image 'scan': slices 3 to 6 mm apart: 3.0 mm in 5 cases, 6.0 mm in 1 cases"
    )
    assert "name the centre or the scanner of each case under cohort.centre" in finding.fix


def test_row_48_several_scanners_and_kernels(ct: Export) -> None:
    for number, case in enumerate(CASES):
        with Edit(ct.slices(case)[0]) as data:
            data.Manufacturer = "Acme" if number < 4 else "Other"
            data.ConvolutionKernel = "B30f" if number % 2 else "B70f"
    ct.declare(cohort={"centre": {"from_id": "C(0)"}})
    finding = one(ct.check().findings, "COH-02")
    assert finding.consequence == "warning"
    assert "2 scanners: Acme in 4 cases, Other in 2 cases" in finding.found
    assert "2 kernels: B70f in 3 cases, B30f in 3 cases" in finding.found
    assert "cohort.centre" not in finding.fix


def test_row_49_the_same_row_twice(table: Export) -> None:
    table.write_rows([*table.rows(), table.rows()[4]])
    quality = table.check()
    the(quality, "IDS-02", "repaired", case="T04", found="rows 6, 62", fix="delete", file=".csv")
    assert quality.flow["in"] == N


def test_row_49_rows_that_contradict_each_other(table: Export) -> None:
    table.write_rows([*table.rows(), table.rows()[4] | {"age": "99"}])
    the(
        table.check(),
        "IDS-03",
        "excluded",
        case="T04",
        found="rows 6, 62 differ in 'age'",
        fix="keep the right row",
        file="clinical.csv",
    )


def test_row_50_ids_keep_their_zeros_and_near_matches_are_named(nifti: Export) -> None:
    paths = [
        {
            "id": "c02" if case == SPOILED else case,
            "scan": f"images/{case}.nii.gz",
            "scan_mask": f"masks/{case}.nii.gz",
        }
        for case in CASES
    ]
    rows = nifti.rows()
    nifti.write_rows(paths)
    (nifti.root / "clinical.csv").rename(nifti.root / "manifest.csv")
    nifti.write_rows(rows)
    nifti.declare(cohort={"manifest": "manifest.csv", "images": {"scan": {"unit": "HU"}}})
    quality = nifti.check()
    assert quality.excluded == {"C02", "c02"}
    here, there = (f for f in quality.findings if f.code == "IDS-04")
    assert (here.case, there.case) == ("C02", "c02")
    assert "did you mean 'c02'?" in here.fix
    assert "did you mean 'C02'?" in there.fix


def test_row_51_how_a_table_was_read_is_echoed_without_a_patient(table: Export) -> None:
    path = table.root / "clinical.csv"
    text = path.read_text(encoding="utf-8").replace(",", ";")
    path.write_text(text, encoding="utf-16")
    finding = one(table.check().findings, "TAB-02")
    assert "utf-16 text separated by semicolon" in finding.found
    assert "60 rows with the columns 'id', 'age', 'stage', 'relapse', 'days'" in finding.found
    assert "T00" not in finding.line()
    assert finding.file == "clinical.csv"


def test_row_51_decimals_that_can_be_read_in_two_ways_are_asked_about(table: Export) -> None:
    add(table, "CgA", ["1,234"] * N)
    (finding,) = table.refused()
    assert (finding.code, finding.consequence) == ("TAB-03", "ask")
    assert 'declare `decimal: ","`' in finding.fix


def dated(table: Export, start: str, end: str, **dates: Any) -> list[dict[str, str]]:
    """Write the same dates for all cases but a few, and declare them as the endpoint's."""
    rows = [row | {"diagnosis": start, "last": end} for row in table.rows()]
    table.write_rows(rows)
    table.declare(
        endpoint={"time": "last", "time_unit": None, "dates": {"start": "diagnosis", **dates}}
    )
    return rows


def test_row_52_dates_that_can_be_read_in_two_ways_are_asked_about(table: Export) -> None:
    dated(table, "03/04/2020", "05/06/2021")
    findings = [finding for finding in table.refused() if finding.code == "END-09"]
    assert [finding.consequence for finding in findings] == ["ask", "ask"]
    assert "'diagnosis' holds 03/04/2020" in findings[0].found
    assert "3 April 2020 by DD/MM/YYYY or 4 March 2020 by MM/DD/YYYY" in findings[0].found
    assert 'format: "DD/MM/YYYY or MM/DD/YYYY"' in findings[0].fix
    dated(table, "03/04/2020", "05/06/2021", format="DD/MM/YYYY")
    assert table.check().flow["ok"] == N


def test_row_52_excel_numbers_and_years_of_two_digits_are_asked_about(table: Export) -> None:
    dated(table, "43924", "44000")
    assert "3 April 2020 by excel" in table.refused()[0].found
    dated(table, "43924", "44000", format="excel")
    assert table.check().flow["ok"] == N
    dated(table, "03.04.20", "05.06.21")
    finding = table.refused()[0]
    assert "a year of two digits by DD.MM.YY" in finding.found
    assert "years of four digits" in finding.fix


def test_row_52_an_impossible_order_or_an_odd_date_excludes_the_case(table: Export) -> None:
    rows = dated(table, "2020-04-03", "2021-06-05")
    rows[3]["last"] = "2019-06-05"
    rows[4]["last"] = "2021-02-30"
    rows[5]["diagnosis"] = "1900-01-01"
    table.write_rows(rows)
    findings = {f.case: f for f in table.check().findings if f.consequence == "excluded"}
    assert {case: finding.code for case, finding in findings.items()} == {
        "T03": "END-11",
        "T04": "END-10",
        "T05": "END-11",
    }
    assert "'last' is 2019-06-05, -303 days after 'diagnosis', 2020-04-03" in findings["T03"].found


def test_row_53_two_units_in_one_column_are_asked_about(table: Export) -> None:
    add(table, "hb", [f"{(130 if i % 5 else 13) * (1 + i % 7 / 40):.4g}" for i in range(N)])
    (finding,) = table.refused()
    assert (finding.code, finding.consequence) == ("CLN-07", "ask")
    assert "'hb' holds 12 numbers around 14 and 48 around 140" in finding.found
    assert "g/dL and g/L" in finding.found
    table.declare(columns={"hb": {"kind": "number", "known": "baseline", "same_unit": True}})
    assert table.check().flow["ok"] == N


def test_row_53_times_in_another_unit_than_declared(table: Export) -> None:
    table.declare(endpoint={"time_unit": "months"})
    (finding,) = table.refused()
    assert (finding.code, finding.consequence) == ("END-12", "refused")
    assert "the longest time is 169 years when 'days' is read in months" in finding.found


def test_row_54_a_code_for_missing_among_numbers(table: Export) -> None:
    add(table, "psa", ["999" if i % 9 == 0 else str(3 + i % 8) for i in range(N)])
    finding = one(table.check().findings, "CLN-04")
    assert finding.consequence == "warning"
    assert "'psa' is 999 in 7 cases" in finding.found
    assert "declare missing: [999]" in finding.fix


def relapses(table: Export) -> list[int]:
    return [int(row["relapse"]) for row in table.rows()]


def test_row_55_a_column_that_tells_the_event_alone(table: Export) -> None:
    cells = [str(10 * event + i % 7) for i, event in enumerate(relapses(table))]
    add(table, "marker", cells)
    (finding,) = table.refused()
    assert (finding.code, finding.consequence) == ("CLN-05", "refused")
    assert "'marker' looks as if known only after the outcome" in finding.found
    assert "AUROC 1.000" in finding.found
    assert "allow_leaky: [marker]" in finding.fix
    table.declare(allow_leaky=["marker"])
    assert one(table.check().findings, "CLN-05").consequence == "warning"


def test_row_55_a_column_that_is_filled_in_for_events_only(table: Export) -> None:
    add(
        table, "visit", [str(5 + i % 4) if event else "" for i, event in enumerate(relapses(table))]
    )
    (finding,) = table.refused()
    assert finding.code == "CLN-05"
    assert "whether it is filled in tells the event with AUROC 1.000" in finding.found


@pytest.mark.parametrize("name", ["recurrence date", "cause of death", "last follow-up", "OS"])
def test_row_55_a_name_that_speaks_of_later(table: Export, name: str) -> None:
    add(table, name, [str(i % 11) for i in range(N)])
    (finding,) = table.refused()
    assert finding.code == "CLN-05"
    assert "its name says so" in finding.found


def test_row_55_the_endpoint_among_the_predictors(table: Export) -> None:
    table.declare(columns={"days": {"kind": "number", "known": "baseline"}})
    assert [finding.code for finding in table.refused()] == ["CLN-06"]


@pytest.mark.parametrize(
    ("cells", "kind", "found"),
    [
        ([""] * N, "number", "is missing in every case"),
        (["1"] * N, "number", "is always '1"),
        ([f"text {i}" for i in range(N)], "category", "has 60 levels in 60 cases"),
    ],
)
def test_row_56_nothing_to_learn_from(
    table: Export, cells: list[str], kind: str, found: str
) -> None:
    add(table, "odd", cells, kind=kind)
    finding = one(table.check().findings, "CLN-03")
    assert finding.consequence == "warning"
    assert found in finding.found
    assert "remove the column" in finding.fix


@pytest.mark.slow
def test_row_56_such_columns_are_dropped_in_the_fold(table: Export) -> None:
    add(table, "odd", [""] * N)
    add(table, "same", ["1"] * N)
    result = study.run(table.study, output=table.root / "run")
    assert set(result.metrics["arms"]) == {"clinical"}
    assert result.report.is_file()


def test_row_58_reversed_and_text_flags_show_both_readings(table: Export) -> None:
    table.write_rows(
        [row | {"relapse": "yes" if row["relapse"] == "1" else "no"} for row in table.rows()]
    )
    (finding,) = table.refused()
    assert finding.code == "END-01"
    assert "'no' in 40 cases, 'yes' in 20 cases" in finding.found
    assert 'is: "no"} (40 cases)' in finding.fix
    assert 'is: "yes"} (20 cases)' in finding.fix


def test_row_58_times_of_zero(table: Export) -> None:
    rows = table.rows()
    rows[3]["days"] = "0"
    table.write_rows(rows)
    (finding,) = table.refused()
    assert finding.code == "END-05"
    assert "the time is 0 or below in 1 cases, 1 of them with the event: T03" in finding.found


def test_row_59_more_folds_than_events(table: Export) -> None:
    table.declare(validation={"folds": 30})
    (finding,) = table.refused()
    assert (finding.code, finding.consequence) == ("VAL-01", "refused")
    assert "20 patients with the event and 40 without cannot fill 30 folds" in finding.found
    assert "fold 1 has" in finding.found
    assert finding.fix == "set validation.folds=20"


def test_row_60_several_rows_of_one_patient_ask_for_the_column(table: Export) -> None:
    table.write_rows([row | {"patient_id": row["id"][:2]} for row in table.rows()])
    (finding,) = table.refused()
    assert (finding.code, finding.consequence) == ("IDS-05", "ask")
    assert "'patient_id' names 6 patients in several rows" in finding.found
    assert finding.fix == "declare cohort.patient: patient_id"
    table.declare(cohort={"patient": "patient_id"})
    assert one(table.check().findings, "IDS-05").consequence == "warning"


def test_row_61_a_horizon_beyond_follow_up_is_cut(table: Export) -> None:
    table.declare(endpoint={"horizons_days": [5000]})
    finding = one(table.check().findings, "VAL-02")
    assert finding.consequence == "repaired"
    assert "0 of 60 cases are followed beyond the horizon of 5000 days" in finding.found
    assert "the horizon is 1749 days instead" in finding.found
    assert finding.fix == "set endpoint.horizons_days to 1749 or less"


def test_row_62_more_columns_than_events_can_carry(table: Export) -> None:
    for number in range(4):
        cells = [str((i * (number + 3)) % 17) for i in range(N)]
        add(table, f"lab{number}", cells)
    finding = one(table.check().findings, "PLN-03")
    assert finding.consequence == "warning"
    assert "10 events in a training fold for up to 6 columns (clinical 6): 1.7 events a column" in (
        finding.found
    )
    assert finding.expected == "2 or more"
