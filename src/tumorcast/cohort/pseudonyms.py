"""Ids that nobody can trace back without a key, instead of those of a hospital.

The key is made once, beside the study file, with a list of ids for whoever owns the data:
``.tumorcast-private/key`` and ``ids.csv``, which only their owner may read. Without the key, a hash
of a short id would be undone by trying all of them, so it is HMAC-SHA256 (RFC 2104).
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tumorcast.cohort.case import Cohort
from tumorcast.errors import Finding, refuse

PRIVATE_FOLDER = ".tumorcast-private"
_KEY_BYTES = 32
_DIGITS = 12
_SHORT = 4
"""Ids below this length may be numbers that mean something else in a sentence."""


@dataclass(frozen=True)
class Pseudonyms:
    """What stands for every id, and for every file.

    Parameters
    ----------
    of
        Pseudonym by id, of cases and of patients.
    key
        Of the hash.
    root
        Folder of the images as findings write it: its path may name a patient, too.
    """

    of: Mapping[str, str]
    key: bytes
    root: str = ""

    @classmethod
    def beside(cls, base: Path, ids: Iterable[str], root: str = "") -> Pseudonyms:
        """Return those of a study, whose key is made when there is none, and list them there.

        Raises
        ------
        StudyRefusedError
            ``IDS-09`` the key can neither be read nor written.
        """
        folder = base / PRIVATE_FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            key = _key_in(folder / "key")
            names = cls({one: hashed(one, key) for one in ids if one}, key, root)
            _write_list(folder / "ids.csv", names.of)
        except OSError as error:
            raise refuse(
                "IDS-09",
                f"the key of the hashed ids cannot be kept ({error.strerror})",
                expected="a folder that can be written to, beside the study file",
                fix="copy the study file to such a folder, or set cohort.hash_ids: false",
                file=str(folder),
            ) from None
        return names

    def cohort(self, cohort: Cohort) -> Cohort:
        """Return the cases under their pseudonyms."""
        return Cohort(
            tuple(
                replace(
                    case,
                    case_id=self.of[case.case_id],
                    patient_id=self.of.get(case.patient_id, ""),
                )
                for case in cohort
            )
        )

    def alone(self, pseudonym: str) -> Pseudonyms:
        """Return what is needed for one case."""
        one = self._id_of.get(pseudonym)
        return replace(self, of={} if one is None else {one: pseudonym})

    def finding(self, finding: Finding) -> Finding:
        """Return a finding that names no id and no file of a case."""
        is_about_study = not finding.case and not Path(finding.file).is_absolute()
        return replace(
            finding,
            case=self._id(finding.case),
            found=self._text(finding.found, finding),
            expected=self._text(finding.expected, finding),
            fix=self._text(finding.fix, finding),
            file=finding.file if is_about_study or not finding.file else self._place(finding.file),
        )

    def _text(self, text: str, finding: Finding) -> str:
        if len(Path(self.root).parts) > 1:
            text = text.replace(self.root, self._place(self.root))
        for name in sorted(_names_near(finding.file), key=len, reverse=True):
            if name in text:
                text = text.replace(name, self._place(name))
        about_ids = finding.code.startswith("IDS")
        named = {one for one in (*self.of, finding.case) if one and one in text}
        for one in sorted(named, key=len, reverse=True):
            if about_ids or len(one) >= _SHORT:
                text = re.sub(_whole(one), self._id(one), text)
            else:
                text = text.replace(f"'{one}'", f"'{self._id(one)}'")
        return text

    @cached_property
    def _id_of(self) -> dict[str, str]:
        return {pseudonym: one for one, pseudonym in self.of.items()}

    def _id(self, one: str) -> str:
        """Return what stands for an id, even if no table lists it."""
        is_hashed = not one or one in self._id_of
        return one if is_hashed else self.of.get(one) or hashed(one, self.key)

    def _place(self, file: str) -> str:
        """Return what stands for a file: the ending says what it is."""
        return f"file-{hashed(file, self.key)}{''.join(Path(file).suffixes[-2:])}"


def hashed(text: str, key: bytes) -> str:
    """Return the first 48 bits of a keyed hash, in hexadecimal digits."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def _whole(one: str) -> str:
    return rf"(?<![^\W_]){re.escape(one)}(?![^\W_])"


def _names_near(file: str) -> set[str]:
    """Return the path, and the names of the files in the folder of which a finding speaks."""
    if not file:
        return set()
    path = Path(file)
    folder = path if path.is_dir() else path.parent
    try:
        return {file, path.name, *(entry.name for entry in os.scandir(folder))}
    except OSError:
        return {file, path.name}


def _key_in(file: Path) -> bytes:
    if not file.exists():
        _write_private(file, secrets.token_hex(_KEY_BYTES))
    return bytes.fromhex(file.read_text(encoding="ascii").strip())


def _write_list(file: Path, names: Mapping[str, str]) -> None:
    _write_private(file, "")
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["pseudonym", "id"])
        writer.writerows(sorted((pseudonym, one) for one, pseudonym in names.items()))


def _write_private(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
