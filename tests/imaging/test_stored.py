"""Bombs, lies and truncations, none of which take memory."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tumorcast.errors import BadInputError
from tumorcast.imaging.stored import (
    MAX_BLOWN_UP_BYTES,
    MAX_BLOWN_UP_MASK_BYTES,
    MAX_DECLARED_BYTES,
    Encoding,
    StoredVoxels,
    check_size,
    check_stored,
    unpack_into,
)

PACK: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
}
VOXELS = bytes(range(256)) * 8


@pytest.fixture(params=["raw", "gzip", "zlib"])
def encoding(request: pytest.FixtureRequest) -> Encoding:
    chosen: Encoding = request.param
    return chosen


def stored(
    path: Path, content: bytes, n_bytes: int, encoding: Encoding, offset: int = 0
) -> StoredVoxels:
    path.write_bytes(content)
    return StoredVoxels(path, offset, n_bytes, encoding)


def test_what_is_declared_is_there(encoding: Encoding, tmp_path: Path) -> None:
    check_stored(stored(tmp_path / "a", PACK[encoding](VOXELS), len(VOXELS), encoding))


def test_voxels_may_begin_later(encoding: Encoding, tmp_path: Path) -> None:
    content = b"header" + PACK[encoding](VOXELS)
    check_stored(stored(tmp_path / "a", content, len(VOXELS), encoding, 6))


def test_more_declared_than_stored(encoding: Encoding, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"IMG-02.*2,049"):
        check_stored(stored(tmp_path / "a", PACK[encoding](VOXELS), len(VOXELS) + 1, encoding))


def test_truncated(encoding: Encoding, tmp_path: Path) -> None:
    content = PACK[encoding](VOXELS)
    with pytest.raises(BadInputError, match="IMG-02"):
        check_stored(stored(tmp_path / "a", content[:-1], len(VOXELS), encoding))


def test_a_header_that_asks_for_too_much(encoding: Encoding, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"IMG-05.*at most 4,294,967,296"):
        check_stored(
            stored(tmp_path / "a", PACK[encoding](VOXELS), MAX_DECLARED_BYTES + 1, encoding)
        )


def test_a_header_beyond_what_compression_can_do(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"IMG-02.*the file holds"):
        check_stored(stored(tmp_path / "a", gzip.compress(VOXELS), 10**9, "gzip"))


def test_text_holds_a_voxel_in_two_characters(tmp_path: Path) -> None:
    check_stored(stored(tmp_path / "a", b"1 2 3 4", 4 * 8, "other"))
    with pytest.raises(BadInputError, match=r"IMG-02.*declares 512,000,000 .*the file holds 7"):
        check_stored(stored(tmp_path / "a", b"1 2 3 4", 512_000_000, "other"))


def test_a_bomb_is_left_before_it_fills_the_memory(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(16 * 1024**2))
    tracemalloc.start()
    with pytest.raises(BadInputError, match=r"IMG-05.*unpacks to more than"):
        check_stored(stored(tmp_path / "a", bomb, 2048, "gzip"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 1024**2


def test_files_in_several_members_and_padding(tmp_path: Path) -> None:
    content = gzip.compress(VOXELS[:1000]) + gzip.compress(VOXELS[1000:]) + bytes(512)
    check_stored(stored(tmp_path / "a", content, len(VOXELS), "gzip"))


def test_a_wrong_checksum(tmp_path: Path) -> None:
    cases: tuple[tuple[Encoding, int], ...] = (("gzip", -8), ("zlib", -1))
    for encoding, position in cases:
        content = bytearray(PACK[encoding](VOXELS))
        content[position] ^= 1
        with pytest.raises(BadInputError, match=r"IMG-02.*damaged"):
            check_stored(stored(tmp_path / encoding, bytes(content), len(VOXELS), encoding))


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"IMG-02.*missing"):
        check_stored(StoredVoxels(tmp_path / "absent.raw", 0, 1, "raw"))


def test_a_file_is_checked_again_when_it_changes(tmp_path: Path) -> None:
    content = gzip.compress(VOXELS)
    good = stored(tmp_path / "a", content, len(VOXELS), "gzip")
    check_stored(good)
    (tmp_path / "a").write_bytes(content[:-3])
    with pytest.raises(BadInputError, match="IMG-02"):
        check_stored(good)


def test_a_mask_may_hold_next_to_nothing_and_an_image_not(tmp_path: Path) -> None:
    declared = MAX_BLOWN_UP_BYTES + 1
    small = stored(tmp_path / "a", bytes(declared // 1000), declared, "gzip")
    with pytest.raises(BadInputError, match=r"IMG-05.*at most 134,217,728, or 100 times the file"):
        check_size(small)
    check_size(small, MAX_BLOWN_UP_MASK_BYTES)
    check_size(stored(tmp_path / "a", bytes(declared // 99), declared, "gzip"))


def test_voxels_are_unpacked_to_where_they_stay(tmp_path: Path) -> None:
    content = b"header" + VOXELS
    target = bytearray(len(VOXELS))
    unpack_into(stored(tmp_path / "a", gzip.compress(content), len(content), "gzip"), 6,
                memoryview(target))  # fmt: skip
    assert bytes(target) == VOXELS


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda raw: raw[:-9], "end too early"),
        (lambda raw: raw[:-8] + bytes(8), "damaged"),
        (lambda raw: gzip.compress(VOXELS[:-1]), "unpacks to 2,047 bytes"),
        (lambda raw: gzip.compress(VOXELS + bytes(2 * 1024**2)), "IMG-05"),
    ],
)
def test_what_is_unpacked_is_checked(
    tmp_path: Path, spoil: Callable[[bytes], bytes], found: str
) -> None:
    spoilt = stored(tmp_path / "a", spoil(gzip.compress(VOXELS)), len(VOXELS), "gzip")
    with pytest.raises(BadInputError, match=found):
        unpack_into(spoilt, 0, memoryview(bytearray(len(VOXELS))))
