"""The command that looks at a study before any patient is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tumorcast.cli.options import JsonOption, WorkersOption, print_result


def power(
    patients: Annotated[str, typer.Option(help="One size or several: 100,200,400.")],
    prevalence: Annotated[float, typer.Option(help="Share of patients with the event: 0.3.")],
    block: Annotated[
        list[str],
        typer.Option(
            metavar="NAME:KEY=NUMBER,...",
            help="Once for each block: columns=, and auroc= (of the block alone) or adds= (to the "
            "blocks before it); informative= of the columns (else all), correlation= in families "
            "of family=10 columns. Columns are selected but in clinical, lab and volume.",
        ),
    ],
    overlap: Annotated[
        float, typer.Option(help="Correlation of the blocks' best scores within an outcome.")
    ] = 0.0,
    folds: Annotated[int, typer.Option()] = 5,
    repeats: Annotated[int, typer.Option(help="Of the cross-validation.")] = 1,
    learner: Annotated[str, typer.Option(help="As in a study file.")] = "logistic",
    selector: Annotated[str, typer.Option(help="How columns are ranked.")] = "forest",
    keep: Annotated[int, typer.Option(help="Columns that are kept by it.")] = 36,
    margin: Annotated[
        float, typer.Option(help="Smallest gain in AUROC that would be worth having.")
    ] = 0.02,
    studies: Annotated[int, typer.Option(help="Simulated studies of each size.")] = 100,
    seed: Annotated[int, typer.Option(help="Decides all that is drawn.")] = 2026,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="For power.json and power.svg."),
    ] = None,
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Simulate a planned study: what it would report, and Riley's minimum sample size beside it.

    Run again to resume: with -o, studies that are done are kept.
    """
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.power import sizes_of  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    planned = study.PlannedStudy(
        sizes_of(patients), prevalence, tuple(study.block_of(text) for text in block),
        overlap=overlap, folds=folds, repeats=repeats, learner=learner, selector=selector,
        keep=keep, margin=margin, studies=studies, seed=seed,
    )  # fmt: skip
    with console_progress() as progress:
        result = study.power(planned, output=output, workers=workers, progress=progress)
    print_result(as_json, dict(result.document), result.told())
