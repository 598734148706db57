"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "tumorcast"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 400

EVERYTHING = {
    "imaging", "metrics", "cohort", "radiomics", "encoders", "features", "fusion", "validation",
    "explain", "engine", "report", "study",
}  # fmt: skip
MAY_IMPORT: dict[str, set[str]] = {
    "imaging": set(),
    "metrics": set(),
    "engine": set(),
    "cohort": {"imaging", "metrics"},
    "radiomics": {"imaging", "cohort"},
    "encoders": {"imaging", "cohort"},
    "features": {"cohort", "metrics"},
    "fusion": {"features", "cohort", "encoders", "metrics", "engine"},
    "validation": {"cohort", "features", "metrics"},
    "explain": {"imaging", "cohort", "encoders", "features", "fusion", "metrics", "validation"},
    "report": {"metrics", "validation"},
    "study": EVERYTHING,
    "serve": EVERYTHING,
    "cli": EVERYTHING,
    "__main__": {"cli"},
    "errors": set(),
}
MAY_IMPORT_TORCH = {"encoders", "fusion", "explain"}
FORBIDDEN_CALLS = {
    "eval", "exec", "pickle.load", "pickle.loads", "pickle.dump", "pickle.dumps", "joblib.load",
    "joblib.dump", "torch.load", "torch.save", "yaml.load", "yaml.unsafe_load",
}  # fmt: skip

THE_ONE_READER = "encoders/checkpoint_file.py"
"""Reads checkpoints of torch that others have published: weights alone, in a process of its own."""


def package_of(module: Path) -> str:
    parts = module.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else Path(parts[0]).stem


def imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layering_faults(package: str, tree: ast.AST) -> list[str]:
    allowed = MAY_IMPORT[package] | {package, "errors"}
    packages = {
        name.split(".")[1] for name in imported_names(tree) if name.startswith("tumorcast.")
    }
    return sorted(packages & (set(MAY_IMPORT)) - allowed)


def forbidden_calls(tree: ast.AST) -> list[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = [ast.unparse(call.func) for call in calls if ast.unparse(call.func) in FORBIDDEN_CALLS]
    found += [
        f"{keyword.arg}=True"
        for call in calls
        for keyword in call.keywords
        if keyword.arg in {"shell", "allow_pickle"}
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
    ]
    found += [name for name in imported_names(tree) if name.split(".")[0] in {"pickle", "dill"}]
    extract_all = [c for c in calls if isinstance(c.func, ast.Attribute)]
    return found + [c.func.attr for c in extract_all if c.func.attr == "extractall"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_module_keeps_the_house_rules(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    tree = ast.parse(text)
    package = package_of(module)
    if package != "__init__":
        assert layering_faults(package, tree) == []
        if package not in MAY_IMPORT_TORCH | {"study", "cli"}:
            assert not any(n.split(".")[0] in {"torch", "monai"} for n in imported_names(tree))
    excepted = ["torch.load"] if module == SOURCE / THE_ONE_READER else []
    assert forbidden_calls(tree) == excepted
    assert len(text.splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    ("package", "source", "fault"),
    [
        ("imaging", "from tumorcast.cohort import Case", "cohort"),
        ("validation", "import tumorcast.fusion.tabular", "fusion"),
        (
            "report",
            "from tumorcast import errors\nfrom tumorcast.features import Ledger",
            "features",
        ),
    ],
)
def test_layering_check_fires(package: str, source: str, fault: str) -> None:
    assert layering_faults(package, ast.parse(source)) == [fault]


@pytest.mark.parametrize(
    "source",
    ["eval('1')", "import pickle", "torch.load('x')", "np.load('x', allow_pickle=True)",
     "subprocess.run('x', shell=True)", "archive.extractall()"],
)  # fmt: skip
def test_forbidden_call_check_fires(source: str) -> None:
    assert forbidden_calls(ast.parse(source)) != []


def test_the_one_reader_of_checkpoints_takes_weights_alone_in_a_process_of_its_own() -> None:
    tree = ast.parse((SOURCE / THE_ONE_READER).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    (load,) = (call for call in calls if ast.unparse(call.func) == "torch.load")
    assert [ast.unparse(one) for one in load.keywords if one.arg == "weights_only"] == [
        "weights_only=True"
    ]
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    callers = {
        name
        for name, function in functions.items()
        if any(
            ast.unparse(c.func) == "_loaded" for c in ast.walk(function) if isinstance(c, ast.Call)
        )
    }
    assert load in ast.walk(functions["_loaded"])
    assert callers == {"_read"}
    assert [ast.unparse(one) for one in functions["_read"].decorator_list] == ["guarded"]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, tumorcast.cli;"
        "print(sorted({'torch','monai','pandas','sklearn','numba','SimpleITK'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
