"""Voxel maps as the command line asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tumorcast.errors import refuse
from tumorcast.radiomics import VoxelMapFiles, write_voxel_maps
from tumorcast.study.progress import Progress, no_progress


def extract_maps(
    image: Path,
    mask: Path | None,
    folder: Path,
    *,
    preset: str | None = None,
    params: Path | None = None,
    workers: int = 1,
    idle: Mapping[str, object] | None = None,
    progress: Progress = no_progress,
) -> VoxelMapFiles:
    """Write a map of each feature of one image and mask; `radiomics.write_voxel_maps` does it.

    Parameters
    ----------
    idle
        Options of the command line that change nothing in maps, with what was given.

    Raises
    ------
    StudyRefusedError
        ``EXT-10`` a table of cases is given; ``EXT-11`` an option that has no effect is given.
    """
    if mask is None:
        raise refuse(
            "EXT-10",
            f"voxel maps of {image} without a mask",
            expected="one image and its mask",
            fix="give image and mask, once for each case",
        )
    for option, value in (idle or {}).items():
        if value is not None:
            raise refuse(
                "EXT-11",
                f"{option} {value} has no effect on voxel maps",
                expected="maps around the voxels of the mask",
                fix=f"leave {option} out; give another region as a mask",
            )
    return write_voxel_maps(
        image, mask, folder, preset=preset, params=params, workers=workers, progress=progress
    )
