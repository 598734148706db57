"""PyRadiomics' batch CSV: one image and mask a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.tables import read_table
from tumorcast.cohort.text_table import require_columns
from tumorcast.errors import BadInputError, Finding


@dataclass(frozen=True)
class BatchRow:
    """One row.

    Parameters
    ----------
    number
        Line of the file; the header is 1.
    image, mask
        Paths; relative ones in the file start at the file's folder, as PyRadiomics has it.
    label
        Voxel value of the region; ``None`` takes the only one there is.
    cells
        The whole row as text, to be carried into the results.
    """

    number: int
    image: Path
    mask: Path
    label: int | None
    cells: Mapping[str, str]


def read_batch(path: Path) -> tuple[tuple[BatchRow, ...], tuple[Finding, ...]]:
    """Read a file with the columns ``Image``, ``Mask`` and, optionally, ``Label``.

    Returns
    -------
    rows, findings
        Rows that cannot be used (``FIL-02`` a path is empty, ``FIL-04`` the label is no whole
        number) are left out and named in the findings by their number.

    Raises
    ------
    StudyRefusedError
        As `read_table`; ``TAB-04`` when ``Image`` or ``Mask`` is absent.
    """
    table, findings = read_table(TableSource(path=path.name), path.parent)
    require_columns({"the batch": "Image", "the batch (mask)": "Mask"}, [table])
    rows = []
    faults = list(findings)
    for row in table.rows:
        try:
            rows.append(_row(row.number, row.cells, path.parent))
        except BadInputError as error:
            faults.append(error.for_case(f"row {row.number}"))
    return tuple(rows), tuple(faults)


def _row(number: int, cells: Mapping[str, str], folder: Path) -> BatchRow:
    label = cells.get("Label", "")
    if not (cells["Image"] and cells["Mask"]):
        raise BadInputError(
            "FIL-02",
            "the path of the image or the mask is empty",
            expected="both paths",
            fix="fill them in, or delete the row",
        )
    if label and not label.isdecimal():
        raise BadInputError(
            "FIL-04",
            f"the label is '{label}'",
            expected="a whole number, or nothing",
            fix="correct the column 'Label'",
        )
    image, mask = folder / cells["Image"], folder / cells["Mask"]
    return BatchRow(number, image, mask, int(label) if label else None, cells)
