"""Questions of reporting guidelines about images, features and networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tumorcast.report.facts import Answer, Facts
from tumorcast.report.words import arm_name, count, name_words


def acquisition(facts: Facts) -> Iterator[Answer]:
    """Yield how the images were acquired, where their headers say it."""
    images = facts.files.cohort.get("images") or ()
    if any(image.get("scanner") or image.get("kernel") for image in images):
        yield Answer("Scanners, kernels, slices and contrast as the DICOM headers say", "#data")


def image_preparation(facts: Facts) -> Iterator[Answer]:
    """Yield of which images regions and settings are described."""
    if facts.images:
        named = ", ".join(image.upper() for image in facts.images)
        yield Answer(f"Of {named}: regions, spacing, windows and settings", "#methods")


def image_settings(facts: Facts) -> Iterator[Answer]:
    """Yield the preset or the settings of each image."""
    spec = facts.study.get("radiomics") or {}
    if spec:
        named = ", ".join(f"{image.upper()}: {_settings(one)}" for image, one in spec.items())
        yield Answer(named, "#plan")


def _settings(spec: Mapping[str, Any]) -> str:
    return f"preset {spec['preset']}" if spec.get("preset") else f"settings {spec['params']}"


def feature_classes(facts: Facts) -> Iterator[Answer]:
    """Yield the classes of features that are there."""
    classes = {
        parts[1]
        for column in facts.image_columns()
        if len(parts := column.split(".")[-1].split("_")) > 1 and not parts[1].isdigit()
    }
    if classes:
        yield Answer(", ".join(sorted(classes)), "features.parquet")


def n_features(facts: Facts) -> Iterator[Answer]:
    """Yield the number of features of images."""
    n = len(facts.image_columns())
    if n:
        yield Answer(
            f"{count(n, 'feature')} of images a case, all regions together", "features.parquet"
        )


def selection(facts: Facts) -> Iterator[Answer]:
    """Yield how columns are reduced inside the folds."""
    if facts.selections():
        one = facts.selections()[0]
        share = one.get("near_constant")
        constant = f"those with one value in over {100 * share:g}% of cases and " if share else ""
        yield Answer(
            f"Inside every fold: of the columns, {constant}those correlated above"
            f" {one['correlation']} with another are dropped and {one['keep']} kept",
            "#methods",
        )


def stable_selection(facts: Facts) -> Iterator[Answer]:
    """Yield the agreement that features need to be used."""
    stable = [one["stable"] for one in facts.selections() if one.get("stable")]
    if stable:
        floor = stable[0]["min_icc"]
        yield Answer(
            f"Features below an ICC of {floor:g} are dropped inside the folds", "#stability"
        )


def single_image(facts: Facts) -> Iterator[Answer]:
    """Yield whether one image stands alone in some arm."""
    if len(facts.images) == 1:
        yield Answer(f"{facts.images[0].upper()} is the only image", "#methods")
    for name, arm in facts.files.arms.items():
        blocks = {block.split(".")[0] for block in arm.get("blocks") or ()}
        if len(blocks) == 1 and blocks <= set(facts.images):
            yield Answer(
                f"Arms of one image stand beside the others, such as {arm_name(name)}",
                facts.performance,
            )


def regions(facts: Facts) -> Iterator[Answer]:
    """Yield the parts of the images that are used."""
    if facts.images:
        named = ["tumour", *map(name_words, facts.study.get("regions") or {})]
        yield Answer(f"Regions: {', '.join(named)}", "#methods")


def start_values(facts: Facts) -> Iterator[Answer]:
    """Yield where the parameters of networks start."""
    if any(arm.get("network") for arm in facts.files.arms.values()):
        yield Answer("Drawn at random from the seed, or weights named in the plan", "#plan")
