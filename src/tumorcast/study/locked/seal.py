"""The seal of a bundle: the digest of every file, so that a changed one is refused by name.

A seal shows damage and careless edits. Whoever means harm can make a new one; against that, the
seal's own digest, which `tumorcast bundle` prints, is compared with the one that its makers tell.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tumorcast.errors import StudyRefusedError, refuse

SCHEMA = 1
"""Layout of bundles that this version writes, and the newest that it reads."""

SEAL = "seal.json"


@dataclass(frozen=True)
class SealedFolder:
    """A folder whose every sealed file was found as its seal says.

    Parameters
    ----------
    root
        The folder.
    digest
        SHA-256 of the seal.
    files
        SHA-256 of each file by its path in the folder; other files are not looked at.
    """

    root: Path
    digest: str
    files: dict[str, str]

    def read(self, name: str) -> bytes:
        """Return the bytes of a sealed file, compared with the seal once more.

        Raises
        ------
        StudyRefusedError
            ``BND-01`` when it is not part of the bundle, ``BND-02`` when it is not as sealed.
        """
        if name not in self.files:
            raise _no_bundle(self.root, f"its seal names no {name}")
        return _sealed_bytes(self.root, name, self.files[name])

    def document(self, name: str) -> Any:
        """Return a sealed JSON document."""
        return json.loads(self.read(name))


def write_seal(root: Path) -> str:
    """Seal every file of a folder and return the digest of the seal."""
    files = {
        path.relative_to(root).as_posix(): _sha256(path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file() and path != root / SEAL
    }
    text = json.dumps({"schema": SCHEMA, "files": files}, indent=2) + "\n"
    (root / SEAL).write_text(text, encoding="utf-8")
    return _sha256(text.encode())


def open_sealed(root: Path, digest: str | None = None) -> SealedFolder:
    """Compare every file of a folder with its seal.

    Parameters
    ----------
    digest
        What the seal's own digest must be, or its first 8 digits or more; ``None`` does not ask.

    Raises
    ------
    StudyRefusedError
        ``BND-01`` when the folder has no seal that can be read, ``BND-02`` when a file or the seal
        is not what it should be, ``BND-03`` when the layout is newer than this version.
    """
    try:
        text = (root / SEAL).read_bytes()
        seal = json.loads(text)
        schema, files = int(seal["schema"]), dict(seal["files"])
    except FileNotFoundError:
        raise _no_bundle(
            root, f"it has no {SEAL}, so nothing says what its files should be"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_bundle(root, f"its {SEAL} cannot be read ({error})") from None
    if schema > SCHEMA:
        raise refuse(
            "BND-03",
            f"the bundle has layout {schema}",
            expected=f"layout {SCHEMA} or older, which is what this version of tumorcast knows",
            fix="update tumorcast",
            file=str(root / SEAL),
        )
    own = _sha256(text)
    if digest is not None and (len(digest) < 8 or not own.startswith(digest.lower())):
        raise _changed(root / SEAL, found=own, expected=digest)
    for name, expected in files.items():
        _sealed_bytes(root, name, str(expected))
    return SealedFolder(root, own, files)


def _sealed_bytes(root: Path, name: str, expected: str) -> bytes:
    path = root / name
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or path.is_symlink():
        raise _no_bundle(root, f"its seal names '{name}', which is not a file inside it")
    try:
        content = path.read_bytes()
    except OSError:
        raise _changed(path, found="no file that can be read", expected=expected) from None
    if (found := _sha256(content)) != expected:
        raise _changed(path, found=found, expected=expected)
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _no_bundle(root: Path, why: str) -> StudyRefusedError:
    return refuse(
        "BND-01",
        f"{root} is no bundle: {why}",
        expected="a folder that `tumorcast bundle` wrote, whole",
        fix="copy the bundle again, or make it from its run: tumorcast bundle RUN_DIR -o BUNDLE",
        file=str(root),
    )


def _changed(path: Path, *, found: str, expected: str) -> StudyRefusedError:
    return refuse(
        "BND-02",
        f"{path.name} is not what was sealed: SHA-256 {found}",
        expected=f"SHA-256 {expected}",
        fix="use the bundle as its makers gave it; nothing is predicted from a changed one",
        file=str(path),
    )
