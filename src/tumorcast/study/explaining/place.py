"""Maps brought back into the patient: files, shares by region, and what stands on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tumorcast.cohort import Case, Cohort, survey_cohort
from tumorcast.encoders.crop_scene import CropScene, Scene
from tumorcast.errors import BadInputError, Finding, refuse
from tumorcast.explain.placement import on_image_grid, shares_of, sums_of, write_map
from tumorcast.imaging import Mask, resample_to
from tumorcast.study.extraction import regions_of
from tumorcast.study.lesions import crop_of_lesions
from tumorcast.study.networks import crop_extractor
from tumorcast.study.plan import Plan

if TYPE_CHECKING:
    from tumorcast.explain.maps import CaseMaps, VoxelMap

MAPS = "maps"


@dataclass(frozen=True)
class PlacedMaps:
    """What ``maps.json`` says of every map, and the cases that have none."""

    entries: tuple[dict[str, Any], ...]
    findings: tuple[Finding, ...]


def scans_of(plan: Plan, cases: Sequence[str]) -> Mapping[str, Case]:
    """Return some cases of a study with their scans.

    Raises
    ------
    StudyRefusedError
        ``EXP-04`` when one of them is not in the study; and as reading its tables.
    """
    file = plan.study.file
    reading = survey_cohort(
        file.cohort, file.columns, file.endpoint, plan.study.base, allow_leaky=file.allow_leaky
    )
    cohort: Cohort = reading.cohort
    found = {case.case_id: case for case in cohort}
    lacking = [case for case in cases if case not in found]
    if lacking:
        raise refuse(
            "EXP-04",
            f"the study lacks {len(lacking)} cases of the run, the first being {lacking[0]}",
            expected="the study that the run is of",
            fix="name the study file, and the same overrides, that the run was made with",
        )
    return {case: found[case] for case in cases}


def place_maps(
    made: Sequence[CaseMaps], cases: Mapping[str, Case], plan: Plan, folder: Path
) -> PlacedMaps:
    """Write the maps of all cases as NIfTI on the grids of their images.

    Parameters
    ----------
    folder
        ``explanations/ARM``; files go into ``maps`` in it.
    """
    entries, findings = [], []
    for one in made:
        try:
            entries += list(_of_case(one, cases[one.case], plan, folder))
        except BadInputError as error:
            findings.append(error.for_case(one.case))
    return PlacedMaps(tuple(entries), tuple(findings))


def summary_of(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry an image and method: how many maps, how many failed, shares and sums."""
    found = []
    for image, method in dict.fromkeys((one["image"], one["method"]) for one in entries):
        own = [one for one in entries if (one["image"], one["method"]) == (image, method)]
        names = dict.fromkeys(name for one in own for name in one["shares"])
        found.append(
            {
                "image": image,
                "method": method,
                "maps": len(own),
                "failed": sum(bool(one["stamp"]) for one in own),
                "incomplete": sum(not one["complete"] for one in own),
                "mean_shares": {
                    name: float(np.mean([one["shares"].get(name, 0.0) for one in own]))
                    for name in names
                },
                "sd_sums": {
                    name: float(np.std([one["sums"].get(name, 0.0) for one in own]))
                    for name in names
                },
                "median_parameter_similarity": float(
                    np.median([one["parameter_similarity"] for one in own])
                ),
                "median_label_similarity": float(
                    np.median([one["label_similarity"] for one in own])
                ),
            }
        )
    return found


def file_name(case: str) -> str:
    """Return a case's id as the name of a file."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", case)


def _of_case(made: CaseMaps, case: Case, plan: Plan, folder: Path) -> Iterator[dict[str, Any]]:
    arrays: dict[str, Any] = {}
    for image, crop in made.crops.items():
        scene = _scene(case, plan, image)
        regions = dict(_regions(scene, plan))
        arrays[f"{image}.crop"] = crop
        arrays[f"{image}.tumor"] = _on_crop(regions["tumor"], scene)
        for voxels in (one for one in made.maps if one.image == image):
            name = f"{MAPS}/{file_name(made.case)}_{image}_{voxels.method}.nii.gz"
            placed = on_image_grid(voxels.values, scene.grid, scene.volume.geometry)
            write_map(folder / name, placed, _description(voxels))
            arrays[f"{image}.{voxels.method}"] = voxels.values.astype(np.float32)
            yield {
                "case": made.case,
                "image": image,
                "method": voxels.method,
                "file": name,
                "shares": shares_of(voxels.values, scene.grid, regions),
                "sums": sums_of(voxels.values, scene.grid, regions),
                "mask_share": voxels.mask_share,
                "parameter_similarity": voxels.sanity.parameters,
                "label_similarity": voxels.sanity.labels,
                "stamp": voxels.sanity.stamp,
                "gap": made.gap,
                "scatter": made.scatter,
                "change": made.change,
                "steps": made.steps,
                "complete": made.complete,
            }
    np.savez_compressed(folder / MAPS / f"{file_name(made.case)}.npz", **arrays)


def _scene(case: Case, plan: Plan, image: str) -> Scene:
    file = plan.study.file
    scene = CropScene(crop_extractor(image, file.crops[image]))
    found: Scene = crop_of_lesions(file, image, scene).extract(case)
    return found


def _regions(scene: Scene, plan: Plan) -> Iterator[tuple[str, Mask]]:
    """Yield the tumour and every declared region around it that can be built in this patient."""
    names = ("tumor", *plan.study.file.regions)
    on_image = scene.tumor
    if scene.tumor.geometry != scene.volume.geometry:
        on_image = resample_to(scene.tumor, scene.volume.geometry)
    for region in regions_of(plan, names):
        try:
            yield region.name, region.build(on_image, scene.volume).mask
        except BadInputError:  # nothing of it lies in this patient
            continue


def _on_crop(mask: Mask, scene: Scene) -> Any:
    return resample_to(mask, scene.grid).array


def _description(voxels: VoxelMap) -> str:
    stamp = voxels.sanity.stamp
    return f"{stamp.upper()}: {voxels.method}" if stamp else f"{voxels.method}, log-odds"
