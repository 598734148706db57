from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tumorcast.engine import Store, StoreError

KEY = "ab" + "0" * 62
OTHER = "cd" + "1" * 62


def entry(store: Store) -> Path:
    return store.root / KEY[:2] / KEY


def test_floats_come_back_bit_for_bit(store_folder: Path) -> None:
    values = {"x": 0.1 + 0.2, "tiny": 5e-324, "none": None, "inf": float("inf")}
    store = Store(store_folder)
    store.put(KEY, values)
    assert store.get(KEY) == values
    store.put(OTHER, [float("nan")])
    assert np.isnan(store.get(OTHER)[0])


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.dtype(name) for name in ("f2", "f8", "i8", "?", "U3")]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_arrays_come_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    store.put(KEY, array)
    store.put(OTHER, {"file": array, "a/b": array})
    named = store.get(OTHER)
    assert sorted(named) == ["a/b", "file"]
    for back in (store.get(KEY), named["file"]):
        assert back.dtype == array.dtype
        assert back.shape == array.shape
        assert back.tobytes() == array.tobytes()


def test_python_objects_are_refused(store_folder: Path) -> None:
    store = Store(store_folder)
    with pytest.raises(TypeError, match="Python objects"):
        store.put(KEY, np.array([object()]))
    with pytest.raises(TypeError):
        store.put(KEY, {"a": object()})
    assert not store.contains(KEY)


def test_an_absent_key_is_a_key_error(store_folder: Path) -> None:
    with pytest.raises(KeyError, match=KEY):
        Store(store_folder).get(KEY)


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "header", "foreign"])
def test_a_damaged_entry_counts_as_absent_and_is_removed(store_folder: Path, damage: str) -> None:
    store = Store(store_folder)
    store.put(KEY, np.arange(100))
    whole = entry(store).read_bytes()
    middle = len(whole) // 2
    entry(store).write_bytes(
        {
            "flip": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "truncate": whole[:-1],
            "empty": b"",
            "header": whole.replace(b"store-1", b"store-0", 1),
            "foreign": b"\xff\xfe nothing of ours",
        }[damage]
    )
    with pytest.raises(KeyError):
        store.get(KEY)
    assert store.corrupt == [KEY]
    assert not store.contains(KEY)
    store.put(KEY, np.arange(100))
    np.testing.assert_array_equal(store.get(KEY), np.arange(100))


@pytest.mark.parametrize(
    ("code", "out_of_space", "words"),
    [(errno.ENOSPC, True, "No space left.*Free space"), (errno.EROFS, False, "Read-only")],
)
def test_a_full_or_read_only_disk_is_said_plainly_and_leaves_nothing_half_written(
    store_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    out_of_space: bool,
    words: str,
) -> None:
    store = Store(store_folder)
    store.put(OTHER, 1)

    def full(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=words) as caught:
        store.put(KEY, np.zeros(10))
    assert str(store_folder) in str(caught.value)
    assert caught.value.out_of_space is out_of_space
    assert not store.contains(KEY)
    assert list((store_folder / "partial").iterdir()) == []
    assert store.get(OTHER) == 1


def test_what_a_killed_process_left_behind_is_swept_after_a_day(store_folder: Path) -> None:
    Store(store_folder).put(KEY, 1)
    old, young = store_folder / "partial" / "old", store_folder / "partial" / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    Store(store_folder)
    assert not old.exists()
    assert young.exists()


def test_two_processes_may_write_the_same_keys_at_once(store_folder: Path) -> None:
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from tumorcast.engine import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for i in range(60):\n"
        "    key = f'{i % 6:064d}'\n"
        "    store.put(key, np.full(5000, i % 6))\n"
        "    assert (store.get(key) == i % 6).all()\n"
        "assert not store.corrupt\n"
    )
    command = [sys.executable, "-c", script, str(store_folder)]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert list((store_folder / "partial").iterdir()) == []
