"""What is being proposed, with a note on every guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tumorcast.cohort.clinical import column_tokens
from tumorcast.cohort.numbers import number_of
from tumorcast.cohort.text_table import TextTable


@dataclass
class Draft:
    """A document in the making.

    Parameters
    ----------
    table
        The table with clinical columns and endpoint.
    document
        Keys and values as in the study file.
    notes
        By dotted key, what was guessed from what.
    used
        Columns that have found their place.
    """

    table: TextTable
    document: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @property
    def free_columns(self) -> list[str]:
        """Columns without a place yet, in the order of the table."""
        return [name for name in self.table.columns if name not in self.used]

    def known_texts(self, column: str) -> list[str]:
        """Return the cells of a column that are not missing."""
        missing = {"", *self.table.missing}
        return [text for text in self.table.values(column) if text not in missing]

    def numbers(self, column: str) -> list[float]:
        """Return the cells of a column that are numbers."""
        found = (number_of(text, self.table.decimal) for text in self.known_texts(column))
        return [value for value in found if value is not None]

    def is_numeric(self, column: str) -> bool:
        """Return whether all known cells of a column, at least one, are numbers."""
        texts = self.known_texts(column)
        return bool(texts) and len(self.numbers(column)) == len(texts)

    def is_zero_one(self, column: str) -> bool:
        """Return whether a column holds 0 and 1, both, and nothing else."""
        return self.is_numeric(column) and set(self.numbers(column)) == {0.0, 1.0}


def words(column: str) -> set[str]:
    """Return the words of a column's name in lower case."""
    return set(column_tokens(column))
