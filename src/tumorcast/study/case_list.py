"""PyRadiomics' batch file: a table with one image and one mask a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.tables import TABLE_SUFFIXES, read_table
from tumorcast.cohort.text_table import TextRow, TextTable
from tumorcast.errors import BadInputError, Finding, refuse
from tumorcast.imaging import digest_of

if TYPE_CHECKING:
    from tumorcast.radiomics.inputs import ImageLike, MaskLike

_NAMES = {"image": "Image", "mask": "Mask", "label": "Label", "label_channel": "Label_channel"}


@dataclass(frozen=True)
class ListedCase:
    """One image and one mask, and what the table says beside them.

    Parameters
    ----------
    name
        What findings call it.
    carried
        The table's columns as they were written, the four of PyRadiomics under its names.
    image, mask
        Paths, or images given from Python.
    label, channel
        Of the mask; ``None`` leaves them to the settings.
    fault
        Why the row cannot be used.
    """

    name: str
    carried: Mapping[str, str]
    image: ImageLike = ""
    mask: MaskLike = ""
    label: int | None = None
    channel: int | None = None
    fault: BadInputError | None = None

    def digests(self) -> tuple[str, str]:
        """Return digests of image and mask.

        Raises
        ------
        BadInputError
            `fault` where there is one; ``IMG-02`` when a file cannot be read.
        """
        if self.fault is not None:
            raise self.fault
        try:
            return _digest(self.image), _digest(self.mask)
        except OSError as error:
            raise BadInputError(
                "IMG-02",
                f"the file cannot be read ({error.strerror})",
                expected="an image and a mask",
                fix="check the path; relative paths start at the folder of the table",
                file=str(error.filename),
            ) from None

    def why_lost(self, error: Exception | None) -> Finding:
        """Return the finding that excludes this case, whatever went wrong with it."""
        if isinstance(error, BadInputError):
            return error.for_case(self.name)
        return Finding(
            "INT-01",
            "excluded",
            f"the extraction failed: {error}",
            "",
            "this is a fault of the program or the machine, not of the input",
            case=self.name,
        )


def listed_cases(
    image: ImageLike, mask: MaskLike | None
) -> tuple[tuple[ListedCase, ...], tuple[Finding, ...]]:
    """Return the one case of an image and a mask, or the rows of a table.

    Raises
    ------
    StudyRefusedError
        ``EXT-02`` a mask is missing; otherwise as `read_case_list`.
    """
    if mask is not None:
        paths = {"Image": image, "Mask": mask}
        carried = {name: str(p) for name, p in paths.items() if isinstance(p, str | Path)}
        return (ListedCase(" ".join(carried.values()), carried, image, mask),), ()
    if is_case_list(image):
        return read_case_list(Path(image))
    raise refuse(
        "EXT-02",
        f"no mask was given for {image}",
        expected="an image and a mask, or a table with Image and Mask",
        fix="give the mask as the second argument",
    )


def is_case_list(source: object) -> TypeGuard[str | Path]:
    """Tell whether this is the path of a table rather than an image."""
    return isinstance(source, str | Path) and Path(source).suffix.lower() in TABLE_SUFFIXES


def read_case_list(path: Path) -> tuple[tuple[ListedCase, ...], tuple[Finding, ...]]:
    """Read a table with the columns Image and Mask, and optionally Label and Label_channel.

    Their case does not matter. Relative paths start at the folder of the table, as in PyRadiomics.
    Encoding, delimiter and decimal mark are detected.

    Returns
    -------
    cases, findings
        One case a row, also for rows that cannot be used.

    Raises
    ------
    StudyRefusedError
        ``EXT-01`` the columns are absent; ``TAB-01``, ``TAB-03`` or ``TAB-05`` as `read_table`.
    """
    table, findings = read_table(TableSource(path=path.name), path.parent)
    renamed = {name: _NAMES.get(name.lower(), name) for name in table.columns}
    if not {"Image", "Mask"} <= set(renamed.values()):
        raise refuse(
            "EXT-01",
            f"the columns are {', '.join(table.columns)}",
            expected="Image and Mask, and one row a region",
            fix="name the columns Image and Mask",
            file=str(path),
        )
    return tuple(_case(row, renamed, table, path.parent) for row in table.rows), findings


def _case(row: TextRow, renamed: Mapping[str, str], table: TextTable, folder: Path) -> ListedCase:
    carried = {renamed[name]: cell for name, cell in row.cells.items()}
    label = f", label {carried['Label']}" if carried.get("Label") else ""
    name = f"row {row.number} ({Path(carried['Image']).name}{label})"
    try:
        _refuse_broken(row, carried, table)
        numbers = {key: _number(carried, key) for key in ("Label", "Label_channel")}
    except BadInputError as fault:
        return ListedCase(name, carried, fault=fault)
    image, mask = folder / carried["Image"], folder / carried["Mask"]
    return ListedCase(name, carried, image, mask, numbers["Label"], numbers["Label_channel"])


def _refuse_broken(row: TextRow, carried: Mapping[str, str], table: TextTable) -> None:
    if row.n_cells != len(table.columns):
        raise BadInputError(
            "TAB-06",
            f"row {row.number} has {row.n_cells} cells",
            expected=f"{len(table.columns)}, as the header",
            fix="look for a delimiter inside a cell, and put that cell in quotes",
            file=table.file,
        )
    for key in ("Image", "Mask"):
        if not carried[key]:
            raise BadInputError(
                "EXT-03",
                f"row {row.number} has no {key}",
                expected="a path in every row",
                fix="fill it in, or delete the row",
                file=table.file,
            )


def _number(carried: Mapping[str, str], key: str) -> int | None:
    text = carried.get(key, "")
    try:
        number = float(text) if text else None
    except ValueError:
        number = -1.0
    if number is None:
        return None
    if number < 0 or number != int(number):
        raise BadInputError(
            "EXT-03",
            f"{key} is '{text}'",
            expected="a whole number",
            fix="write the voxel value of the region, or leave the cell empty",
        )
    return int(number)


def _digest(source: Any) -> str:
    if isinstance(source, str | Path):
        return digest_of(Path(source))
    if hasattr(source, "geometry"):
        return digest_of(source)
    from tumorcast.radiomics.inputs import Frame  # noqa: PLC0415
    from tumorcast.radiomics.itk import sitk  # noqa: PLC0415

    return f"{sitk.Hash(source)} {Frame.of_image(source)} {source.GetPixelIDTypeAsString()}"
