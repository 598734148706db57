"""What a layout finds in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tumorcast.cohort.case import ImageSource
from tumorcast.cohort.drawing import Lesion
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import Finding

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class FoundImages:
    """The images of every case that a folder holds; no voxels have been read.

    Parameters
    ----------
    place
        Where they were found, as the user knows it.
    images
        By case id, then by the image's name. A case that cannot be used is listed too.
    findings
        What was noticed; ``excluded`` names its case, ``ask`` and ``refused`` stop the study.
    """

    place: str
    images: Mapping[str, Mapping[str, ImageSource]]
    findings: tuple[Finding, ...]


class CohortReader(Protocol):
    """Finds the images of a layout, and what is drawn on them."""

    def __call__(
        self, source: CohortSource, base: Path, on_progress: OnProgress | None = None
    ) -> FoundImages:
        """Return the images that `source` declares.

        Parameters
        ----------
        source
            What the study declares.
        base
            Folder of the study file, at which `source.root` starts.
        on_progress
            Called with (files looked at, files in all), where there may be many.

        Raises
        ------
        StudyRefusedError
            ``LAY-01`` when the folder is not in this layout.
        """


def modality_of(source: CohortSource, name: str) -> str:
    """Return the modality that the image `name` is declared with, or has by its name."""
    return source.images[name].modality or name.upper()


def no_such_modality(
    source: CohortSource, images: Mapping[str, Mapping[str, ImageSource]], there: str
) -> tuple[Finding, ...]:
    """Refuse (``LAY-02``) declared images that no case has.

    Parameters
    ----------
    there
        What the folder holds instead.
    """
    return tuple(
        Finding(
            "LAY-02",
            "refused",
            f"no case has the image '{name}' ({modality_of(source, name)}); the folder holds "
            f"{there or 'nothing'}",
            "every declared image in at least one case",
            f"correct cohort.images.{name}, or remove it",
            file=source.root,
        )
        for name in source.images
        if not any(name in of_case for of_case in images.values())
    )


def not_drawn(case_id: str, name: str) -> Finding:
    """Exclude (``FIL-02``) a case whose image has nothing drawn on it."""
    return Finding(
        "FIL-02",
        "excluded",
        f"image '{name}' has no mask",
        "a drawing of the tumour for every image",
        "draw it, or leave this image or this case out; `drawn: {}` if nothing is drawn at all",
        case=case_id,
    )


def lesions_of_labels(drawn: Mapping[str, Sequence[str]], file: Path | None) -> tuple[Lesion, ...]:
    """Return a lesion a label of the map, all in one label image; none without a file."""
    if file is None:
        return ()
    return tuple(
        Lesion(region, file, label=int(label))
        for region, labels in drawn.items()
        for label in labels
    )
