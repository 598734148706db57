from __future__ import annotations

import copy
from types import ModuleType

import pytest

from tumorcast.engine import Task, TaskError, TaskResult
from tumorcast.engine.task import attempt
from tumorcast.errors import BadInputError


def test_a_value_is_handed_over(work: ModuleType) -> None:
    result = attempt(Task("k", "1 + 2", work.add, (1, 2)))
    assert result.get() == 3
    assert result.error is None
    assert result.seconds >= 0


def test_a_fault_becomes_a_task_error_with_the_traceback(work: ModuleType) -> None:
    result: TaskResult[object] = attempt(Task("k", "texture of HN-1", work.fail, ("by zero",)))
    with pytest.raises(TaskError, match=r"texture of HN-1: ZeroDivisionError: by zero") as caught:
        result.get()
    assert "in fail" in caught.value.traceback_text
    assert not caught.value.killed


def test_a_complaint_about_the_input_stays_what_it_is(work: ModuleType) -> None:
    result: TaskResult[object] = attempt(Task("k", "x", work.complain, ("scan.nii",)))
    assert isinstance(result.error, BadInputError)
    assert result.error.finding.file == "scan.nii"


def test_a_task_error_survives_the_way_between_processes() -> None:
    error = TaskError("label", "reason", "traceback", killed=True)
    again = copy.copy(error)
    assert (again.label, again.reason, again.traceback_text, again.killed) == (
        "label",
        "reason",
        "traceback",
        True,
    )
    assert str(again) == "label: reason"
