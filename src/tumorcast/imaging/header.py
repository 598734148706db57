"""What a file says about itself, judged before any voxel is read."""

from __future__ import annotations

from pathlib import Path

from tumorcast.errors import BadInputError

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


def check_file(path: Path) -> None:
    """Refuse a file that is absent, empty or of another format.

    Raises
    ------
    BadInputError
        ``IMG-02`` or ``IMG-03``.
    """
    if not path.is_file() or path.stat().st_size == 0:
        raise BadInputError(
            "IMG-02",
            "the file is empty" if path.is_file() else "there is no such file",
            expected="an image",
            fix="correct the path, or export the file again",
            file=str(path),
        )
    if not path.name.lower().endswith(SUFFIXES):
        raise BadInputError(
            "IMG-03",
            f"a file named {path.name}",
            expected=f"a name ending in {', '.join(SUFFIXES)}",
            fix="convert the image to NIfTI, NRRD or MetaImage",
            file=str(path),
        )
