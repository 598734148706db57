"""Which files of a folder make up the series that is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.header import Header, read_header
from tumorcast.imaging.dicom.scan import looks_like_dicom

_DICOM_SUFFIXES = {".dcm", ".dicom", ".ima"}


def dicom_files(folder: Path) -> list[Path]:
    """Return the DICOM files below a folder; links to folders are not followed.

    A file counts when it begins as DICOM files do, or is named as if it did.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        path for path in paths if path.suffix.lower() in _DICOM_SUFFIXES or looks_like_dicom(path)
    ]


def series_in(
    folder: Path, series: str | None, findings: list[Finding] | None, *, force: bool = False
) -> list[Header]:
    """Return the headers of the one image series in a folder tree.

    Parameters
    ----------
    folder
        Searched with all its subfolders.
    series
        Series Instance UID or modality (CT, PT, MR) to take when there are several.
    findings
        Receives what was skipped.
    force
        As for `scan`.

    Raises
    ------
    BadInputError
        ``IMG-02`` there is no image; ``DCM-07`` there are several series and none was chosen;
        ``DCM-09`` there are several patients or studies; ``DCM-20`` the only images are of an
        enhanced kind that is not read; and as `read_header`.
    """
    headers = [read_header(path, findings, force=force) for path in dicom_files(folder)]
    images = [header for header in headers if header.is_image]
    _note_skipped([header for header in headers if not header.is_image], folder, findings)
    if not images:
        raise fault(
            "IMG-02",
            "no CT, MR or PET image",
            "a folder with one DICOM series",
            "name the folder that holds the series",
            folder,
        )
    _check_patients(images, folder)
    chosen = _chosen(images, series, folder)
    if len({header.study for header in chosen}) > 1:
        raise _mixed(
            len({header.study for header in chosen}), "studies", "Study UID (0020,000D)", folder
        )
    return chosen


def _chosen(images: Sequence[Header], series: str | None, folder: Path) -> list[Header]:
    by_series: dict[str, list[Header]] = {}
    for header in images:
        by_series.setdefault(header.series, []).append(header)
    fitting = {
        uid: members
        for uid, members in by_series.items()
        if series is None or series in {uid, members[0].modality}
    }
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    table = "; ".join(
        f"{uid} ({members[0].modality}, {len(members)} files, '{members[0].description}')"
        for uid, members in sorted(by_series.items())
    )
    found = f"{len(by_series)} series: {table}"
    if not fitting:
        found = f"no series {series} among {found}"
    raise fault(
        "DCM-07",
        found,
        "one series",
        f"say which, such as series: {min(fitting or by_series)}, or by modality, series: "
        f"{next(iter(by_series.values()))[0].modality}",
        folder,
        "ask" if fitting else "excluded",
    )


def _check_patients(images: Iterable[Header], folder: Path) -> None:
    patients = {header.patient for header in images}
    if len(patients) > 1:
        raise _mixed(len(patients), "patients", "Patient ID (0010,0020)", folder)


def _mixed(count: int, what: str, tag: str, folder: Path) -> BadInputError:
    return fault(
        "DCM-09",
        f"images of {count} {what}, by {tag}",
        f"one of the {what} in the folder of one case",
        "separate them into folders; mixed cases are unsafe",
        folder,
    )


def _note_skipped(skipped: Sequence[Header], folder: Path, findings: list[Finding] | None) -> None:
    if skipped:
        kinds = Counter(header.kind for header in skipped)
        text = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        note(
            findings,
            Finding(
                "DCM-08",
                "repaired",
                f"{len(skipped)} objects that are no slices of an image: {text}",
                "slices only",
                "nothing to do: they were skipped",
                file=str(folder),
            ),
        )
