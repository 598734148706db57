"""What the commands share: exit codes, options, and how results are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

DONE, DONE_WITH_EXCLUSIONS, REFUSED, INTERNAL, OUT_OF_RESOURCE = 0, 2, 3, 4, 75
INTERRUPTED, TERMINATED = 130, 143

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print results as JSON on stdout; progress is on stderr.")
]
WorkersOption = Annotated[
    int, typer.Option("--workers", "-j", min=1, help="Processes that work side by side.")
]
OverridesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Overrides of the study file."),
]
StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY.YAML", help="The study file.")]
BundleArgument = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A locked model.")]
DigestOption = Annotated[
    str | None, typer.Option(help="What the bundle's digest must be, as its makers tell it.")
]


def print_result(as_json: bool, document: Mapping[str, Any], lines: list[str]) -> None:
    """Print a document as JSON, or lines for people."""
    typer.echo(json.dumps(document, indent=2) if as_json else "\n".join(lines))


def auroc_lines(metrics: Mapping[str, Any]) -> list[str]:
    """Return one line an arm of ``metrics.json``, at its primary horizon."""
    return [
        f"{name:24s} AUROC {arm['auroc']['value']:.3f} "
        f"({arm['auroc']['ci_low']:.3f}-{arm['auroc']['ci_high']:.3f})"
        for name, arm in metrics["arms"].items()
    ]


def store_beside(output: Path | None) -> Path | None:
    """Return the folder beside an output in which costly results are kept."""
    from tumorcast.study.run import STORE_NAME  # noqa: PLC0415

    if output is None:
        return None
    output.parent.mkdir(parents=True, exist_ok=True)
    return output.parent / STORE_NAME
