"""The commands for locked models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tumorcast.cli.options import (
    DONE,
    DONE_WITH_EXCLUSIONS,
    BundleArgument,
    DigestOption,
    JsonOption,
    StudyArgument,
    WorkersOption,
    auroc_lines,
    print_result,
    store_beside,
)


def bundle(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="BUNDLE")],
    arm: Annotated[
        str | None, typer.Option(help="By default the arm that leads the report.")
    ] = None,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Lock the model of a run: fit it once more on all its cases, and seal it."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        made = study.bundle(run_dir, output, arm=arm, workers=workers, progress=progress)
    lines = [
        f"bundle: {made.folder}",
        f"arm: {made.lead} ({made.about['chosen']})",
        f"digest: {made.digest}",
    ]
    document = {"bundle": str(made.folder), "digest": made.digest, "about": made.about}
    print_result(as_json, document, lines)


def predict(
    bundle: BundleArgument,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY.YAML_OR_TABLE",
            help="Where the new patients are: a study file, or a table like that of the model's.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="A .csv.")
    ] = None,
    strict_ood: Annotated[
        bool,
        typer.Option("--strict-ood", help="No number for a patient unlike all training cases."),
    ] = False,
    digest: DigestOption = None,
    workers: WorkersOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Predict for new patients with a locked model."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.locked.predicting import lines_of  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        result = study.predict(
            bundle, source, strict_ood=strict_ood, digest=digest, workers=workers,
            store=store_beside(output), progress=progress,
        )  # fmt: skip
    if output is not None:
        result.write(output)
    print_result(as_json, result.as_dict(), lines_of(result))
    lost = result.quality.flow["excluded"] + result.quality.flow["failed"]
    raise typer.Exit(DONE_WITH_EXCLUSIONS if lost else DONE)


def validate(
    bundle: BundleArgument,
    path: StudyArgument,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="By default runs/STUDY-validation."),
    ] = None,
    digest: DigestOption = None,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Judge a locked model on the patients of another site, without any refit."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        result = study.validate(
            bundle, path, output=output, digest=digest, workers=workers, progress=progress
        )
    lines = [
        *result.quality.lines(),
        *auroc_lines(result.metrics),
        f"unlike all training cases: {result.document['outside']} of {result.document['cases']}",
        f"page: {result.page}",
    ]
    document = {
        "folder": str(result.folder),
        "page": str(result.page),
        "metrics": result.metrics,
        "validation": result.document,
    }
    print_result(as_json, document, lines)
    lost = result.quality.flow["excluded"] + result.quality.flow["failed"]
    raise typer.Exit(DONE_WITH_EXCLUSIONS if lost else DONE)
