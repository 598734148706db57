"""Change between two time points: of each column, from an earlier image to a later one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tumorcast.errors import Finding
from tumorcast.study.schema import StudyFile
from tumorcast.study.schema_delta import DeltaSpec

_TAKEN = ("clinical", "lab", "volume")


def delta_frame(name: str, spec: DeltaSpec, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the change of every column that both images have.

    A change is missing where one of its values is. The relative change is (later - earlier) /
    abs(earlier), so that its sign is that of the difference; where the earlier value is 0, it is
    missing.

    Parameters
    ----------
    name
        First part of the columns.
    frame
        Columns of both images, one row a case; each row of the result depends on its own alone.
    """
    start = f"{spec.earlier}."
    rest = [str(column).removeprefix(start) for column in frame if str(column).startswith(start)]
    rest = [part for part in rest if f"{spec.later}.{part}" in frame]
    earlier = frame[[f"{spec.earlier}.{part}" for part in rest]].to_numpy(np.float64)
    later = frame[[f"{spec.later}.{part}" for part in rest]].to_numpy(np.float64)
    difference = later - earlier
    size = np.abs(earlier)
    found = {
        "difference": difference,
        "relative": np.where(size > 0, difference / np.where(size > 0, size, 1.0), np.nan),
    }
    parts = [
        pd.DataFrame(found[kind], frame.index, [_column(name, part, kind) for part in rest])
        for kind in spec.kinds
    ]
    return pd.concat(parts, axis=1)


def _column(name: str, part: str, kind: str) -> str:
    region, _, feature = part.partition(".")
    return f"{name}.{region}{'_relative' * (kind == 'relative')}.{feature}"


def delta_findings(file: StudyFile) -> Iterator[Finding]:
    """Judge what the study says of two time points.

    ``PLN-01`` an image that is not declared; ``PLN-10`` an image known only after the index date,
    or a time point that does not say when it is known; ``PLN-11`` images that are not measured
    alike, or a name that is taken.
    """
    for name, image in file.cohort.images.items():
        if image.known == "later":
            yield Finding(
                "PLN-10",
                "refused",
                f"cohort.images.{name} is known only after the index date",
                "images taken up to the index date",
                "remove the image from the study, or move the index date behind it",
            )
    for name, spec in file.delta.items():
        for point in (spec.earlier, spec.later):
            yield from _image_findings(name, point, file)
        if name in {*_TAKEN, *file.cohort.images}:
            yield Finding(
                "PLN-11",
                "refused",
                f"delta.{name} has the name of other columns",
                "a name of its own, such as ct_change",
                "rename it",
            )
        if not _measured_alike(spec, file):
            yield Finding(
                "PLN-11",
                "refused",
                f"delta.{name}: '{spec.earlier}' and '{spec.later}' are not measured alike",
                "for both the same radiomics settings and a region, or the same embedding and crop",
                "declare them alike under radiomics, or under embeddings and crops",
            )


def _image_findings(name: str, image: str, file: StudyFile) -> Iterator[Finding]:
    images = file.cohort.images
    if image not in images:
        yield Finding(
            "PLN-01",
            "refused",
            f"delta.{name} names the image '{image}', which is not declared",
            f"one of {', '.join(sorted(images))}" if images else "a declared image",
            "correct the name or declare the image",
        )
    elif images[image].known is None:
        yield Finding(
            "PLN-10",
            "refused",
            f"delta.{name}: cohort.images.{image} does not say when it is known",
            "known: baseline, for an image taken up to the index date",
            "declare it; a scan after the index date cannot predict from it",
        )


def _measured_alike(spec: DeltaSpec, file: StudyFile) -> bool:
    """Return whether radiomics, embeddings or both are there of both images, on equal terms."""
    pairs = [
        tuple(kind(file, image) for image in (spec.earlier, spec.later))
        for kind in (_radiomics, _embedding)
    ]
    both = [(one, other) for one, other in pairs if one and other]
    regions = [
        {*file.radiomics[i].regions} for i in (spec.earlier, spec.later) if i in file.radiomics
    ]
    shared = len(regions) < 2 or bool(regions[0] & regions[1])
    return bool(both) and shared and all(one == other for one, other in both)


def _radiomics(file: StudyFile, image: str) -> tuple[object, ...]:
    spec = file.radiomics.get(image)
    return () if spec is None else (spec.preset, spec.params)


def _embedding(file: StudyFile, image: str) -> tuple[object, ...]:
    spec, crop = file.embeddings.get(image), file.crops.get(image)
    return () if spec is None or crop is None else (spec, crop.model_copy(update={"grid_of": None}))
