"""Draw the picture of docs/voxel-maps.md: python docs/make_voxel_map_picture.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from tumorcast.cohort import Case
from tumorcast.cohort.simulate import simulate
from tumorcast.cohort.simulate.causes import CAUSES
from tumorcast.imaging import habitat_labels, resample_to
from tumorcast.radiomics import voxel_maps

IMAGE = Path(__file__).parent / "images" / "voxel-maps.png"
PAPER, INK = "#0c0f14", "#e8ecf2"
MARGIN = 12
HABITATS = mpl.colors.ListedColormap(["#3b6fb6", "#e0b23e", "#d9483b"])
CT = {
    "setting": {"binWidth": 10},
    "voxelSetting": {"kernelRadius": 2, "initValue": "nan"},
    "featureClass": {"glcm": ["Contrast"], "gldm": ["LargeDependenceEmphasis"]},
}


def main() -> None:
    plt.rcParams.update({"font.family": "DejaVu Sans", "text.color": INK, "font.size": 9})
    figure, axes = plt.subplots(1, 5, figsize=(12.0, 2.75), facecolor=PAPER)
    show_maps(axes[:3], marked(simulate("hnscc-dm", n=200, seed=12), ("texture", "volume")))
    show_habitats(axes[3:], marked(simulate("net-pfs", n=200, seed=12), ("texture", "volume")))
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.01, top=0.9, wspace=0.03)
    figure.savefig(IMAGE, dpi=88, facecolor=PAPER, pil_kwargs={"optimize": True})


def marked(simulated: Any, causes: tuple[str, ...]) -> Case:
    """Return the case in which the sum of these causes is largest."""
    columns = [CAUSES.index(name) for name in causes if name in CAUSES]
    case: Case = simulated.cohort.cases[
        int(np.argmax(simulated.truth.causes[:, columns].sum(axis=1)))
    ]
    return case


def show_maps(axes: Any, case: Case) -> None:
    source = case.source("ct")
    image, tumor = source.volume(), source.tumor()
    maps = voxel_maps(image, tumor, params=CT)
    view = view_of(tumor.array)
    show(axes[0], "CT and tumour", image.array[view], "gray", (-60, 160))
    axes[0].contour(tumor.array[view], [0.5], colors="#ff5a4f", linewidths=1.2)
    titles = ("glcm Contrast", "gldm LargeDependence")
    for axis, name, title in zip(axes[1:], maps, titles, strict=True):
        array = resample_to(maps[name], image.geometry, "nearest").array[view]
        array = np.where(tumor.array[view], array, np.nan)
        show(axis, "", image.array[view], "gray", (-60, 160))
        limits = (float(np.nanpercentile(array, 2)), float(np.nanpercentile(array, 98)))
        show(axis, title, array, "viridis", limits)


def show_habitats(axes: Any, case: Case) -> None:
    source = case.source("pt")
    image, tumor = source.volume(), source.tumor()
    labels = habitat_labels(tumor, image, 3)
    view = view_of(tumor.array)
    top = float(np.percentile(image.array[tumor.array], 99))
    show(axes[0], "PET", image.array[view], "gray_r", (0, top))
    show(axes[1], "", image.array[view], "gray_r", (0, top))
    shown = np.where(labels[view] > 0, labels[view].astype(float), np.nan)
    show(axes[1], "three habitats", shown, HABITATS, (0.5, 3.5))


def view_of(tumor: Any) -> tuple[int, slice, slice]:
    """Return the slice with most of the tumour and the square around it."""
    z = int(tumor.sum(axis=(1, 2)).argmax())
    y, x = (int(v) for v in np.argwhere(tumor[z]).mean(axis=0))
    half = int(np.ptp(np.argwhere(tumor[z]), axis=0).max()) // 2 + MARGIN // 2
    return z, slice(max(y - half, 0), y + half + 1), slice(max(x - half, 0), x + half + 1)


def show(axis: Any, title: str, array: Any, colours: Any, limits: tuple[float, float]) -> None:
    axis.imshow(array, cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axis.set_title(title, color=INK, pad=4)
    axis.axis("off")


if __name__ == "__main__":
    main()
