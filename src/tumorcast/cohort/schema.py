"""What a study declares about its tables, images, clinical columns and endpoint."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    field_validator,
    model_validator,
)

from tumorcast.cohort.dates import ISO, check_format
from tumorcast.cohort.declared import Declared, RegionName, RegularExpression, Texts
from tumorcast.cohort.schema_classes import ClassSource
from tumorcast.imaging.unit import Unit

DEFAULT_MISSING = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", ".")
"""Cells that mean "not known", beside the empty ones, in every table that declares no others."""


Layout = Literal["files", "dicom", "hecktor", "nnunet"]


class ClinicalColumn(Declared):
    """One clinical or laboratory variable.

    Parameters
    ----------
    kind
        ``number``; ``category`` (text, any number of levels); ``ordinal`` (text with an order, such
        as a stage or grade; enters models as its rank); ``flag`` (yes/no, +/-, 1/0).
    known
        ``baseline``: known on the index date, may be a predictor. ``later``: never reaches a case.
    unit
        Unit of a number, for the report.
    block
        First part of the column's name in the feature table. A tumour volume that a reader
        measured has the block ``volume`` and enters models as its logarithm.
    column
        Name in the source table; by default the key under which this column is declared.
    missing
        Cell texts that mean "not known" in this column, instead of the table's list. Numbers are
        compared as numbers. An empty cell always means it.
    levels
        The permitted texts of a category; any other is missing, with a warning.
    ranks
        The rank of each text of an ordinal column, such as ``{T1: 1, T2: 2, T4a: 4, T4b: 4}``; any
        other text is missing, with a warning.
    same_unit
        That all numbers are in one unit, although they look as if in two.
    """

    kind: Literal["number", "category", "ordinal", "flag"]
    known: Literal["baseline", "later"]
    unit: str = ""
    block: Literal["clinical", "lab", "volume"] = "clinical"
    column: str | None = None
    missing: Texts | None = None
    levels: Texts | None = None
    ranks: dict[str, float] | None = None
    same_unit: bool = False

    @model_validator(mode="after")
    def _levels_and_ranks_belong_to_their_kinds(self) -> Self:
        if (self.ranks is not None) != (self.kind == "ordinal"):
            raise ValueError(
                "kind: ordinal needs ranks: {TEXT: NUMBER, ...}, and no other kind does"
            )
        if self.levels is not None and self.kind != "category":
            raise ValueError(f"levels are for kind: category, not {self.kind}")
        return self


class TableSource(Declared):
    """A CSV, TSV or XLSX file. What is not declared is detected and echoed."""

    path: str
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    missing: Texts = DEFAULT_MISSING


def _table_of_path(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


AnyTable = Annotated[TableSource, BeforeValidator(_table_of_path)]
"""A `TableSource`, or its path alone."""


class ImageTemplate(Declared):
    """Where one image of every case lies.

    ``{id}`` in `path` and `mask` stands for the case id and any other ``{NAME}`` for the cell in
    that column of the manifest or table. Without `path`, the manifest's columns ``NAME`` and
    ``NAME_mask`` (or a shared ``mask``) hold the paths of the image declared as ``NAME``.
    Relative paths start at the cohort's root. A layout finds the files itself.

    Parameters
    ----------
    unit
        Unit of the voxels.
    known
        ``baseline``: taken up to the index date. ``later``: refused, as nothing may learn from it.
        Must be declared for the images of a change (`delta`).
    path
        Template of the image's path.
    mask
        Template of the mask's path; or one for each region, by the region's name, in which ``*``
        finds one lesion a file.
    label
        Voxel value of the tumour in a mask with several.
    threshold
        Value from which a voxel of a probability map is tumour.
    modality
        Which images of a layout are meant: the modality of a DICOM series, the file's ending in
        HECKTOR's (``CT`` for ``__CT.nii.gz``), the channel's name in nnU-Net's. By default the
        image's name in capitals.
    description
        DICOM: regular expression that the series description must match.
    only_drawn_on
        DICOM: whether only series on which something was drawn are meant.
    series
        Series Instance UID or modality to take where a path leads to several DICOM series.
    max_gap_slices
        DICOM: how many missing slices may be filled by interpolation.
    """

    unit: Unit
    known: Literal["baseline", "later"] | None = None
    path: str | None = None
    mask: str | dict[RegionName, str] | None = None
    label: int | None = None
    threshold: PositiveFloat | None = None
    modality: str | None = None
    description: RegularExpression | None = None
    only_drawn_on: bool = False
    series: str | None = None
    max_gap_slices: NonNegativeInt = 0

    @model_validator(mode="after")
    def _label_or_threshold(self) -> Self:
        if self.label is not None and self.threshold is not None:
            raise ValueError(
                "label is for labels, threshold for probabilities; give one of the two"
            )
        return self


class ValueSource(Declared):
    """A text about a case: from a column, or out of its id.

    Parameters
    ----------
    column
        Column of the table or the manifest.
    from_id
        Regular expression with one group, searched in the id.
    """

    column: str | None = None
    from_id: str | None = None

    @field_validator("from_id")
    @classmethod
    def _one_group(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"'{pattern}' is no regular expression: {error}") from None
        if groups != 1:
            raise ValueError(f"'{pattern}' has {groups} groups; put exactly one part in brackets")
        return pattern

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.from_id is None):
            raise ValueError("declare column: or from_id:, one of the two")
        return self


def _column_of_name(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


AnyValue = Annotated[ValueSource, BeforeValidator(_column_of_name)]
"""A `ValueSource`, or a column's name alone."""


