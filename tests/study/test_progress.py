from __future__ import annotations

import pytest

from tumorcast.study.progress import console_progress


def test_without_a_terminal_every_tenth_part_is_a_line_with_what_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([float(second) for second in range(0, 10_000, 30)])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with console_progress() as progress:
        for done in range(1, 21):
            progress("cases", done, 20)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert lines[0] == "cases: 1/20"
    assert [line.split(",")[0] for line in lines[1:]] == [
        f"cases: {done}/20" for done in range(2, 21, 2)
    ]
    assert lines[1].endswith("s left")
    assert "left" not in lines[-1]
