from __future__ import annotations

from tumorcast.cohort.records import Records, match_records
from tumorcast.cohort.text_table import TextTable, table_of
from tumorcast.errors import Finding


def table(text: str, file: str = "t.csv") -> TextTable:
    lines = [(i, line.split(",")) for i, line in enumerate(text.splitlines(), start=1)]
    return table_of(file, lines)


def by_case(records: Records) -> dict[str, Finding]:
    return {finding.case: finding for finding in records.findings}


def test_one_table_is_both() -> None:
    records = match_records(table("id,age\n007,61\n7,62"), None, "id")
    assert [record.case_id for record in records.usable] == ["007", "7"]
    assert records.usable[0].cell("age") == records.usable[0].path_cell("age") == "61"
    assert records.listed == ("007", "7")
    assert records.findings == ()


def test_repeated_rows_are_merged_and_contradicting_ones_excluded() -> None:
    text = "id,age,sex\na,61,M\nb,50,F\na,61,M\nb,51,M\nc,40,F"
    records = match_records(table(text), None, "id")
    assert [record.case_id for record in records.usable] == ["a", "c"]
    found = by_case(records)
    assert (found["a"].code, found["a"].consequence) == ("IDS-02", "repaired")
    assert (found["b"].code, found["b"].consequence) == ("IDS-03", "excluded")
    assert found["b"].found == "rows 3, 5 differ in 'age', 'sex'"
    assert records.listed == ("a", "b", "c")


def test_a_row_without_an_id_or_with_broken_quoting_is_excluded_by_its_place() -> None:
    records = match_records(table("id,age\n,61\nb,50,x\nc,40"), None, "id")
    assert [record.case_id for record in records.usable] == ["c"]
    found = by_case(records)
    assert found["row 2 of t.csv"].code == "IDS-01"
    assert found["b"].code == "TAB-06"
    assert found["b"].found == "row 3 has 3 cells"
    assert records.listed == ("row 2 of t.csv", "b", "c")


def test_ids_are_matched_exactly_and_unmatched_ones_named_both_ways() -> None:
    clinical = table("id,age\nHN-001,61\n007,62\nonly,63\nd,64", "clinical.csv")
    manifest = table("id,ct\nhn_001,x\n7.0,y\nd,z\nother,w", "manifest.csv")
    records = match_records(clinical, manifest, "id")
    assert [record.case_id for record in records.usable] == ["d"]
    assert records.usable[0].cell("age") == "64"
    assert records.usable[0].path_cell("ct") == "z"
    found = by_case(records)
    assert {finding.code for finding in found.values()} == {"IDS-04"}
    assert "did you mean 'hn_001'?" in found["HN-001"].fix
    assert "did you mean 'HN-001'?" in found["hn_001"].fix
    assert "did you mean '7.0'?" in found["007"].fix
    assert found["only"].fix == "add the case to manifest.csv, or leave it out of clinical.csv"
    assert found["other"].file == "manifest.csv"
    assert records.listed == ("HN-001", "007", "only", "d", "hn_001", "7.0", "other")


def test_a_column_of_both_tables_is_clinical_in_one_and_a_path_in_the_other() -> None:
    records = match_records(
        table("id,ct\na,yes", "clinical.csv"), table("id,ct\na,a.nii", "manifest.csv"), "id"
    )
    assert records.usable[0].cell("ct") == "yes"
    assert records.usable[0].path_cell("ct") == "a.nii"
    assert records.usable[0].cell("absent") == ""


def test_every_one_of_many_unmatched_ids_is_named() -> None:
    clinical = table("id,age\n" + "\n".join(f"HN-{i:05d},1" for i in range(3000)))
    manifest = table("id,ct\n" + "\n".join(f"{i},x" for i in range(3000)), "m.csv")
    records = match_records(clinical, manifest, "id")
    assert len(records.findings) == 6000
