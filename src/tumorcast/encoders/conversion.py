"""Published checkpoints as safetensors with a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.encoders.checkpoint_file import read_tensors
from tumorcast.encoders.published import PUBLISHED, Publication
from tumorcast.encoders.weights import WeightsCard, save_weights
from tumorcast.errors import BadInputError, StudyRefusedError, refuse
from tumorcast.imaging import digest_of

Tensors = Mapping[str, NDArray[np.float32]]
COUNTS = "num_batches_tracked"
"""How many batches a normalisation has seen: nothing that a prediction needs."""


def convert_weights(
    checkpoint: str | Path,
    encoder: str,
    output: str | Path,
    *,
    spacing_mm: float | None = None,
    window: tuple[float, float] | None = None,
    size_voxels: int | None = None,
) -> WeightsCard:
    """Write the weights of a published checkpoint as safetensors, and their card beside them.

    Parameters
    ----------
    checkpoint
        The file as it was published. It is read in a process of its own; see `read_tensors`.
    encoder
        Name in `PUBLISHED`.
    output
        Path of the safetensors file.
    spacing_mm, window
        Of the crops that the weights will see, where the publication leaves them open, and only
        there.
    size_voxels
        Side of these crops; by default the publication's.

    Raises
    ------
    StudyRefusedError
        ``CNV-01`` and ``LIM-01`` to ``LIM-03`` as `read_tensors`; ``CNV-02`` no such encoder;
        ``CNV-03`` spacing or window are needed, or are not open; ``CNV-04`` the checkpoint lacks
        tensors of the encoder, or has others.
    """
    import torch  # noqa: PLC0415

    checkpoint, output = Path(checkpoint), Path(output)
    if encoder not in PUBLISHED:
        raise refuse(
            "CNV-02",
            f"there is no published encoder '{encoder}'",
            expected=f"one of {', '.join(PUBLISHED)}",
            fix="name it with --encoder",
        )
    published = PUBLISHED[encoder]
    about = published.publication
    expected_input = {
        "spacing_mm": _input("spacing_mm", about.spacing_mm, spacing_mm, encoder),
        "window": _input("window", about.window, window, encoder),
        "size_voxels": size_voxels or about.size_voxels,
    }
    network = published.build(1, expected_input["size_voxels"])
    own = network.state_dict()
    try:
        tensors = read_tensors(checkpoint)
    except BadInputError as error:
        raise StudyRefusedError([replace(error.finding, consequence="refused")]) from None
    found = matched(
        tensors,
        {name.removeprefix("body."): tuple(value.shape) for name, value in own.items()},
        about,
        checkpoint,
    )
    network.load_state_dict(
        {
            f"body.{name}": torch.tensor(value).to(own[f"body.{name}"])
            for name, value in found.items()
        }
    )
    made = {"converted": checkpoint.name, "sha256_of_checkpoint": digest_of(checkpoint)}
    output.parent.mkdir(parents=True, exist_ok=True)
    return save_weights(
        network,
        output,
        name=output.stem,
        encoder=encoder,
        source=about.source,
        licence=about.licence,
        in_channels=1,
        made=made,
        **expected_input,
    )


def matched(
    tensors: Tensors, wanted: Mapping[str, tuple[int, ...]], about: Publication, file: Path
) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of a checkpoint under the names of the network that they are of.

    Parameters
    ----------
    wanted
        Names and shapes of the network's tensors.

    Raises
    ------
    StudyRefusedError
        ``CNV-04``, for the prefix with which most names are known.
    """
    readings = [_named(tensors, prefix, about) for prefix in about.prefixes]
    found = max(readings, key=lambda reading: len(reading.keys() & wanted.keys()))
    lacking = [name for name in wanted if name not in found]
    strange = [
        name
        for name in found
        if name not in wanted and not any(fnmatchcase(name, one) for one in about.others)
    ]
    unlike = [name for name in wanted if name in found and found[name].shape != wanted[name]]
    if lacking or strange or unlike:
        raise _not_of(file, found, wanted, lacking, strange, unlike)
    return {name: found[name] for name in wanted}


def _named(tensors: Tensors, prefix: str, about: Publication) -> dict[str, NDArray[np.float32]]:
    """Return the tensors whose names begin with the prefix, under the names used here."""
    named = {}
    for name, value in tensors.items():
        if name.startswith(prefix) and not name.endswith(COUNTS):
            short = name.removeprefix(prefix)
            for theirs, ours in about.renamed:
                short = short.replace(theirs, ours)
            named[short] = value
    return named


def _input(what: str, published: Any, given: Any, encoder: str) -> Any:
    if (published is None) == (given is not None):
        return published if given is None else given
    option = f"--{what.replace('_', '-')}"
    if given is None:
        raise refuse(
            "CNV-03",
            f"the publication of {encoder} leaves {what} open",
            expected=f"the {what} of the crops that the weights will see",
            fix=f"give it with {option}",
        )
    raise refuse(
        "CNV-03",
        f"{what} {given} was given for {encoder}, whose weights expect {published}",
        expected=f"no {option} where the publication says it",
        fix=f"leave out {option} and make crops of {what} {published}",
    )


def _not_of(
    file: Path,
    found: Tensors,
    wanted: Mapping[str, tuple[int, ...]],
    lacking: list[str],
    strange: list[str],
    unlike: list[str],
) -> StudyRefusedError:
    first = [
        *(f"no '{name}'" for name in lacking[:1]),
        *(f"an unknown '{name}'" for name in strange[:1]),
        *(f"'{name}' of shape {found[name].shape}, not {wanted[name]}" for name in unlike[:1]),
    ]
    return refuse(
        "CNV-04",
        f"the checkpoint lacks {len(lacking)} tensors of the encoder, has {len(strange)} others "
        f"and {len(unlike)} of another shape: {'; '.join(first)}",
        expected="the published weights of this very encoder",
        fix="check which network the checkpoint is of, and name it with --encoder",
        file=str(file),
    )
