"""Images and masks of a case: path templates, manifests, and PyRadiomics' batch columns."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tumorcast.cohort.case import ImageSource
from tumorcast.cohort.drawing import Drawing, Lesion
from tumorcast.cohort.readers.found import lesions_of_labels
from tumorcast.cohort.records import Record
from tumorcast.cohort.schema import CohortSource, ImageTemplate
from tumorcast.errors import BadInputError, Finding

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class ImagePaths:
    """Where the paths of one image come from.

    Parameters
    ----------
    image
        Template; see `ImageTemplate`.
    masks
        Templates by region, or one under ``""`` for a file that holds all that is drawn.
    label_column
        Column of the label's number, as in PyRadiomics' batch files.
    drawn
        Labels of each region in the one file; empty for the only region that there is.
    tumor
        Regions that make up the tumour; empty for all.
    """

    declared: ImageTemplate
    image: str
    masks: Mapping[str, str]
    label_column: str | None = None
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tumor: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the templates name."""
        names = _PLACEHOLDER.findall(" ".join([self.image, *self.masks.values()]))
        return tuple(name for name in names if name != "id")


def image_paths(source: CohortSource, columns: Sequence[str]) -> dict[str, ImagePaths]:
    """Return, by image name, the templates that the study declares or the header implies.

    An image declared as ``ct`` without a path is in the columns ``ct`` and ``ct_mask``, or ``ct``
    and a shared ``mask``; a single image may also be in PyRadiomics' ``Image``, ``Mask`` and
    ``Label``, in any case. A column that is named here but absent is left for the caller to refuse.
    """
    found = {}
    pyradiomics = {name.lower(): name for name in columns}
    without_image = [name for name in columns if name != "image"]
    for name, declared in source.images.items():
        label = None
        if declared.path is not None:
            image, mask = declared.path, declared.mask
        elif len(source.images) == 1 and "image" in pyradiomics and name not in without_image:
            label = pyradiomics.get("label") if declared.label is None else None
            image = f"{{{pyradiomics['image']}}}"
            mask = declared.mask or f"{{{pyradiomics.get('mask', 'Mask')}}}"
        else:
            shared = f"{name}_mask" not in columns and "mask" in columns
            image = f"{{{name}}}"
            mask = declared.mask or ("{mask}" if shared else f"{{{name}_mask}}")
        masks = {"": mask} if isinstance(mask, str) else (mask or {})
        drawn = source.drawn or {}
        found[name] = ImagePaths(declared, image, masks, label, drawn, source.tumor)
    return found


def read_images(
    record: Record, paths: Mapping[str, ImagePaths], root: Path
) -> tuple[dict[str, ImageSource], tuple[Finding, ...]]:
    """Return the images that a case has; an empty cell means that it lacks this one.

    Findings
    --------
    ``FIL-01`` a file that is not there, ``FIL-02`` an image without a mask although the study
    has masks for it, ``FIL-03`` an id that cannot be part of a path, ``FIL-04`` a label that is no
    whole number: each excludes the case. ``FIL-05`` warns of a case without any image.
    """
    images = {}
    findings = []
    for name, where in paths.items():
        try:
            image = _image_source(record, name, where, root)
        except BadInputError as error:
            findings.append(error.for_case(record.case_id))
        else:
            images.update({name: image} if image else {})
    if paths and not images and not findings:
        findings.append(_without_images(record, paths))
    return images, tuple(findings)


def _image_source(record: Record, name: str, where: ImagePaths, root: Path) -> ImageSource | None:
    image = _filled(where.image, record)
    if image is None:
        return None
    mask = _mask(record, name, where, root) if where.masks else None
    label = _label(record, where)
    file, declared = _existing(root / image, name), where.declared
    return ImageSource(
        file,
        mask,
        declared.unit,
        label,
        declared.threshold,
        declared.series,
        declared.max_gap_slices,
    )


def _mask(record: Record, name: str, where: ImagePaths, root: Path) -> Path | Drawing:
    if set(where.masks) != {""}:
        lesions = tuple(_lesions(record, where.masks, root))
        if not lesions:
            raise _no_mask(name, f"any of the regions {', '.join(where.masks)}")
        return Drawing(lesions, where.tumor)
    path = _filled(where.masks[""], record)
    if path is None:
        raise _no_mask(name, "a mask")
    file = _existing(root / path, name)
    return Drawing(lesions_of_labels(where.drawn, file), where.tumor) if where.drawn else file


def _lesions(record: Record, masks: Mapping[str, str], root: Path) -> Iterator[Lesion]:
    """Yield a lesion for each file that is there; a patient need not have every region."""
    for region, template in masks.items():
        parts = [_filled(part, record) for part in template.split("*")]
        if None not in parts and any(parts):
            anchor = Path(str(parts[0])).anchor
            pattern = "*".join(glob.escape(str(part)) for part in parts).removeprefix(anchor)
            for file in sorted(Path(root, anchor).glob(pattern)):
                yield Lesion(region, file)


def _existing(file: Path, name: str) -> Path:
    if not file.exists():
        raise BadInputError(
            "FIL-01",
            f"image '{name}': there is no such file",
            expected="an existing file",
            fix="correct the path or cohort.root, or add the file",
            file=str(file),
        )
    return file


def _no_mask(name: str, wanted: str) -> BadInputError:
    return BadInputError(
        "FIL-02",
        f"image '{name}' has no mask",
        expected=f"{wanted} beside every image",
        fix="add the mask, or empty the image's cell to go on without this image",
    )


def _filled(template: str, record: Record) -> str | None:
    """Return the template with its placeholders filled in, ``None`` when a cell is empty."""
    cells = {name: _value(name, record) for name in _PLACEHOLDER.findall(template)}
    if not all(cells.values()):
        return None
    is_whole_path = _PLACEHOLDER.fullmatch(template)
    for name, cell in cells.items():
        if not is_whole_path and (cell in {".", ".."} or re.search(r"[/\\\0]", cell)):
            raise BadInputError(
                "FIL-03",
                f"'{cell}' ({name}) cannot be the name of a file or folder",
                expected="a name without slashes",
                fix="correct it, or give whole paths in a manifest",
            )
    return _PLACEHOLDER.sub(lambda match: cells[match[1]], template)


def _value(name: str, record: Record) -> str:
    return record.case_id if name == "id" else record.path_cell(name)


def _label(record: Record, where: ImagePaths) -> int | None:
    text = record.path_cell(where.label_column) if where.label_column else ""
    if not text:
        return where.declared.label
    if not text.isdecimal():
        raise BadInputError(
            "FIL-04",
            f"the label is '{text}'",
            expected="a whole number, or nothing",
            fix=f"correct the column '{where.label_column}'",
        )
    return int(text)


def _without_images(record: Record, names: Mapping[str, ImagePaths]) -> Finding:
    return Finding(
        "FIL-05",
        "warning",
        "the case has none of the images",
        f"at least one of {', '.join(names)}",
        "add its images, or leave the case out if none exist",
        case=record.case_id,
    )


def template_columns(paths: Mapping[str, ImagePaths]) -> Iterator[tuple[str, str]]:
    """Yield the place in the study and the column for every column that templates name."""
    for name, where in paths.items():
        for column in where.columns:
            yield f"cohort.images.{name}", column
