from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from tumorcast.engine import WORKER_ENVIRONMENT, Task, TaskError
from tumorcast.engine.pool import run_in_processes
from tumorcast.errors import BadInputError


def test_tasks_run_in_other_processes_and_errors_come_back(work: ModuleType) -> None:
    tasks = [
        Task("0", "sum", work.add, (1, 2)),
        Task("1", "fault", work.fail, ("x",)),
        Task("2", "complaint", work.complain, ("scan.nii",)),
        Task("3", "where", work.process),
        Task("4", "lock out", work.unsendable),
        Task("5", "lock in", work.add, (threading.Lock(), 1)),
    ]
    results = {result.task.label: result for result in run_in_processes(tasks, 2)}
    assert len(results) == len(tasks)
    assert results["sum"].get() == 3
    fault = results["fault"].error
    assert isinstance(fault, TaskError)
    assert "in fail" in fault.traceback_text
    complaint = results["complaint"].error
    assert isinstance(complaint, BadInputError)
    assert complaint.finding.code == "GEO-02"
    assert results["where"].get() != os.getpid()
    with pytest.raises(TaskError, match="lock out: its result cannot be sent back"):
        results["lock out"].get()
    with pytest.raises(TaskError, match="lock in: it cannot be sent to another process"):
        results["lock in"].get()


def test_a_killed_process_costs_its_task_alone(work: ModuleType) -> None:
    tasks = [Task(str(i), f"sum {i}", work.add, (i, i)) for i in range(12)]
    tasks[3] = Task("3", "glutton", work.die, (None,))
    results = {result.task.key: result for result in run_in_processes(tasks, 2)}
    error = results.pop("3").error
    assert isinstance(error, TaskError)
    assert error.killed
    assert str(error) == "glutton: its process died (SIGKILL, probably out of memory)"
    assert {key: result.get() for key, result in results.items()} == {
        str(i): 2 * i for i in range(12) if i != 3
    }


def test_a_process_that_exits_by_itself_is_reported_with_its_code(work: ModuleType) -> None:
    (result,) = run_in_processes([Task("0", "leaver", work.leave, (7,))], 2)
    with pytest.raises(TaskError, match=r"leaver: its process died \(exit code 7\)"):
        result.get()


def test_workers_have_one_thread_and_the_parent_keeps_its_own(
    work: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    names = tuple(WORKER_ENVIRONMENT)
    (result,) = run_in_processes([Task("0", "look", work.environment, (names,))], 1)
    assert result.get() == list(WORKER_ENVIRONMENT.values())
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in os.environ


def test_leaving_early_ends_the_processes(work: ModuleType, tmp_path: Path) -> None:
    late = tmp_path / "late"
    tasks = [Task("0", "quick", work.process), Task("1", "slow", work.slow, (3, str(late)))]
    results = run_in_processes(tasks, 2)
    pid = next(results).get()
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not late.exists()


def test_a_script_without_a_main_guard_is_told_so(work: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import math\n"
        "from tumorcast.engine import Task\n"
        "from tumorcast.engine.pool import run_in_processes\n"
        "print(list(run_in_processes([Task('0', 'root', math.sqrt, (4,))], 2)))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert 'under `if __name__ == "__main__":`' in done.stderr.splitlines()[-1]
