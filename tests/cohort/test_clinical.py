from __future__ import annotations

from typing import Any

import pytest

from tumorcast.cohort.clinical import ParsedColumn, column_tokens, parse_column
from tumorcast.cohort.records import match_records
from tumorcast.cohort.schema import DEFAULT_MISSING, ClinicalColumn
from tumorcast.cohort.text_table import table_of


def parse(cells: list[str], *, decimal: str = ".", **declared: Any) -> ParsedColumn:
    lines = [(1, ["id", "x"]), *((i + 2, [f"c{i}", cell]) for i, cell in enumerate(cells))]
    table = table_of("t.csv", lines, decimal=decimal, missing=DEFAULT_MISSING)
    column = ClinicalColumn.model_validate({"known": "baseline", "column": "x"} | declared)
    return parse_column("key", column, match_records(table, None, "id").usable, table)


def codes(parsed: ParsedColumn) -> list[str]:
    return [finding.code for finding in parsed.findings]


def test_numbers_flags_and_categories() -> None:
    assert parse(["61,5", "", "N/A", "7"], decimal=",", kind="number").values == (
        61.5,
        None,
        None,
        7.0,
    )
    assert parse(["+", "-", "N/A", "no"], kind="flag").values == (1.0, 0.0, None, 0.0)
    assert parse(["T1", "None", "NA", "T1"], kind="category").values == ("T1", "None", None, "T1")
    assert parse(["1", "2"], kind="number", block="lab").name == "lab.key"


def test_declared_codes_replace_the_tables_and_numbers_are_compared_as_numbers() -> None:
    assert parse(["99.0", "1", "", "2"], kind="number", missing=[99]).values == (None, 1, None, 2)
    assert parse(["N/A", "a", "?", "a"], kind="category", missing=["?"]).values == (
        "N/A",
        "a",
        None,
        "a",
    )


def test_a_wrong_cell_is_missing_with_a_warning_that_names_row_and_value() -> None:
    parsed = parse(["1", "2", "<0.5", "3"], kind="number")
    assert parsed.values == (1.0, 2.0, None, 3.0)
    (finding,) = parsed.findings
    assert (finding.code, finding.consequence, finding.case) == ("CLN-01", "warning", "c2")
    assert "'x' is '<0.5' in row 4" in finding.found
    assert 'missing: ["<0.5"]' in finding.fix


@pytest.mark.parametrize(
    ("cells", "declared"),
    [
        (["a", "b", "1"], {"kind": "number"}),
        (["1", "2", "3"], {"kind": "flag"}),
        (["a", "b", "c"], {"kind": "category", "levels": ["a"]}),
    ],
)
def test_a_column_that_is_mostly_something_else_refuses_the_study(
    cells: list[str], declared: dict[str, Any]
) -> None:
    (finding, *_) = parse(cells, **declared).findings
    assert (finding.code, finding.consequence) == ("CLN-01", "refused")
    assert "2 of 3 cells of 'x'" in finding.found


def test_spellings_of_one_category_are_merged_into_the_most_frequent() -> None:
    parsed = parse(["M", "m", "F", "M", "stage  IV", "Stage IV", "Stage IV"], kind="category")
    assert parsed.values == ("M", "M", "F", "M", "Stage IV", "Stage IV", "Stage IV")
    (finding,) = parsed.findings
    assert (finding.code, finding.consequence) == ("CLN-02", "repaired")
    assert "'m' (1) as 'M'" in finding.found
    assert "'stage IV' (1) as 'Stage IV'" in finding.found


def test_declared_levels_give_the_spelling_and_the_limits() -> None:
    parsed = parse(["m", "m", "F", "other", "M"], kind="category", levels=["M", "F"])
    assert parsed.values == ("M", "M", "F", None, "M")
    assert codes(parsed) == ["CLN-01", "CLN-02"]


@pytest.mark.parametrize(
    ("cells", "kind", "words"),
    [
        (["", "NA"], "number", "missing in every case"),
        (["5", "5"], "number", "always '5.0'"),
        ([f"text {i}" for i in range(30)], "category", "30 levels in 30 cases"),
    ],
)
def test_columns_with_nothing_to_learn_are_warned_of(
    cells: list[str], kind: str, words: str
) -> None:
    (finding,) = parse(cells, kind=kind).findings
    assert (finding.code, finding.consequence) == ("CLN-03", "warning")
    assert words in finding.found


def test_codes_for_missing_among_numbers_are_warned_of() -> None:
    ages = [str(age) for age in range(40, 90, 2)]
    (finding,) = parse([*ages, "999", "999"], kind="number").findings
    assert (finding.code, finding.consequence) == ("CLN-04", "warning")
    assert "999 in 2 cases" in finding.found
    assert codes(parse([*ages, "-1", "-1"], kind="number")) == ["CLN-04"]
    assert codes(parse([*ages, "99", "99"], kind="number")) == []  # two patients may be 99
    assert codes(parse([*ages, "999"], kind="number")) == []


def test_words_of_a_name() -> None:
    assert column_tokens("LungMets_days") == ["lung", "mets", "days"]
    assert column_tokens("Time - diagnosis to DM (days)") == [
        "time",
        "diagnosis",
        "to",
        "dm",
        "days",
    ]


def test_an_ordinal_column_is_read_as_its_rank() -> None:
    ranks = {"T1": 1, "T4a": 4, "T4b": 4}
    parsed = parse(["T1", "t4A", "T4b", "Tx"], kind="ordinal", ranks=ranks)
    assert parsed.values == (1.0, 4.0, 4.0, None)
    assert codes(parsed) == ["CLN-01"]
    assert "T1, T4a, T4b" in parsed.findings[0].expected


@pytest.mark.parametrize(
    "declared", [{"kind": "ordinal"}, {"kind": "category", "ranks": {"T1": 1}}]
)
def test_ranks_and_ordinal_belong_together(declared: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="ordinal needs ranks"):
        ClinicalColumn.model_validate({"known": "baseline"} | declared)
