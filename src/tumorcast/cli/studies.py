"""The commands from a folder to a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from tumorcast.cli.options import (
    DONE,
    DONE_WITH_EXCLUSIONS,
    REFUSED,
    JsonOption,
    OverridesArgument,
    StudyArgument,
    WorkersOption,
    auroc_lines,
    print_result,
)
from tumorcast.errors import console_lines


def demo(
    name: Annotated[str, typer.Argument(help="quick, hnscc-dm or net-pfs.")] = "quick",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="DIR")] = None,
    cases: Annotated[
        int | None, typer.Option("--n", "--cases", min=1, help="Number of simulated patients.")
    ] = None,
    crop: Annotated[
        int | None, typer.Option(min=1, help="Voxels along each side of a network's crop.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Longest training.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="The published size, where no other is given: for a GPU.")
    ] = False,
    without: Annotated[str, typer.Option(help="Arms to leave out: resnet,densenet.")] = "",
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Simulate a cohort, run a recipe on it and build the report."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        left_out = tuple(arm for arm in without.split(",") if arm)
        result = study.demo(
            name, output or Path(f"demo-{name}"),
            size=study.Size(cases, crop, epochs, full, left_out),
            workers=workers, progress=progress,
        )  # fmt: skip
    _finish_run(result, as_json)


def init(
    source: Annotated[Path, typer.Argument(metavar="FOLDER_OR_TABLE")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="STUDY.YAML")],
    table: Annotated[Path | None, typer.Option(help="Clinical table beside images.")] = None,
    case_id: Annotated[str | None, typer.Option("--id", metavar="COL")] = None,
    event: Annotated[str | None, typer.Option(metavar="COL")] = None,
    time: Annotated[str | None, typer.Option(metavar="COL")] = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a study file from a folder or manifest of images and a table, or a table alone."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        notes = study.init(
            source, output, table=table, id=case_id, event=event, time=time, progress=progress
        )
    print_result(
        as_json,
        {"study": str(output), "notes": list(notes)},
        [f"wrote {output}", *notes, f"next: tumorcast check {output}"],
    )


def check(
    path: StudyArgument,
    overrides: OverridesArgument = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="By default runs/STUDY-check."),
    ] = None,
    html: Annotated[
        bool, typer.Option("--html", help="Also write a page with pictures: DIR/check.html.")
    ] = False,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Judge every case of a study, without computing anything else."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    folder = output or Path("runs") / f"{study.load(path, overrides or ()).file.study}-check"
    with console_progress() as progress:
        examined = study.examine(
            path, overrides or (), output=folder, page=html, workers=workers, progress=progress
        )
    quality = examined.quality
    pages = [f"page: {folder / 'check.html'}"] if html else []
    print_result(as_json, quality.as_dict(), [*quality.lines(), *pages])
    if quality.stopping:
        raise typer.Exit(REFUSED)
    raise typer.Exit(DONE_WITH_EXCLUSIONS if quality.flow["excluded"] else DONE)


def run(
    path: StudyArgument,
    overrides: OverridesArgument = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="RUN_DIR")] = None,
    workers: WorkersOption = 2,
    null: Annotated[
        bool, typer.Option("--null", help="Permute the outcomes first: every arm must show 0.5.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a study to a validated model and a report. Run again to resume."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        result = study.run(
            path, overrides or (), output=output, workers=workers, null=null, progress=progress
        )
    _finish_run(result, as_json)


def report(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR")],
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also print it as PDF, by a Chromium that is installed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build the report of a run again from its files."""
    from tumorcast.report import build_report, print_page  # noqa: PLC0415

    written = {"report": str(build_report(run_dir))}
    if pdf:
        written["pdf"] = str(print_page(Path(written["report"])))
    print_result(as_json, written, [f"{name}: {path}" for name, path in written.items()])


def _finish_run(result: Any, as_json: bool) -> NoReturn:
    summary = auroc_lines(result.metrics)
    excluded = console_lines(f for f in result.quality.findings if f.consequence == "excluded")
    as_document = {
        "run_dir": str(result.run_dir),
        "report": str(result.report),
        "excluded": [finding.case for finding in result.quality.findings
                     if finding.consequence == "excluded"],
        "metrics": result.metrics,
    }  # fmt: skip
    print_result(as_json, as_document, [*excluded, *summary, f"report: {result.report}"])
    raise typer.Exit(DONE_WITH_EXCLUSIONS if result.quality.flow["excluded"] else DONE)
