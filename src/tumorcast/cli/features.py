"""The commands that measure images on their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from tumorcast.cli.options import (
    DONE,
    DONE_WITH_EXCLUSIONS,
    JsonOption,
    WorkersOption,
    print_result,
    store_beside,
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
            workers=workers, store=store_beside(output), progress=progress,
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
            workers=workers, store=store_beside(output), progress=progress,
        )  # fmt: skip
    if output is not None:
        found.write(output)
    for finding in found.findings:
        typer.echo(finding.line(), err=True)
    summary = found.by_family().to_string(index=False, float_format="{:.3f}".format)
    print_result(as_json, found.as_dict(), [summary, *([f"features: {output}"] if output else [])])
    raise typer.Exit(DONE_WITH_EXCLUSIONS if found.lost else DONE)