class FlagSource(Declared):
    """A yes/no taken from a column.

    Parameters
    ----------
    column
        Name in the table.
    values
        Written ``is:``. Cell texts that mean yes, every other known text meaning no. ``None``: the
        column holds 0 and 1.
    """

    column: str
    values: Texts | None = Field(default=None, alias="is")


AnyFlag = Annotated[FlagSource, BeforeValidator(_column_of_name)]
"""A `FlagSource`, or the name of a 0/1 column alone."""


class CohortSource(Declared):
    """Files of a cohort and how their rows become cases.

    Parameters
    ----------
    layout
        How the images lie: ``files`` by templates or columns of paths; ``dicom`` any tree of
        DICOM files, in which a Patient ID is a case; ``hecktor``; ``nnunet``.
    root
        Folder that relative image paths start at, itself relative to the study file.
    table
        One row a case: clinical columns and the endpoint.
    manifest
        One row a case: paths of images and masks. May be the only table.
    id
        Column of the case id, in both.
    patient
        Where the patient's id is; by default a case is a patient.
    centre
        Where the centre is.
    images
        By name, such as ``ct``.
    drawn
        The labels, or the ROI names and regular expressions for them, of each region. ``None``
        takes the layout's own: TG-263's names, HECKTOR's labels, or those of nnU-Net's
        ``dataset.json``; for `files`, the one region that there is. Empty: nothing was drawn.
    tumor
        The regions that make up the tumour; empty for all.
    structures
        DICOM: regular expression for the description of the RTSTRUCT or SEG that counts.
    force_dicom
        DICOM: whether files without the preamble and prefix of the file format are read, too.
    hash_ids
        Whether keyed hashes stand for ids and files in all that is printed and written.
    """

    layout: Layout = "files"
    root: str = "."
    table: AnyTable | None = None
    manifest: AnyTable | None = None
    id: str = "id"
    patient: AnyValue | None = None
    centre: AnyValue | None = None
    images: dict[str, ImageTemplate] = Field(default_factory=dict)
    drawn: dict[RegionName, Texts] | None = None
    tumor: tuple[str, ...] = ()
    structures: RegularExpression | None = None
    force_dicom: bool = False
    hash_ids: bool = False

    @model_validator(mode="after")
    def _some_table(self) -> Self:
        if self.table is None and self.manifest is None:
            raise ValueError("declare table: (one row a case), manifest: (image paths), or both")
        if self.layout != "files" and (self.table is None or self.manifest is not None):
            raise ValueError(f"layout: {self.layout} finds the images itself: declare table: alone")
        return self

    @model_validator(mode="after")
    def _regions_hold_together(self) -> Self:
        labels = [text for texts in (self.drawn or {}).values() for text in texts]
        if self.layout != "dicom" and not all(text.isdecimal() for text in labels):
            raise ValueError("drawn: takes the labels of a region, such as GTVn: [2]")
        if self.drawn and "tumor" in self.drawn:
            raise ValueError("drawn: 'tumor' is the union of all; give this region another name")
        unknown = sorted({*self.tumor} - {*self.region_names}) if self.region_names else []
        if unknown:
            raise ValueError(f"tumor: names {', '.join(unknown)}, which is not in drawn:")
        return self

    @property
    def region_names(self) -> tuple[str, ...]:
        """Names of the regions that are drawn, as far as the study declares them."""
        if self.drawn is not None:
            return tuple(self.drawn)
        masks = [image.mask for image in self.images.values() if isinstance(image.mask, dict)]
        return tuple(dict.fromkeys(name for mask in masks for name in mask))

    @property
    def main_table(self) -> TableSource:
        """The table that holds clinical columns and the endpoint."""
        return next(table for table in (self.table, self.manifest) if table is not None)


