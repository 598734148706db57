"""Sound files of every kind that is read, ways to spoil them, and what reading them must end in."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import resource
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pydicom
from pydicom import uid
from pydicom.dataset import Dataset
from tests.bad_inputs.conftest import write_series, write_study
from tests.imaging.dicom.conftest import Edit, save
from tests.imaging.dicom.test_files import enhanced

from tumorcast import study
from tumorcast.cohort.readers.nnunet import read_dataset
from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.tables import read_table
from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.imaging import (
    Geometry,
    Mask,
    Volume,
    read_mask,
    read_volume,
    write_mask,
    write_volume,
)
from tumorcast.imaging.dicom import write_rtstruct, write_seg
from tumorcast.imaging.dicom.drawn import read_drawn
from tumorcast.imaging.dicom.index import index_folder
from tumorcast.imaging.guard import decorator
from tumorcast.radiomics.settings import Settings

MOST_SECONDS = 10.0
MOST_KILOBYTES = 1_000_000
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WORDS = (b"", b"-1", b"0", b"1e308", b"-1e-308", b"nan", b"inf", b"99999999999999999999", b"1.5",
         b"\xff", b"..", b"null", b"[]", b"{}", b"A", b"\0", b"2020-13-45")  # fmt: skip
PARAMETERS = """
setting:
  binWidth: 25
  resampledPixelSpacing: [1, 1, 1]
imageType:
  Original: {}
  LoG: {sigma: [2.0, 3.0]}
featureClass:
  firstorder: [Mean]
