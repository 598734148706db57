"""The commands that make weights of encoders."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from tumorcast.cli.options import (
    DONE,
    DONE_WITH_EXCLUSIONS,
    JsonOption,
    OverridesArgument,
    StudyArgument,
    WorkersOption,
    print_result,
)


def pretrain(
    path: StudyArgument,
    overrides: OverridesArgument = None,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.SAFETENSORS")],
    encoder: Annotated[str, typer.Option(help="Name of the encoder, such as cnn3d.")],
    epochs: Annotated[int, typer.Option(min=1, help="How often every crop is seen.")],
    seed: Annotated[int, typer.Option(min=0, help="Decides all that is drawn.")],
    image: Annotated[str | None, typer.Option(help="The crop, where there are several.")] = None,
    mask: Annotated[
        Literal["channel", "gate"], typer.Option(help="As in the network that starts from it.")
    ] = "channel",
    places: Annotated[
        int, typer.Option(min=1, help="Random crops of a scan on which nothing is drawn.")
    ] = 1,
    leave_out: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A study or a list of ids whose cases are not seen."),
    ] = None,
    licence: Annotated[str, typer.Option(help="Of the weights.")] = "not stated",
    workers: WorkersOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Pretrain an encoder on scans without outcomes. Run again to resume."""
    from tumorcast import study  # noqa: PLC0415
    from tumorcast.study.progress import console_progress  # noqa: PLC0415

    with console_progress() as progress:
        done = study.pretrain(
            path, overrides or (), output=output, encoder=encoder, epochs=epochs, seed=seed,
            image=image, mask=mask, places=places, leave_out=leave_out or (), licence=licence,
            workers=workers, progress=progress,
        )  # fmt: skip
    print_result(as_json, done.as_dict(), done.lines())
    raise typer.Exit(DONE_WITH_EXCLUSIONS if done.quality.flow["excluded"] else DONE)


def convert_weights(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT")],
    encoder: Annotated[str, typer.Option(help="Whose weights it holds: fmcib, ct_fm, ...")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.SAFETENSORS")],
    spacing_mm: Annotated[
        float | None,
        typer.Option(min=0, help="Of the crops, where the publication leaves it open."),
    ] = None,
    window: Annotated[
        tuple[float, float] | None, typer.Option(metavar="LOW HIGH", help="Likewise.")
    ] = None,
    size_voxels: Annotated[
        int | None, typer.Option(min=1, help="Of the crops; else the publication's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the weights of a published checkpoint as safetensors with a card."""
    from tumorcast import encoders  # noqa: PLC0415

    card = encoders.convert_weights(
        checkpoint, encoder, output, spacing_mm=spacing_mm, window=window, size_voxels=size_voxels
    )
    about = {"weights": str(output), **asdict(card)}
    lines = [f"{key}: {about[key]}" for key in about if key not in {"cases", "made"}]
    print_result(as_json, about, lines)
    raise typer.Exit(DONE)


def fetch_weights(
    repository: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="On the hub.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="Its path in the repository.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT")],
    revision: Annotated[str, typer.Option(help="Branch, tag or commit.")] = "main",
    sha256: Annotated[str | None, typer.Option(help="Digest that the file must have.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch weights, with their card if they have one, from the Hugging Face hub."""
    from tumorcast import encoders  # noqa: PLC0415

    found = encoders.fetch_weights(repository, file, output, revision=revision, sha256=sha256)
    print_result(as_json, found.as_dict(), found.told())
    raise typer.Exit(DONE)
