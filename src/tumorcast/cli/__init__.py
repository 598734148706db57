"""The command line. Heavy packages are imported by the command that needs them."""

from __future__ import annotations

import errno
import json
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal, NoReturn

import typer

from tumorcast.cli.options import (
    DONE,
    DONE_WITH_EXCLUSIONS,
    INTERNAL,
    INTERRUPTED,
    OUT_OF_RESOURCE,
    REFUSED,
    TERMINATED,
    JsonOption,
    OverridesArgument,
    StudyArgument,
    WorkersOption,
    print_result,
)
from tumorcast.cli.weights import convert_weights, pretrain
from tumorcast.errors import BadInputError, Finding, StudyRefusedError, console_lines

app = typer.Typer(
    name="tumorcast",
    help="Predict what happens to a cancer patient from scans and a table, without leaks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

OutputTableOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Wide .csv or tidy .parquet."),
]
PresetOption = Annotated[str | None, typer.Option(help="Named settings.")]
ParamsOption = Annotated[
    Path | None, typer.Option(help="PyRadiomics parameter file, YAML or JSON.")
]
RegionsOption = Annotated[
    str,
    typer.Option(help="Regions, such as tumor,shell_0_5mm,dilation_3mm (shell_m3_0mm: inside)."),
]
VoxelMapsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write a map of each feature around every voxel instead (voxelSetting in --params).",
    ),
]
UnitOption = Annotated[
    Literal["HU", "SUVbw", "arbitrary"] | None,
    typer.Option(help="Of files that do not say it; in HU, shells leave out air."),
]


app.command()(pretrain)
app.command()(convert_weights)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def report(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR")], as_json: JsonOption = False
) -> None:
    """Build the report of a run again from its files."""
    from tumorcast.report import build_report  # noqa: PLC0415

    written = build_report(run_dir)
    print_result(as_json, {"report": str(written)}, [f"report: {written}"])


