"""The identity of an input: the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from tumorcast.imaging.data_location import detached_data
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.raster import Raster


def digest_of(source: Path | DicomSeries | Raster) -> str:
    """Return the SHA-256 of a file, a folder, a series or voxels, as 64 hexadecimal digits.

    A file is read once while its size and time of change stay the same; the data file that a
    detached header names counts with it. A folder's digest covers the relative name and the bytes
    of every file in it, that of a series the bytes of its files. A volume's or mask's covers
    values, type, geometry, and unit or name.
    """
    if isinstance(source, Raster):
        return _digest_of_raster(source)
    if isinstance(source, DicomSeries):
        return source.digest_of_files([_digest_of(path) for path in source.files])
    path = Path(source)
    if path.is_dir():
        return _digest_of_folder(path)
    data = detached_data(path)
    if data is not None:
        return hashlib.sha256(f"{_digest_of(path)}{_digest_of(data)}".encode()).hexdigest()
    return _digest_of(path)


def _digest_of(path: Path) -> str:
    status = path.stat()
    return _digest_of_file(str(path.resolve()), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _digest_of_file(path: str, size: int, mtime_ns: int) -> str:  # noqa: ARG001
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_folder(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(folder).as_posix()}\0{_digest_of(path)}\n".encode())
    return total.hexdigest()


def _digest_of_raster(raster: Raster) -> str:
    geometry = raster.geometry
    header = (
        type(raster).__name__,
        raster._label(),
        raster.array.dtype.str,
        geometry.shape,
        geometry.affine,
        geometry.frame_of_reference,
    )
    total = hashlib.sha256(repr(header).encode())
    total.update(raster.array.data)
    return total.hexdigest()
