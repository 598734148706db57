"""The command that says what predictions rest on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tumorcast.cli.options import JsonOption, OverridesArgument, WorkersOption, print_result


def explain(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR")],
    arm: Annotated[
        str | None, typer.Option(help="By default the arm that leads the report.")
    ] = None,
    study_file: Annotated[
        Path | None,
        typer.Option(
            "--study",
            metavar="STUDY.YAML",
            help="The run's study file, for maps of a network on the grids of the scans.",
        ),
    ] = None,
    overrides: OverridesArgument = None,
    cases: Annotated[
        int, typer.Option(min=0, help="Patients with a page, and with maps of a network.")
    ] = 12,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Say what the predictions of a run rest on, each by the model that never saw the case."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        made = study.explain(
            run_dir, arm=arm, study=study_file, overrides=overrides or (), cases=cases,
            workers=workers, progress=progress,
        )  # fmt: skip
    lines = [
        f"arm: {made.summary['arm']}",
        f"cases: {made.summary['cases']}",
        f"largest gap between parts and score: {max(made.summary['largest_gap'].values()):.1e}",
        *(
            f"maps of {one['image']} by {one['method']}: {one['maps']}, "
            f"{one['failed']} failed a sanity test"
            for one in made.summary.get("maps", ())
        ),
        f"explanations: {made.folder}",
        f"report: {made.report}",
    ]
    document = {"folder": str(made.folder), "report": str(made.report), "summary": made.summary}
    print_result(as_json, document, lines)
