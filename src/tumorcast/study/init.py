"""A first study file out of what lies in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tumorcast.cohort.propose import propose_study
from tumorcast.study.progress import Progress, no_progress

_RADIOMICS_PRESET = {"HU": "ct-original", "SUVbw": "pet-original", "arbitrary": "mr-normalized"}
_KEY = re.compile(r"^(?P<indent> *)(?P<key>[^\s#'\"-][^:]*|'[^']*'|\"[^\"]*\"):(?: |$)")


def init(
    source: str | Path,
    output: str | Path,
    *,
    table: str | Path | None = None,
    id: str | None = None,  # noqa: A002  (the name of the command's option)
    event: str | None = None,
    time: str | None = None,
    progress: Progress = no_progress,
) -> tuple[str, ...]:
    """Write a study file that runs; every guess is marked by a comment on its line.

    Parameters
    ----------
    source
        A clinical table, which may hold paths of images; a manifest when `table` is given; or a
        folder of images, such as DICOM files, in a layout that is recognised.
    output
        Where to write it. An existing file is replaced.
    table
        The clinical table beside a manifest or a folder of images.
    id, event, time
        Columns that need not be guessed.
    progress
        Told how many files of a DICOM tree were looked at.

    Returns
    -------
    The guesses, as ``key: what was guessed``.

    Raises
    ------
    StudyRefusedError
        When the tables or the folder cannot be read, or no id or event can be guessed.
    """
    output = Path(output)
    proposal = propose_study(
        Path(source),
        table=None if table is None else Path(table),
        id=id,
        event=event,
        time=time,
        base=output.parent,
        on_progress=partial(progress, "headers"),
    )
    document = {
        "study": Path(source).resolve().stem,
        "preset": "standard",
        **proposal.document,
        **_image_parts(proposal.document["cohort"]),
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n".join(_commented(text, proposal.notes)) + "\n", encoding="utf-8")
    return tuple(f"{key}: {note}" for key, note in proposal.notes.items())


def _image_parts(cohort: Mapping[str, Any]) -> dict[str, Any]:
    drawn = {
        name: image
        for name, image in cohort.get("images", {}).items()
        if image.get("mask") or cohort.get("drawn") or not image.get("path")
    }
    if not drawn or cohort.get("drawn") == {}:
        return {}
    return {
        "radiomics": {
            name: {"preset": _RADIOMICS_PRESET[image["unit"]], "regions": ["tumor"]}
            for name, image in drawn.items()
        },
        "arms": {f"radiomics_{name}": {"blocks": [name]} for name in drawn},
    }


def _commented(text: str, notes: Mapping[str, str]) -> Iterator[str]:
    yield "# Proposed by `tumorcast init`. Read every line; what was guessed is marked."
    lines = text.splitlines()
    paths = list(_paths(lines))
    for key, note in notes.items():
        if key not in paths:
            yield f"# {key}: {note}"
    for line, path in zip(lines, paths, strict=True):
        yield f"{line}  # {notes[path]}" if path in notes else line


def _paths(lines: list[str]) -> Iterator[str]:
    """Yield the dotted key of each line of block-style YAML; empty for lines without a key."""
    open_keys: list[tuple[int, str]] = []
    for line in lines:
        found = _KEY.match(line)
        if found is None:
            yield ""
            continue
        indent = len(found["indent"])
        open_keys = [(depth, key) for depth, key in open_keys if depth < indent]
        open_keys.append((indent, found["key"].strip("'\"")))
        yield ".".join(key for _, key in open_keys)