class DateSource(Declared):
    """Where times are written as dates.

    Parameters
    ----------
    start
        Column of the index date.
    format
        How all dates are written: YYYY, MM and DD with what stands between them, or ``excel`` for
        Excel's numbers.
    """

    start: str
    format: Annotated[str, AfterValidator(check_format)] = ISO


class EndpointSource(Declared):
    """The event that is predicted, and when it came; or which of several classes it is.

    Parameters
    ----------
    event
        Whether it came. Either this or `classes`.
    classes
        One of three or more classes, without a time.
    time
        Column of the time from the index date to the event, or to the end of follow-up where it
        did not come. ``None``: only the fact is known.
    time_unit
        Unit of all times; must be declared with `time`.
    dates
        Declared instead of `time_unit` where `time`, `followup` and `competing_time` are columns
        of dates.
    followup
        Column of the length of follow-up, used where `time` is empty.
    competing
        An event that makes the one of interest impossible, such as death; counts only where the
        event did not come.
    competing_time
        Column of its time; where empty, `time` or `followup`.
    horizons_days
        Days, or ``all`` for the whole follow-up. The first is the primary one.
    """

    name: str
    event: AnyFlag | None = None
    classes: ClassSource | None = None
    time: str | None = None
    time_unit: Literal["days", "weeks", "months", "years"] | None = None
    dates: DateSource | None = None
    followup: str | None = None
    competing: AnyFlag | None = None
    competing_time: str | None = None
    horizons_days: tuple[Literal["all"] | PositiveFloat, ...] = Field(
        default=("all",), min_length=1
    )

    @model_validator(mode="after")
    def _event_or_classes(self) -> Self:
        if (self.event is None) == (self.classes is None):
            raise ValueError("declare event: (yes or no), or classes: (three or more), one of both")
        if self.classes is not None and (self.time or self.competing):
            raise ValueError("classes have no time and no competing event; these go with event:")
        return self

    @model_validator(mode="after")
    def _times_hold_together(self) -> Self:
        if self.time is None and (self.followup or self.competing_time):
            raise ValueError("followup and competing_time need time")
        if (self.time is not None) != ((self.time_unit is None) != (self.dates is None)):
            raise ValueError(
                "time needs its time_unit: days, weeks, months or years; or, for dates, "
                "dates: {start: COLUMN, format: DD/MM/YYYY}"
            )
        if self.competing_time and self.competing is None:
            raise ValueError("competing_time needs competing")
        if self.time is None and self.horizons_days != ("all",):
            raise ValueError("a horizon in days needs the column of the time; use [all] without")
        if len(set(self.horizons_days)) != len(self.horizons_days):
            raise ValueError("a horizon is named twice")
        return self

    @property
    def horizons(self) -> tuple[float, ...]:
        """Horizons in days, infinite for the whole follow-up, the primary one first."""
        return tuple(math.inf if days == "all" else float(days) for days in self.horizons_days)