"""
Packing = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]


@dataclass(frozen=True)
class Target:
    """A file that is spoiled where it lies, and how it is read.

    Parameters
    ----------
    name
        Its kind.
    path, seed
        The file, and its sound content.
    read
        How it is read.
    packed
        How its content is unpacked and packed again, so that damage gets behind a checksum.
    """

    name: str
    path: Path
    seed: bytes
    read: Callable[[Path], object]
    packed: Packing | None = None


def outcome(target: Target) -> tuple[str, str]:
    """Read one file; return how it ended, and what is wrong with that."""
    started = computing_seconds()
    end, fault = "read", ""
    try:
        target.read(target.path)
    except BadInputError as error:
        end = error.finding.code
        if not error.finding.fix or not error.finding.file:
            fault = f"{end} without file or fix"
    except StudyRefusedError as error:
        end = error.findings[0].code
    except Exception as error:
        end, fault = type(error).__name__, f"{type(error).__name__}: {error}"[:200]
    if computing_seconds() - started > MOST_SECONDS:
        fault = fault or "more than 10 s"
    return end, fault or too_large()


def computing_seconds() -> float:
    """Return what this process and its readers, living and dead, have computed."""
    dead = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + dead.ru_utime + dead.ru_stime
    child = getattr(decorator._LOCAL, "child", None)
    stat = Path(f"/proc/{child.process.pid}/stat") if child else None
    if stat is not None and stat.exists():
        user, system = stat.read_text().rsplit(")", 1)[1].split()[11:13]
        total += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return total


def too_large() -> str:
    """Return a complaint if the reading process ever held too much; a new one follows it."""
    child = getattr(decorator._LOCAL, "child", None)
    try:
        status = Path(f"/proc/{child.process.pid}/status").read_text() if child else ""
    except OSError:
        return ""
    peaks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    if child and peaks and peaks[0] > MOST_KILOBYTES:
        child.stop()
        return f"{peaks[0]:,} kB of memory"
    return ""


def spoiled(target: Target, draw: random.Random, others: list[bytes]) -> bytes:
    """Return the content with one to eight changes, half of the packed ones made inside."""
    if target.packed is not None and draw.random() < 0.5:
        unpack, pack = target.packed
        return pack(mutated(unpack(target.seed), draw, others))
    if zipfile.is_zipfile(io.BytesIO(target.seed)) and draw.random() < 0.7:
        return with_mutated_member(target.seed, draw, others)
    return mutated(target.seed, draw, others)


def mutated(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    data = bytearray(content)
    for _ in range(draw.choice([1, 1, 1, 2, 3, 8])):
        early = min(len(data), 1500)
        at = draw.randrange((len(data) if draw.random() < 0.5 else early) + 1)
        CHANGES[draw.randrange(len(CHANGES))](data, at, draw, others)
    return bytes(data)


def flip_bit(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    if at < len(data):
        data[at] ^= 1 << draw.randrange(8)


def set_number(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    size = draw.choice([1, 2, 4])
    value = draw.choice(NUMBERS) & (256**size - 1)
    data[at : at + size] = value.to_bytes(size, draw.choice(["little", "big"]))


def set_word(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    """Replace a number that is written as text, half of the time by one of the same length."""
    found = re.compile(rb"[-+.\d]+").search(data, at, at + 400)
    if found:
        word, length = draw.choice(WORDS), len(found[0])
        same = word[:length].ljust(length) if draw.random() < 0.5 else word
        data[found.start() : found.end()] = same


def cut_off(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    del data[at:]


def cut_out(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    del data[at : at + draw.randrange(1, 64)]


def insert(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    data[at:at] = draw.randbytes(draw.randrange(1, 32))


def repeat(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    data[at:at] = data[at : at + draw.randrange(1, 256)] * draw.choice([1, 2, 50])


def splice(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    other = draw.choice(others)
    begin = draw.randrange(len(other))
    data[at : at + 64] = other[begin : begin + draw.randrange(1, 128)]


def overwrite(data: bytearray, at: int, draw: random.Random, others: list[bytes]) -> None:
    data[at : at + 16] = draw.randbytes(min(16, len(data) - at))


CHANGES = (
    flip_bit, set_number, set_word, cut_off, cut_out, insert, repeat, splice, overwrite
)  # fmt: skip


def with_mutated_member(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(list(members))
    members[name] = mutated(members[name], draw, others)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return packed.getvalue()


GZIP: Packing = (gzip.decompress, lambda raw: gzip.compress(raw, 1, mtime=0))


def deflated_part(raw: bytes) -> int:
    """Return where the data set of a deflated DICOM file begins."""
    return 144 + int.from_bytes(raw[140:144], "little")


def inflate(raw: bytes) -> bytes:
    start = deflated_part(raw)
    return raw[:start] + zlib.decompress(raw[start:], -15)


def deflate(raw: bytes) -> bytes:
    start = min(deflated_part(raw.ljust(144)), len(raw))
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return raw[:start] + packer.compress(raw[start:]) + packer.flush()


def targets_in(root: Path) -> list[Target]:
    """Write a sound file of each kind, in a cohort of its own where it needs one."""
    return [*dicom_images(root), *drawings(root), *image_files(root), *texts(root)]


def target(
    name: str, path: Path, read: Callable[[Path], object], packed: Packing | None = None
) -> Target:
    return Target(name, path, path.read_bytes(), read, packed)


def whole_series(path: Path) -> object:
    return read_volume(path.parent)


def small_series(folder: Path, modality: str) -> Path:
    write_series(folder, len(modality + folder.name), modality)
    for path in sorted(folder.iterdir())[3:]:
        path.unlink()
    return folder / "01.dcm"


def dicom_images(root: Path) -> list[Target]:
    made = [target(kind, small_series(root / kind, kind), whole_series) for kind in ("CT", "PT")]
    for syntax in (uid.RLELossless, uid.JPEGLSLossless, uid.JPEG2000Lossless):
        path = small_series(root / syntax.keyword, "CT")
        for one in path.parent.iterdir():  # the encoder of JPEG 2000 wants 32 voxels and more
            with Edit(one) as data:
                data.Rows = data.Columns = 32
                data.PixelData = np.arange(32 * 32, dtype=np.int16).tobytes()
        with Edit(path) as data:
            data.compress(syntax, generate_instance_uid=False)
        made.append(target(syntax.keyword, path, whole_series))
    path = small_series(root / "deflated", "CT")
    with Edit(path) as data:
        data.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    made.append(target("deflated", path, whole_series, (inflate, deflate)))
    for kind, syntax in (
        ("implicit", uid.ImplicitVRLittleEndian),
        ("big", uid.ExplicitVRBigEndian),
    ):
        path = small_series(root / kind, "CT")
        data = pydicom.dcmread(path)
        again = Dataset(data)
        again.file_meta = data.file_meta
        again.file_meta.TransferSyntaxUID = syntax
        little = syntax.is_little_endian
        save(
            again,
            path,
            implicit_vr=syntax.is_implicit_VR,
            little_endian=little,
            enforce_file_format=True,
        )
        made.append(target(kind, path, whole_series))
    path = small_series(root / "enhanced", "CT")
    with Edit(path) as data:
        data.Rows, data.Columns = 5, 4
        data.PixelData = bytes(40)
    enhanced(path, [10.0, 13.0, 16.0])
    made.append(target("enhanced", path, read_volume))
    path = small_series(root / "tree", "CT")
    made.append(target("tree", path, lambda path: index_folder(path.parent)))
    return made


def drawings(root: Path) -> list[Target]:
    slices = small_series(root / "drawn-on", "CT").parent
    geometry = read_volume(slices).geometry
    array = np.zeros(geometry.shape, dtype=bool)
    array[:, 5:15, 6:18] = True
    array[1, 8:11, 9:12] = False
    mask = Mask(array, geometry, "GTV")
    write_rtstruct(mask, root / "rs.dcm", slices)
    write_seg(mask, root / "seg.dcm", slices)

    def read(path: Path) -> object:
        read_drawn(path)
        return read_mask(path, geometry=geometry)

    return [target(name, root / f"{name}.dcm", read) for name in ("rs", "seg")]


def image_files(root: Path) -> list[Target]:
    volume = read_volume(small_series(root / "image", "CT").parent)
    grid = Geometry.of_spacing(volume.geometry.shape, (3.0, 0.8, 0.6))
    made = []
    for ending in ("nii", "nii.gz", "nrrd", "mha", "nhdr", "mhd"):
        path = root / f"image.{ending}"
        write_volume(Volume(volume.array, grid), path)
        made.append(target(ending, path, read_volume, GZIP if ending == "nii.gz" else None))
    array = np.zeros(grid.shape, dtype=bool)
    array[:, 5:15, 6:18] = True
    write_mask(replace(Mask(array, volume.geometry), geometry=grid), root / "mask.nii")
    made.append(target("mask", root / "mask.nii", read_mask))
    return made


def texts(root: Path) -> list[Target]:
    write_study(root, "images/{id}.nii.gz", "HU")
    write_workbook(root / "clinical.xlsx")
    nnunet = root / "nnunet" / "dataset.json"
    (nnunet.parent / "imagesTr").mkdir(parents=True)
    nnunet.write_text(
        json.dumps({"channel_names": {"0": "CT"}, "labels": {"background": 0, "tumor": 1},
                    "file_ending": ".nii.gz"})
    )  # fmt: skip
    params = root / "params.yaml"
    params.write_text(PARAMETERS, encoding="utf-8")
    folder, cache = root / "indexed", root / "index.json"
    shutil.copytree(root / "tree", folder)
    index_folder(folder, cache=cache)

    def table(path: Path) -> object:
        return read_table(TableSource(path=path.name), root)

    return [
        target("csv", root / "clinical.csv", table),
        target("xlsx", root / "clinical.xlsx", table),
        target("study", root / "study.yaml", study.load),
        target("nnunet", nnunet, lambda path: read_dataset(path.parent)),
        target("pyradiomics", params, Settings.load),
        target("index", cache, lambda path: index_folder(folder, cache=path)),
    ]


def write_workbook(path: Path) -> None:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook()
    book.active.append(["id", "age", "relapse"])
    for number in range(6):
        book.active.append([f"C{number:02d}", 50 + number, number % 2])
    book.save(path)
