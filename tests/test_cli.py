"""The command line keeps its exit codes and speaks in the user's words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def tumorcast(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tumorcast.cli import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = tumorcast("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for command in ("demo", "init", "check", "extract", "run", "report"):
        assert f"  {command} " in shown.stdout


def test_a_refused_study_exits_with_3_and_says_why(tmp_path: Path) -> None:
    done = tumorcast("check", "none.yaml", "--json", cwd=tmp_path)
    assert done.returncode == 3
    assert "STU-01" in done.stderr
    assert json.loads(done.stdout)["findings"][0]["code"] == "STU-01"


def test_a_wrong_call_exits_with_3_and_shows_the_usage(tmp_path: Path) -> None:
    done = tumorcast("run", "--no-such-option", cwd=tmp_path)
    assert done.returncode == 3
    assert "--no-such-option" in done.stderr
