from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.cohort.readers.detect import decimal_of, decoded, delimiter_of, split
from tumorcast.errors import StudyRefusedError

TEXT = "id,Größe\nä,1\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_encodings_are_told_by_their_bytes(data: bytes, encoding: str) -> None:
    assert decoded(data, "t.csv") == (TEXT, encoding)


def test_bytes_of_no_known_encoding_are_asked_about() -> None:
    with pytest.raises(StudyRefusedError, match=r"TAB-03.*byte 2 fits neither") as caught:
        decoded(b"a,\x81\xff\n", "t.csv")
    assert caught.value.findings[0].consequence == "ask"


@given(st.sampled_from(",;\t|"), st.integers(2, 5), st.integers(1, 6))
def test_the_delimiter_that_gives_even_rows_is_found(mark: str, width: int, height: int) -> None:
    row = mark.join(["x y"] * width)
    assert delimiter_of("\n".join([row] * (height + 1)), "t.csv") == mark


def test_delimiters_inside_quotes_do_not_count() -> None:
    assert delimiter_of('id,note\n1,"a;b;c"\n2,"d, e"\n', "t.csv") == ","


def test_a_broken_row_does_not_hide_the_delimiter() -> None:
    assert delimiter_of("id;note\n1;a\n2;b;c\n3;d\n", "t.csv") == ";"


def test_a_single_column_has_no_delimiter_to_find() -> None:
    assert delimiter_of("id\n1\n2\n", "t.csv") == ","


def test_two_delimiters_that_fit_alike_are_asked_about() -> None:
    with pytest.raises(StudyRefusedError, match=r"TAB-03.*comma and semicolon both"):
        delimiter_of("a,b;c\n1,2;3\n", "t.csv")


def test_lines_are_numbered_as_an_editor_shows_them() -> None:
    assert split('id,note\r\n1,"two\nlines"\r\n2,x\r\n', ",", "t.csv") == [
        (1, ["id", "note"]),
        (3, ["1", "two\nlines"]),
        (4, ["2", "x"]),
    ]


@pytest.mark.parametrize("text", ['id,note\n1,"never closed\n', "id\n" + "x" * 200_000 + "\n"])
def test_broken_quoting_is_refused(text: str) -> None:
    with pytest.raises(StudyRefusedError, match=r"TAB-01.*line"):
        split(text, ",", "t.csv")


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1.5", "2"], "."),
        (["1,5", "2"], ","),
        (["1,234", "0,5"], ","),
        (["-12,25"], ","),
        (["a,b", "1,2,3"], "."),
        ([], "."),
    ],
)
def test_decimal_marks(cells: list[str], mark: str) -> None:
    assert decimal_of([cells], "t.csv") == mark


@pytest.mark.parametrize("cells", [["1,5", "1.5"], ["1,234", "56,789"]])
def test_decimals_that_can_be_read_in_two_ways_are_asked_about(cells: list[str]) -> None:
    with pytest.raises(StudyRefusedError, match=r"TAB-03.*in two ways"):
        decimal_of([cells], "t.csv")
