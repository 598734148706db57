"""The same bytes, the same digest; any change, another one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from tumorcast.imaging import Mask, Volume, digest_of, write_volume


def test_a_file_has_the_sha256_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"voxels")
    assert digest_of(path) == hashlib.sha256(b"voxels").hexdigest()


def test_a_changed_file_has_another_digest(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"voxels")
    before = digest_of(path)
    path.write_bytes(b"lexovs")
    os.utime(path, ns=(1, 1))
    assert digest_of(path) != before


def test_a_folder_covers_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "series").mkdir()
    first = tmp_path / "series" / "1.dcm"
    first.write_bytes(b"one")
    (tmp_path / "series" / "2.dcm").write_bytes(b"two")
    before = digest_of(tmp_path / "series")
    assert digest_of(tmp_path / "series") == before
    first.rename(tmp_path / "series" / "3.dcm")
    assert digest_of(tmp_path / "series") != before


def test_a_detached_header_covers_its_voxels(ct: Volume, tmp_path: Path) -> None:
    write_volume(ct, tmp_path / "a.mhd")
    before = digest_of(tmp_path / "a.mhd")
    data = tmp_path / "a.zraw"
    data.write_bytes(data.read_bytes() + b"\0")
    assert digest_of(tmp_path / "a.mhd") != before


def test_a_volume_covers_all_that_it_is(ct: Volume) -> None:
    same = Volume(ct.array.copy(), ct.geometry, "HU")
    assert digest_of(same) == digest_of(ct)
    changed = ct.array.copy()
    changed[0, 0, 0] += 1
    others = [
        replace(ct, array=changed),
        replace(ct, unit="arbitrary"),
        replace(ct, array=ct.array.astype(np.int32)),
        ct.flip(0),
        Mask(ct.array > 0, ct.geometry),
        Mask(ct.array > 0, ct.geometry, "node"),
    ]
    digests = {digest_of(raster) for raster in (ct, *others)}
    assert len(digests) == len(others) + 1
