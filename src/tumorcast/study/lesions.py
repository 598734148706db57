"""Extractors of a plan over the lesions that the study names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tumorcast.cohort import Extractor
from tumorcast.cohort.layouts import REGIONS_OF_LAYOUT
from tumorcast.cohort.lesions import (
    COUNT,
    MERGES,
    TUMOR,
    LesionGroup,
    NumbersOfLesions,
    OfMergedLesions,
)
from tumorcast.errors import Finding
from tumorcast.study.schema import LesionSpec, ScansFile, StudyFile

RegionExtractor = Callable[[Sequence[str]], Extractor[Any]]
"""Gives the extractor of numbers in the regions of these names."""


def drawn_regions(file: StudyFile) -> tuple[str, ...]:
    """Return the names of drawn regions, as far as they are known before anything is read."""
    declared = file.cohort.region_names
    return declared or REGIONS_OF_LAYOUT.get(file.cohort.layout, ())


def numbers_over_lesions(
    file: StudyFile, image: str, names: Sequence[str], extractor_in: RegionExtractor
) -> Iterator[tuple[str, Extractor[Any]]]:
    """Yield a label and an extractor for each group of lesions among `names`.

    Regions around the tumour go with the tumour: of several lesions each has its own.
    """
    around = [name for name in names if name == TUMOR or name in file.regions]
    if around:
        yield image, _over(file, image, TUMOR, extractor_in(around))
    for name in names:
        if name not in around:
            yield f"{image} {name}", _over(file, image, name, extractor_in([TUMOR]))


def embeddings_over_lesions(
    file: StudyFile, image: str, extractor: Extractor[Any]
) -> Iterator[tuple[str, Extractor[Any]]]:
    """Yield a label and an extractor for each group of lesions whose crops an encoder sees.

    Every lesion has a crop of its own, unless the aggregate makes one mask of all. The number of
    lesions is left to the image's radiomics where they give it.
    """
    counted = file.radiomics[image].regions if image in file.radiomics else ()
    for name in file.embeddings[image].regions:
        spec = _spec(file, name)
        wanted = tuple(how for how in spec.aggregate if how != COUNT or name not in counted)
        if wanted:
            alone = spec.model_copy(update={"aggregate": wanted})
            label = image if name == TUMOR else f"{image} {name}"
            yield label, _with_spec(alone, image, name, extractor)


def crop_of_lesions(
    file: StudyFile | ScansFile, image: str, extractor: Extractor[Any]
) -> Extractor[Any]:
    """Return the extractor of the one crop that a network sees."""
    spec = _spec(file, TUMOR)
    merge = next(name for name in spec.aggregate if name in MERGES)
    if merge == "union":
        return extractor
    return OfMergedLesions(extractor, image, merge, _group(TUMOR, spec))


def lesion_findings(file: StudyFile) -> Iterator[Finding]:
    """Judge what the study says of lesions.

    ``PLN-01`` a group of regions that are not drawn; ``PLN-04`` a network whose one crop none of
    the tumour's aggregates gives, an embedding of several lesions whose crops go by another image,
    or a group that has the name of a region.
    """
    yield from _embedding_findings(file)
    drawn = drawn_regions(file)
    is_known = bool(drawn) or file.cohort.layout != "nnunet"
    for name, spec in file.lesions.items():
        absent = [region for region in spec.of if is_known and region not in drawn]
        if absent:
            yield Finding(
                "PLN-01",
                "refused",
                f"lesions.{name}.of names the drawn region '{absent[0]}', which is not declared",
                f"one of {', '.join(drawn)}" if drawn else "a region under cohort.drawn",
                "correct the name, or declare it under cohort.drawn",
            )
        if name in file.regions or (name == TUMOR and spec.of):
            yield Finding(
                "PLN-04",
                "refused",
                f"lesions.{name} has the name of a region"
                if name != TUMOR
                else "lesions.tumor says of what regions the tumour is made",
                "groups with names of their own; cohort.tumor says what makes up the tumour",
                "rename the group, or declare cohort.tumor",
            )
    has_network = any(arm.network for arm in file.arms.values())
    if has_network and not any(name in MERGES for name in _spec(file, TUMOR).aggregate):
        yield Finding(
            "PLN-04",
            "refused",
            f"a network sees one crop, but lesions.tumor.aggregate is "
            f"{', '.join(_spec(file, TUMOR).aggregate)}",
            f"one of {', '.join(MERGES)} among them",
            "add union (all lesions in the crop) or largest to lesions.tumor.aggregate; the others "
            "put numbers together: radiomics, or embeddings, which have a crop a lesion",
        )


def _embedding_findings(file: StudyFile) -> Iterator[Finding]:
    for image, embedding in file.embeddings.items():
        crop = file.crops.get(image)
        hows = {how for name in embedding.regions for how in _spec(file, name).aggregate}
        others = sorted({*embedding.regions} - {TUMOR})
        if crop is not None and crop.grid_of is not None and (others or hows != {"union"}):
            yield Finding(
                "PLN-04",
                "refused",
                f"crops.{image}.grid_of goes by the union of the lesions, but embeddings.{image} "
                f"has {', '.join([*others, *sorted(hows - {'union'})])}",
                "the tumour with the aggregate union alone",
                "leave out `grid_of` of this crop",
            )


def _over(file: StudyFile, image: str, name: str, extractor: Extractor[Any]) -> Extractor[Any]:
    return _with_spec(_spec(file, name), image, name, extractor)


def _with_spec(
    spec: LesionSpec, image: str, name: str, extractor: Extractor[Any]
) -> Extractor[Any]:
    if name == TUMOR and spec.aggregate == ("union",):
        return extractor
    return NumbersOfLesions(extractor, image, spec.aggregate, _group(name, spec))


def _spec(file: StudyFile | ScansFile, name: str) -> LesionSpec:
    """Return what the study says of a group; a drawn region is one of itself."""
    return file.lesions.get(name) or LesionSpec(of=() if name == TUMOR else (name,))


def _group(name: str, spec: LesionSpec) -> LesionGroup:
    return LesionGroup(name, spec.of, spec.split)
