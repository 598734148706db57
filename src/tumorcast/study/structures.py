"""Structures near the tumour: from the study file to the extractor, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator

from tumorcast.errors import Finding
from tumorcast.radiomics import StructureExtractor
from tumorcast.study.lesions import drawn_regions
from tumorcast.study.schema import StudyFile


def structure_extractors(file: StudyFile) -> Iterator[tuple[str, StructureExtractor]]:
    """Yield image and extractor of the structures that are declared."""
    for image, spec in file.structures.items():
        yield image, StructureExtractor(image, spec.to, spec.contact_mm)


def structure_findings(file: StudyFile) -> Iterator[Finding]:
    """Judge what the study says of structures.

    ``PLN-01`` an image or a drawn region that is not declared; ``PLN-12`` a structure that is part
    of the tumour.
    """
    drawn = drawn_regions(file)
    for image, spec in file.structures.items():
        if image not in file.cohort.images:
            yield _absent(f"structures names the image '{image}'", tuple(file.cohort.images))
        for name in spec.to:
            if name not in drawn and (drawn or file.cohort.layout != "nnunet"):
                yield _absent(f"structures.{image}.to names the drawn region '{name}'", drawn)
            elif not file.cohort.tumor or name in file.cohort.tumor:
                yield Finding(
                    "PLN-12",
                    "refused",
                    f"structures.{image}.to names '{name}', which is part of the tumour"
                    + ("" if file.cohort.tumor else ": all drawn regions are"),
                    "a structure apart from the tumour",
                    "declare cohort.tumor: the drawn regions that make up the tumour alone",
                )


def _absent(found: str, known: tuple[str, ...]) -> Finding:
    return Finding(
        "PLN-01",
        "refused",
        f"{found}, which is not declared",
        f"one of {', '.join(known)}" if known else "a region under cohort.drawn",
        "correct the name, or declare it",
    )
