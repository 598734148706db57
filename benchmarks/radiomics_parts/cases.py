"""Images and masks of the benchmark, written to a folder as both sides read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813

SHELLS_MM = ((0.0, 5.0), (5.0, 10.0), (-3.0, 0.0), (0.0, 2.0))
PATIENTS = {"medium": "STS_025", "large": "STS_003", "huge": "STS_045"}
"""Sarcomas of 30, 80 and 500 thousand voxels at 1 mm; the smallest of the cohort has 17."""
SMALL_MM3 = 2000
SIMULATED = 40
FULL_SIZE = (150, 512, 512)
METAL_HU = 100_000
AIR_HU = -1000


@dataclass(frozen=True)
class Written:
    """Paths of an image and of the masks of its regions, the tumour first."""

    image: str
    masks: tuple[str, ...]


def sized_case(size: str, data: Path, folder: Path) -> Written:
    """Return a tumour of this size with four shells around it."""
    if size == "small":
        image, tumor = _simulated(SMALL_MM3)
    else:
        stem = data / "sarcoma" / "images" / PATIENTS[size] / f"{PATIENTS[size]}__CT"
        image, tumor = (sitk.ReadImage(f"{stem}{end}.nii.gz") for end in ("", "_mask"))
    return _written(size, image, _with_shells(tumor == 1), folder)


def metal_case(n_voxels: int, data: Path, folder: Path) -> Written:
    """Return the large tumour with so many voxels of metal in its middle, up to 1e5 HU."""
    plain = sized_case("large", data, folder)
    image, tumor = sitk.ReadImage(plain.image), sitk.ReadImage(plain.masks[0])
    array = sitk.GetArrayFromImage(image).astype(np.int32)
    inside = np.flatnonzero(sitk.GetArrayViewFromImage(tumor).ravel())
    implant = inside[inside.size // 2 : inside.size // 2 + n_voxels]
    array.ravel()[implant] = np.linspace(METAL_HU, METAL_HU / 10, n_voxels).astype(np.int32)
    return _written(f"metal-{n_voxels}", _like(array, image), [tumor], folder)


def full_size_case(size: str, data: Path, folder: Path) -> Written:
    """Return the case in the middle of a CT of 512 x 512 x 150 voxels, filled with noisy air."""
    plain = sized_case(size, data, folder)
    image, tumor = sitk.ReadImage(plain.image), sitk.ReadImage(plain.masks[0])
    parts = [sitk.GetArrayFromImage(each) for each in (image, tumor)]
    start = [(full - part) // 2 for full, part in zip(FULL_SIZE, parts[0].shape, strict=True)]
    place = tuple(slice(a, a + n) for a, n in zip(start, parts[0].shape, strict=True))
    noise = np.random.default_rng(1).integers(-20, 20, FULL_SIZE, dtype=np.int16)
    whole = [(noise + AIR_HU).astype(parts[0].dtype), np.zeros(FULL_SIZE, np.uint8)]
    placed = []
    for array, part in zip(whole, parts, strict=True):
        array[place] = part
        placed.append(_like(array, image, image.TransformIndexToPhysicalPoint(
            [-first for first in start[::-1]]
        )))  # fmt: skip
    return _written(f"{size}-full", placed[0], placed[1:], folder)


def ball_case(n_voxels: int, folder: Path) -> Written:
    """Return a ball of about this many voxels of 1 mm in a field of noise."""
    radius = (n_voxels * 3 / 4 / np.pi) ** (1 / 3)
    side = int(2 * radius) + 24
    rng = np.random.default_rng(n_voxels)
    image = sitk.GetImageFromArray(rng.normal(40, 60, (side,) * 3).astype(np.int16))
    image = sitk.Cast(sitk.SmoothingRecursiveGaussian(image, 1.0) * 3, sitk.sitkInt16)
    at = np.indices((side,) * 3) - side / 2
    ball = sitk.GetImageFromArray((np.sqrt((at**2).sum(axis=0)) <= radius).astype(np.uint8))
    return _written(f"ball-{n_voxels}", image, [ball], folder)


def _simulated(volume_mm3: float) -> tuple[Any, Any]:
    """Return image and mask of the simulated tumour whose volume is nearest."""
    from tumorcast.cohort.simulate import simulate  # noqa: PLC0415

    cases = simulate("hnscc-dm", n=SIMULATED, seed=7).cohort
    found = None
    for case in cases:
        ct = case.images["ct"]
        mask = ct.tumor()
        off = abs(mask.array.sum() * np.prod(mask.geometry.spacing_mm) - volume_mm3)
        if found is None or off < found[0]:
            found = off, ct, mask
    return found[1].volume().to_sitk(), found[2].to_sitk()


def _with_shells(tumor: Any) -> list[Any]:
    distance = sitk.SignedMaurerDistanceMap(
        tumor, squaredDistance=False, useImageSpacing=True, insideIsPositive=False
    )
    return [tumor, *((distance > low) & (distance <= high) for low, high in SHELLS_MM)]


def _like(array: Any, image: Any, origin: Any = None) -> Any:
    made = sitk.GetImageFromArray(array)
    made.SetSpacing(image.GetSpacing())
    made.SetDirection(image.GetDirection())
    made.SetOrigin(origin or image.GetOrigin())
    return made


def _written(name: str, image: Any, masks: list[Any], folder: Path) -> Written:
    """Write what is not yet there."""
    paths = [str(folder / f"{name}.{number}.nrrd") for number in range(len(masks))]
    target = str(folder / f"{name}.nrrd")
    if not Path(target).exists():
        sitk.WriteImage(image, target)
        for mask, path in zip(masks, paths, strict=True):
            sitk.WriteImage(sitk.Cast(mask, sitk.sitkUInt8), path)
    return Written(target, tuple(paths))
