"""The command line keeps its exit codes and speaks in the user's words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tumorcast.imaging import Geometry, Mask, Volume, write_mask, write_volume


def tumorcast(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tumorcast"]
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


def test_voxel_maps_are_one_file_a_feature(tmp_path: Path) -> None:
    image, mask = tmp_path / "image.nii.gz", tmp_path / "mask.nii.gz"
    array = np.arange(512, dtype=np.int16).reshape(8, 8, 8)
    geometry = Geometry.of_spacing(array.shape, (2.0, 1.0, 1.0))
    write_volume(Volume(array, geometry), image)
    inside = np.zeros(array.shape, np.bool_)
    inside[2:6, 2:6, 2:6] = True
    write_mask(Mask(inside, geometry), mask)
    settings = tmp_path / "params.yaml"
    settings.write_text("featureClass: {firstorder: [Mean]}\nvoxelSetting: {kernelRadius: 2}\n")
    asked = ("--params", settings, "--voxel-maps", "maps")
    done = tumorcast("extract", image, mask, *asked, "-o", "maps.csv", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["maps"]
    assert (row["feature"], row["voxels"]) == ("original_firstorder_Mean", 64)
    assert [path.name for path in (tmp_path / "maps").iterdir()] == [
        "original_firstorder_Mean.nii.gz"
    ]
    assert (tmp_path / "maps.csv").read_text().count("\n") == 2


def test_voxel_maps_refuse_a_table_and_idle_options(tmp_path: Path) -> None:
    table = tumorcast("extract", "cases.csv", "--voxel-maps", "maps", cwd=tmp_path)
    assert table.returncode == 3
    assert "EXT-10" in table.stderr
    regions = ("--regions", "shell_0_5mm")
    idle = tumorcast("extract", "a.nii", "b.nii", "--voxel-maps", "m", *regions, cwd=tmp_path)
    assert idle.returncode == 3
    assert "EXT-11" in idle.stderr
    assert "--regions shell_0_5mm" in idle.stderr


def test_an_interrupt_says_how_to_go_on(tmp_path: Path) -> None:
    code = (
        "import sys, tumorcast.study as study, tumorcast.cli as cli\n"
        "def stopped(*_, **__): raise KeyboardInterrupt\n"
        "study.extract = stopped\n"
        "sys.argv = ['tumorcast', 'extract', 'a.nii', 'b.nii', '--preset', 'pet-suv']\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 130
    assert done.stderr == "interrupted; run the same command again to resume\n"
