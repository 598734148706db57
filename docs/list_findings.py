"""Writes the list of findings in bad-inputs.md anew from the source.

Usage: python docs/list_findings.py
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "bad-inputs.md"
SOURCE = ROOT / "src" / "tumorcast"
HEADING = "## Every code"
CONSEQUENCES = ("repaired", "warning", "excluded", "ask", "refused")
_CODE = re.compile(r"[A-Z]{3}-\d\d")
_LONGEST = 150


@dataclass(frozen=True)
class Use:
    """One place of the source that makes a finding."""

    code: str
    consequences: tuple[str, ...]
    found: str
    fix: str
    module: str


def uses() -> list[Use]:
    """Return every finding of the source, by code."""
    found = [
        use
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for use in _use(node, path.relative_to(SOURCE).as_posix())
    ]
    return sorted(found, key=lambda use: use.code)


def table() -> str:
    """Return the list as a Markdown table, one line a code."""
    lines = ["| code | what happens | found, such as | how to mend it |", "|---|---|---|---|"]
    by_code: dict[str, list[Use]] = {}
    for use in uses():
        by_code.setdefault(use.code, []).append(use)
    for code, same in by_code.items():
        each = {consequence for use in same for consequence in use.consequences}
        happens = ", ".join(sorted(each, key=CONSEQUENCES.index))
        found = next((use.found for use in same if use.found), "")
        fix = next((use.fix for use in same if use.fix), "")
        lines.append(f"| `{code}` | {happens} | {found} | {fix} |")
    return "\n".join(lines)


def _use(call: ast.Call, module: str) -> Iterator[Use]:
    first = call.args[0] if call.args else None
    if not (isinstance(first, ast.Constant) and _CODE.fullmatch(str(first.value))):
        return
    texts = list(call.args[1:])
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    consequences = _consequences(call, texts, named)
    if ast.unparse(call.func).endswith("Finding"):
        texts = texts[1:]
    found = texts[0] if texts else None
    fix = named.get("fix") or (texts[2] if len(texts) > 2 else None)
    yield Use(str(first.value), consequences, _text(found), _text(fix), module)


def _consequences(
    call: ast.Call, texts: list[ast.expr], named: dict[str | None, ast.expr]
) -> tuple[str, ...]:
    said = [*(texts[:1]), *(value for key, value in named.items() if key == "consequence")]
    parts = [part for value in said for part in ast.walk(value) if isinstance(part, ast.Constant)]
    declared = tuple(str(part.value) for part in parts if part.value in CONSEQUENCES)
    if declared:
        return declared
    name = ast.unparse(call.func)
    if "refuse" in name:
        return ("refused",)
    return ("warning",) if "warning" in name else ("excluded",)


def _text(node: ast.expr | None) -> str:
    """Return a text with an ellipsis for every measured value."""
    if isinstance(node, ast.IfExp):
        return _text(node.orelse) or _text(node.body)
    if isinstance(node, ast.BinOp):
        return f"{_text(node.left)} {_text(node.right)}".strip()
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        words = node.value
    elif isinstance(node, ast.JoinedStr):
        words = "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    else:
        return ""
    words = " ".join(words.split()).replace("|", "\\|")
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rsplit(" ", 1)[0] + " …"


def main() -> None:
    """Replace the table below the heading."""
    page = PAGE.read_text(encoding="utf-8")
    above = page[: page.index(HEADING) + len(HEADING)]
    below = page[page.index(HEADING) :].partition("\n| ")[0].partition("\n")[2].strip()
    PAGE.write_text(f"{above}\n\n{below}\n\n{table()}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
