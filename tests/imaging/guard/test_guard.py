"""A guarded call: what crosses over, and what happens when the reader fails."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Geometry, Mask, Volume, read_volume, write_volume
from tumorcast.imaging.dicom import Header
from tumorcast.imaging.guard import allow, empty, guarded, start_early, unguarded
from tumorcast.imaging.guard.codec import decode, encode
from tumorcast.imaging.guard.received import MOST_KEPT_BYTES, ReceivedMemory

pytestmark = pytest.mark.skipif(os.name != "posix", reason="files are read in this process there")
GRID = Geometry.of_spacing((2, 3, 4), (3.0, 1.0, 1.0))


@guarded
def process_id(path: str = "a.dcm") -> int:
    return os.getpid()


@guarded
def fill_memory(path: str, n_bytes: int, allowed: int = 0) -> int:
    allow(voxel_bytes=allowed)
    return int(np.empty(n_bytes, dtype=np.uint8).size)


@guarded
def crash(path: str) -> None:
    ctypes.string_at(0)


@guarded
def leave(path: str) -> None:
    os._exit(7)


@guarded
def volume_of(value: int, findings: list[Finding] | None = None) -> Volume:
    array = empty(GRID.shape, np.int16)
    array[...] = value
    if findings is not None:
        findings.append(Finding("X-01", "repaired", f"{value}", "", ""))
    return Volume(array, GRID, "HU")


@guarded
def complain(path: str, kind: str) -> None:
    if kind == "ours":
        raise BadInputError("X-02", "this", expected="that", fix="so", file=path, consequence="ask")
    if kind == "interrupt":
        raise UnicodeDecodeError("utf-8", b"x", 0, 1, "an example")
    raise FileNotFoundError(path)


@guarded
def endless(path: str) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0.5)
    while True:
        pass


def refusal(function: object, *args: object) -> Finding:
    with pytest.raises(BadInputError) as caught:
        function(*args)  # type: ignore[operator]
    return caught.value.finding


def test_one_child_serves_a_thread_and_every_thread_has_its_own() -> None:
    start_early()
    ids = [process_id(), process_id()]
    others: list[int] = []
    thread = threading.Thread(target=lambda: others.append(process_id()))
    thread.start()
    thread.join()
    assert len(set(ids)) == 1
    assert len({os.getpid(), ids[0], others[0]}) == 3
    with unguarded():
        assert process_id() == os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="the system keeps no limit of memory")
def test_memory_beyond_the_limit_is_refused_by_name_and_the_child_lives_on() -> None:
    before = process_id()
    finding = refusal(fill_memory, "big.dcm", 3 * 1024**3)
    assert (finding.code, finding.file) == ("LIM-01", "big.dcm")
    assert "805,306,368 bytes" in finding.expected
    assert process_id() == before
    assert fill_memory("big.dcm", 900 * 1024**2, allowed=100 * 1024**2) == 900 * 1024**2


def test_a_crash_is_refused_by_name_and_the_next_file_is_read() -> None:
    before = process_id()
    finding = refusal(crash, "odd.dcm")
    assert (finding.code, finding.file) == ("LIM-03", "odd.dcm")
    assert "SIGSEGV" in finding.found
    assert "exit code 7" in refusal(leave, "odd.dcm").found
    assert process_id() != before


def test_computing_without_end_is_stopped() -> None:
    started = time.perf_counter()
    finding = refusal(endless, "slow.dcm")
    assert (finding.code, finding.file) == ("LIM-02", "slow.dcm")
    assert time.perf_counter() - started < 60


def test_errors_arrive_as_they_were_raised() -> None:
    finding = refusal(complain, "a.dcm", "ours")
    assert finding == Finding("X-02", "ask", "this", "that", "so", file="a.dcm")
    with pytest.raises(FileNotFoundError, match=r"a\.dcm"):
        complain("a.dcm", "absent")
    with pytest.raises(RuntimeError, match="UnicodeDecodeError: "):
        complain("a.dcm", "interrupt")


def test_voxels_and_findings_arrive_and_live_on() -> None:
    findings: list[Finding] = []
    volumes = [volume_of(i, findings=findings) for i in range(5)]
    assert [int(one.array[1, 2, 3]) for one in volumes] == [0, 1, 2, 3, 4]
    assert volumes[0].geometry == GRID
    assert volumes[0].unit == "HU"
    assert [one.found for one in findings] == ["0", "1", "2", "3", "4"]
    kept: NDArray[np.int16] = volumes[1].array[:1]
    del volumes
    assert [int(volume_of(9).array[0, 0, 0]) for _ in range(5)] == [9] * 5
    assert int(kept[0, 0, 0]) == 1


def test_a_guarded_volume_equals_the_direct_one(tmp_path: Path) -> None:
    path = tmp_path / "image.nii.gz"
    write_volume(Volume(np.arange(24, dtype=np.float32).reshape(2, 3, 4), GRID), path)
    guarded_one = read_volume(path)
    with unguarded():
        assert read_volume(path) == guarded_one
    with pytest.raises(ValueError, match="read-only"):
        guarded_one.array[0, 0, 0] = 1


def test_what_crosses_over_comes_back_equal() -> None:
    header = Header(
        "p", "1.2", "1.3", "1.4", "1.5", "ab", "CT", "d", ("A",), "1", "2", 1, 2, 3, 1, 16, 12,
        11, False, (1.0, 2.0), (), (0.1, 0.2, 1e300), None, -1024.0, None, None, 100,
    )  # fmt: skip
    value: Any = (
        header,
        GRID,
        Path("a/\udcff"),
        frozenset({"x"}),
        {"path": None, "n": (1, (2,))},
        {},
    )
    assert decode(encode(value)) == value
    assert decode(encode({"path": Path("b")})) == {"path": Path("b")}
    with pytest.raises(TypeError, match="cannot be handed"):
        encode(object())


@pytest.mark.parametrize(
    "text", [b'{"!Popen": []}', b'{"!array": [1, "O", [1]]}', b'{"!Mask": 3}', b"\xff", b"{"]
)
def test_only_known_things_can_be_made(text: bytes) -> None:
    memory = ReceivedMemory()
    with pytest.raises((ValueError, TypeError, KeyError)):
        decode(text, memory.array)


def test_memory_beyond_what_is_kept_is_given_back() -> None:
    memory = ReceivedMemory()
    for number, size in enumerate([MOST_KEPT_BYTES - 1, MOST_KEPT_BYTES, 4096], start=1):
        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
        os.ftruncate(handle, size)
        memory.add([number], [handle])
        memory.array(number, "|u1", (10,))
    kept, dropped = memory.settle()
    assert sorted(kept + dropped) == [1, 2, 3]
    assert dropped
    assert sum(len(memory.mappings[number]) for number in kept) <= MOST_KEPT_BYTES
    assert set(memory.mappings) == set(kept)


def test_a_mask_crosses_over_as_it_is() -> None:
    mask = Mask(np.ones(GRID.shape, dtype=bool), GRID, "GTV")
    pieces: dict[int, NDArray[np.bool_]] = {}

    def place(array: NDArray[np.bool_]) -> int:
        pieces[1] = array
        return 1

    assert decode(encode(mask, place), lambda number, *_: pieces[number]) == mask
