"""The ledger of bad inputs: every row is claimed with tests that exist, or is open."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "bad-inputs.md").read_text(encoding="utf-8")
ROWS = {
    int(cells[0]): cells[1:]
    for line in PAGE.splitlines()
    if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 4
    and cells[0].isdecimal()
}
BY_OTHER_NAMES = {66}
"""Rows whose tests say in the engine's own words what survives; see their modules."""


def names_in(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return " ".join(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_row_is_in_the_ledger() -> None:
    assert list(ROWS) == list(range(1, 67))


@pytest.mark.parametrize("row", [row for row in ROWS if ROWS[row][2] != "open"])
def test_a_claimed_row_has_its_tests(row: int) -> None:
    _, codes, tests = ROWS[row]
    text = ""
    for name in re.findall(r"`([^`]+)`", tests):
        module = ROOT / "tests" / name
        assert row in BY_OTHER_NAMES or f"test_row_{row:02d}_" in names_in(module), name
        text += module.read_text(encoding="utf-8")
    assert text
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    for code in re.findall(r"`([^`]+)`", codes):
        assert f'"{code}"' in source


def test_no_tested_row_is_called_open() -> None:
    named = " ".join(names_in(path) for path in (ROOT / "tests").rglob("test_*.py"))
    tested = {int(number) for number in re.findall(r"test_row_(\d\d)_", named)}
    assert {row for row in tested if ROWS[row][2] == "open"} == set()


def test_every_code_of_the_source_is_on_the_page() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    made = set(re.findall(r"\(\s*\"([A-Z]{3}-\d\d)\",", source))
    listed = set(re.findall(r"^\| `([A-Z]{3}-\d\d)` \|", PAGE, re.MULTILINE))
    assert made - listed == set(), "run: python docs/list_findings.py"
    assert listed - made == set(), "run: python docs/list_findings.py"