@app.command()
def extract(
    image: Annotated[Path, typer.Argument(metavar="IMAGE_OR_CASES.CSV")],
    mask: Annotated[Path | None, typer.Argument(metavar="[MASK]")] = None,
    output: OutputTableOption = None,
    preset: PresetOption = None,
    params: ParamsOption = None,
    regions: RegionsOption = "tumor",
    unit: UnitOption = None,
    voxel_maps: VoxelMapsOption = None,
    workers: WorkersOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Extract radiomics of one image and mask, or of a table with Image,Mask[,Label].

    Run again to resume: finished cases are kept beside the output.
    """
    if voxel_maps is not None:
        given = None if regions == "tumor" else regions
        _write_maps(
            image, mask, voxel_maps, preset=preset, params=params, workers=workers,
            idle={"--regions": given, "--unit": unit}, output=output, as_json=as_json,
        )  # fmt: skip
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.feature_files import writer_of  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    if output is not None:
        writer_of(output)
    with console_progress() as progress:
        extraction = study.extract(
            image, mask, preset=preset, params=params, regions=regions.split(","), unit=unit,
            workers=workers, store=_store_beside(output), progress=progress,
        )  # fmt: skip
    if output is not None:
        extraction.write(output)
    for line in extraction.told():
        typer.echo(line, err=True)
    if as_json or output is None:
        typer.echo(json.dumps(extraction.as_rows(), indent=2))
    else:
        typer.echo(f"{len(extraction.measured)} rows: {output}")
    raise typer.Exit(DONE_WITH_EXCLUSIONS if extraction.failed else DONE)


def _write_maps(
    image: Path,
    mask: Path | None,
    folder: Path,
    *,
    output: Path | None,
    as_json: bool,
    **arguments: Any,
) -> NoReturn:
    from tumorcast.study.maps import extract_maps  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        maps = extract_maps(image, mask, folder, progress=progress, **arguments)
    if output is not None:
        maps.write(output)
    for finding in maps.findings:
        typer.echo(finding.line(), err=True)
    print_result(as_json, {"maps": maps.as_rows()}, [f"{len(maps.files)} maps: {folder}"])
    raise typer.Exit(DONE)


@app.command()
def stability(
    image: Annotated[Path, typer.Argument(metavar="IMAGE_OR_CASES.CSV")],
    mask: Annotated[Path | None, typer.Argument(metavar="[MASK]")] = None,
    *,
    perturb: Annotated[
        str, typer.Option(help="Some of contour,volume (cheap),translation,rotation,noise.")
    ],
    repeats: Annotated[int, typer.Option(min=2, help="Perturbations of each case.")],
    seed: Annotated[int, typer.Option(help="Decides all that is drawn.")],
    crossed: Annotated[
        bool, typer.Option("--crossed", help="Repeat j is alike in all cases: ICC(3,1) too.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help=".csv or .parquet.")
    ] = None,
    preset: PresetOption = None,
    params: ParamsOption = None,
    regions: RegionsOption = "tumor",
    unit: UnitOption = None,
    workers: WorkersOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Perturb tumours and say how well each feature agrees: ICC of a table, spread of one case.

    Run again to resume: finished cases are kept beside the output.
    """
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.radiomics.perturb import Perturbations  # noqa: PLC0415
    from tumorcast.study.feature_files import writer_of  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    if output is not None:
        writer_of(output)
    with console_progress() as progress:
        found = study.stability(
            image, mask,
            perturbations=Perturbations(tuple(perturb.split(",")), repeats, seed, crossed),
            preset=preset, params=params, regions=regions.split(","), unit=unit,
            workers=workers, store=_store_beside(output), progress=progress,
        )  # fmt: skip
    if output is not None:
        found.write(output)
    for finding in found.findings:
        typer.echo(finding.line(), err=True)
    summary = found.by_family().to_string(index=False, float_format="{:.3f}".format)
    print_result(as_json, found.as_dict(), [summary, *([f"features: {output}"] if output else [])])
    raise typer.Exit(DONE_WITH_EXCLUSIONS if found.lost else DONE)


def _store_beside(output: Path | None) -> Path | None:
    from tumorcast.study.run import STORE_NAME  # noqa: PLC0415

    if output is None:
        return None
    output.parent.mkdir(parents=True, exist_ok=True)
    return output.parent / STORE_NAME


def _finish_run(result: Any, as_json: bool) -> NoReturn:
    summary = [
        f"{name:24s} AUROC {arm['auroc']['value']:.3f} "
        f"({arm['auroc']['ci_low']:.3f}-{arm['auroc']['ci_high']:.3f})"
        for name, arm in result.metrics["arms"].items()
    ]
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


def _refused(findings: tuple[Finding, ...]) -> int:
    for line in console_lines(findings):
        typer.echo(line, err=True)
    if "--json" in sys.argv:
        typer.echo(json.dumps({"findings": [finding.as_dict() for finding in findings]}, indent=2))
    return REFUSED


def _terminate(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)


def main() -> NoReturn:
    """Run the command line and leave with the exit code of the public contract."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_exit_code_of_app())


def _exit_code_of_app() -> int:
    try:
        code = app(standalone_mode=False)
    except StudyRefusedError as error:
        return _refused(error.findings)
    except BadInputError as error:
        return _refused((error.finding,))
    except typer.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except MemoryError:
        typer.echo("out of memory; use fewer --workers and run again to resume", err=True)
        return OUT_OF_RESOURCE
    except Exception as error:  # the last line of defence turns every fault into an exit code
        return _failed(error)
    if code == INTERRUPTED:
        typer.echo("interrupted; run the same command again to resume", err=True)
    return code if isinstance(code, int) else DONE


def _failed(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is not None and hasattr(error, "exit_code"):  # a usage error of the command line
        show()
        return REFUSED
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        typer.echo(f"the disk is full ({error}); free room and run again to resume", err=True)
        return OUT_OF_RESOURCE
    if getattr(error, "killed", False):  # a worker process, most often for want of memory
        typer.echo(f"{error}; use fewer --workers and run again to resume", err=True)
        return OUT_OF_RESOURCE
    traceback.print_exception(error)
    typer.echo("internal error: this is a fault of tumorcast, not of the input", err=True)
    return INTERNAL
