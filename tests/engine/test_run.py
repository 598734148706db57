from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tumorcast.engine import Journal, Store, StoreError, Task, TaskError, key_of, run_tasks


def key(name: object) -> str:
    return key_of("test", "1", {"name": name}, [])


def sums(work: ModuleType, n: int) -> list[Task[int]]:
    return [Task(key(i), f"sum {i}", work.add, (i, i)) for i in range(n)]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_is_answered_and_progress_is_told(work: ModuleType, workers: int) -> None:
    told: list[tuple[int, int, str]] = []
    tasks = sums(work, 5)
    results = list(run_tasks(tasks, workers=workers, on_progress=lambda *facts: told.append(facts)))
    assert {result.task.key: result.get() for result in results} == {
        key(i): 2 * i for i in range(5)
    }
    assert [(done, total) for done, total, _ in told] == [(i, 5) for i in range(1, 6)]
    assert sorted(label for _, _, label in told) == [f"sum {i}" for i in range(5)]


def test_a_task_with_workers_of_its_own_runs_here_after_the_others(work: ModuleType) -> None:
    alone = Task(key("alone"), "alone", work.process, alone=True)
    other = Task(key("other"), "other", work.process)
    first, last = run_tasks([alone, other], workers=2)
    assert (first.task, last.task) == (other, alone)
    assert first.get() != os.getpid() == last.get()


def test_workers_below_one_are_refused(work: ModuleType) -> None:
    with pytest.raises(ValueError, match="workers must be 1 or more, not 0"):
        list(run_tasks(sums(work, 2), workers=0))


def test_a_second_run_computes_nothing_and_gives_the_same(
    work: ModuleType, store_folder: Path, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    task = Task(key("pair"), "pair", work.pair, (1, 0.1))
    (fresh,) = run_tasks([task], store=Store(store_folder), journal=journal)
    (again,) = run_tasks([task], store=Store(store_folder), journal=journal)
    assert not fresh.cached
    assert again.cached
    assert fresh.get() == again.get() == {"pair": [1, 0.1]}
    assert [record["event"] for record in journal.read()] == ["task done", "task cached"]
    assert {record["key"] for record in journal.read()} == {key("pair")}


def test_a_failure_is_journaled_not_stored_and_tried_again(
    work: ModuleType, store_folder: Path, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    tasks: list[Task[Any]] = [
        Task(key("fault"), "fault", work.fail, ("x",)),
        Task(key("bad"), "bad input", work.complain, ("scan.nii",)),
        Task(key("good"), "good", work.add, (1, 1)),
    ]
    for _ in range(2):
        results = list(run_tasks(tasks, store=Store(store_folder), journal=journal))
        assert [result.error is None for result in results].count(True) == 1
    failed = [record for record in journal.read() if record["event"] == "task failed"]
    assert [record["label"] for record in failed] == ["fault", "bad input"] * 2
    assert "ZeroDivisionError" in failed[0]["traceback"]
    assert failed[1]["error"].startswith("GEO-02")


def test_a_damaged_entry_is_computed_again_and_journaled(
    work: ModuleType, store_folder: Path, tmp_path: Path
) -> None:
    tasks = sums(work, 3)
    list(run_tasks(tasks, store=Store(store_folder)))
    broken = store_folder / key(1)[:2] / key(1)
    broken.write_bytes(broken.read_bytes()[:-1] + b"9")
    store, journal = Store(store_folder), Journal(tmp_path / "journal.jsonl")
    results = list(run_tasks(tasks, store=store, journal=journal))
    assert {result.task.key: (result.get(), result.cached) for result in results} == {
        key(0): (0, True),
        key(1): (2, False),
        key(2): (4, True),
    }
    assert store.corrupt == [key(1)]
    assert "store entry damaged" in [record["event"] for record in journal.read()]


def test_a_killed_task_is_tried_once_more_alone(work: ModuleType, tmp_path: Path) -> None:
    tasks: list[Task[Any]] = list(sums(work, 4))
    tasks.insert(1, Task(key("once"), "dies once", work.die, (str(tmp_path / "once"),)))
    tasks.insert(3, Task(key("always"), "dies always", work.die, (None,)))
    results = {result.task.label: result for result in run_tasks(tasks, workers=2)}
    assert len(results) == 6
    assert results["dies once"].get() == "survived"
    error = results["dies always"].error
    assert isinstance(error, TaskError)
    assert error.killed


def test_a_full_disk_ends_the_run_with_the_name_of_the_store(
    work: ModuleType, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(store_folder)

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=f"store {store_folder}: No space left"):
        list(run_tasks(sums(work, 2), store=store))


SCRIPT = """
import signal
import sys
from pathlib import Path
from engine_test_tasks import slow
from tumorcast.engine import Store, Task, run_tasks

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    out = Path(sys.argv[1])
    tasks = [Task(f"{i:064d}", f"slow {i}", slow, (0.2, str(out / f"{i}"))) for i in range(40)]
    for result in run_tasks(tasks, workers=2, store=Store(out / "store")):
        print(result.get(), flush=True)
"""


def start(work: ModuleType, folder: Path) -> subprocess.Popen[str]:
    script = folder / "script.py"
    script.write_text(SCRIPT)
    tasks_folder = str(Path(str(work.__file__)).parent)
    return subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        env={**os.environ, "PYTHONPATH": tasks_folder},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def workers_of(run: subprocess.Popen[str], results: int) -> set[int]:
    assert run.stdout is not None
    return {int(run.stdout.readline()) for _ in range(results)}


def assert_all_gone(pids: set[int]) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return
        time.sleep(0.05)
    pytest.fail(f"worker processes {pids} outlived their run")


def test_a_run_killed_at_any_moment_is_resumed(work: ModuleType, tmp_path: Path) -> None:
    run = start(work, tmp_path)
    pids = workers_of(run, results=3)
    run.kill()
    run.communicate()
    assert_all_gone(pids)
    store = Store(tmp_path / "store")
    tasks = [Task(f"{i:064d}", str(i), work.process) for i in range(40)]
    cached = [result for result in run_tasks(tasks, store=store) if result.cached]
    assert 3 <= len(cached) < 40
    assert {result.get() for result in cached} <= pids
    assert store.corrupt == []


def test_an_interrupt_ends_the_run_and_its_processes_at_once(
    work: ModuleType, tmp_path: Path
) -> None:
    run = start(work, tmp_path)
    pids = workers_of(run, results=2)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=10)
    assert run.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert_all_gone(pids)
