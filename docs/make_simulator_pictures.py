"""Draw the two pictures of docs/simulator.md: python docs/make_simulator_pictures.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from tumorcast.cohort import Case
from tumorcast.cohort.simulate import SimulatedCohort, simulate
from tumorcast.cohort.simulate.causes import CAUSES

IMAGES = Path(__file__).parent / "images"
CT_WINDOW_HU = (-160.0, 240.0)
RED, PAPER, INK = "#ff5a4f", "#0c0f14", "#e8ecf2"


def main() -> None:
    plt.rcParams.update({"font.family": "DejaVu Sans", "text.color": INK, "font.size": 8})
    IMAGES.mkdir(exist_ok=True)
    head_and_neck(IMAGES / "simulated-hnscc.png")
    neuroendocrine(IMAGES / "simulated-net.png")


def head_and_neck(path: Path) -> None:
    """Eight patients along two causes: texture to the right, rim downwards."""
    simulated = simulate("hnscc-dm", n=400, seed=12)
    figure, axes = plt.subplots(2, 4, figsize=(10.0, 5.45), facecolor=PAPER)
    for row, rim in zip(axes, (-1.3, 1.5), strict=True):
        for axis, texture in zip(row, (-1.7, -0.5, 0.7, 1.9), strict=True):
            case = nearest(simulated, {"texture": texture, "rim": rim, "volume": 0.5})
            show_ct(axis, case, axial(case, "ct"))
            axis.set_title(
                caption(simulated, case, ("texture", "rim")), color=INK, pad=4, fontsize=8.5
            )
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.95, wspace=0.03, hspace=0.12)
    save(figure, path)


def neuroendocrine(path: Path) -> None:
    """Four patients with rising uptake: axial CT, axial PET, coronal CT with PET over it."""
    simulated = simulate("net-pfs", n=200, seed=12)
    figure, axes = plt.subplots(
        3, 4, figsize=(10.0, 6.1), facecolor=PAPER, height_ratios=(144, 144, 96)
    )
    for column, uptake in zip(axes.T, (-1.5, -0.4, 0.6, 1.6), strict=True):
        case = nearest(simulated, {"uptake": uptake, "volume": 0.6})
        show_ct(column[0], case, axial(case, "ct"))
        column[0].set_title(
            caption(simulated, case, ("uptake", "rim")), color=INK, pad=4, fontsize=8.5
        )
        show_pet(column[1], case, axial(case, "pt"))
        show_ct(column[2], case, coronal(case, "ct"), outline=False)
        overlay_pet(column[2], case, coronal(case, "pt"))
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.96, wspace=0.03, hspace=0.03)
    save(figure, path)


def nearest(simulated: SimulatedCohort, wanted: dict[str, float]) -> Case:
    """Return the case whose causes come closest to those wanted."""
    columns = [CAUSES.index(name) for name in wanted]
    away = ((simulated.truth.causes[:, columns] - list(wanted.values())) ** 2).sum(axis=1)
    return simulated.cohort.cases[int(np.argmin(away))]


def caption(simulated: SimulatedCohort, case: Case, names: tuple[str, ...]) -> str:
    row = simulated.cohort.case_ids.index(case.case_id)
    causes = "  ".join(f"{name} {simulated.truth.cause(name)[row]:+.1f}" for name in names)
    return f"{causes}   risk {simulated.truth.probability()[row]:.0%}"


Plane = tuple[int, int]


def axial(case: Case, name: str) -> Plane:
    return 0, middle(case, name)[0]


def coronal(case: Case, name: str) -> Plane:
    return 1, middle(case, name)[1]


def middle(case: Case, name: str) -> tuple[int, ...]:
    mask = case.source(name).tumor().array
    return tuple(int(v) for v in np.argwhere(mask).mean(axis=0).round())


def plane_of(array: Any, plane: Plane) -> Any:
    """Return a slice as it is looked at: patient's right on the left, head or nose up."""
    axis, index = plane
    image = np.take(array, index, axis=axis)
    return image[::-1] if axis == 1 else image


def extent_of(case: Case, name: str, plane: Plane) -> tuple[float, float, float, float]:
    geometry = case.source(name).volume().geometry
    size = [n * step for n, step in zip(geometry.shape, geometry.spacing_mm, strict=True)]
    height, width = (size[1], size[2]) if plane[0] == 0 else (size[0], size[2])
    return 0.0, width, height, 0.0


def show_ct(axis: Any, case: Case, plane: Plane, *, outline: bool = True) -> None:
    source, extent = case.source("ct"), extent_of(case, "ct", plane)
    low, high = CT_WINDOW_HU
    axis.imshow(
        plane_of(source.volume().array, plane), cmap="gray", vmin=low, vmax=high, extent=extent,
        interpolation="bicubic",
    )  # fmt: skip
    if outline:
        inside = plane_of(source.tumor().array, plane).astype(float)
        axis.contour(inside, [0.5], colors=RED, linewidths=0.8, extent=extent, origin="upper")
    axis.axis("off")


def show_pet(axis: Any, case: Case, plane: Plane) -> None:
    axis.imshow(
        plane_of(case.source("pt").volume().array, plane), cmap="gray_r", vmin=0, vmax=20,
        extent=extent_of(case, "pt", plane), interpolation="bicubic",
    )  # fmt: skip
    axis.axis("off")


def overlay_pet(axis: Any, case: Case, plane: Plane) -> None:
    suv = plane_of(case.source("pt").volume().array, plane)
    axis.imshow(
        suv, cmap="inferno", vmin=0, vmax=25, alpha=np.clip(suv / 14, 0, 0.75),
        extent=extent_of(case, "pt", plane), interpolation="bicubic",
    )  # fmt: skip


def save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=88, facecolor=PAPER, pil_kwargs={"optimize": True})
    plt.close(figure)


if __name__ == "__main__":
    main()
