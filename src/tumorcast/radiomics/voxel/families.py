"""The feature classes that have maps, each as a function of one image and some of its voxels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.classes import firstorder, gldm, glrlm, glszm, ngtdm
from tumorcast.radiomics.classes.directions import line_weights, pair_weights
from tumorcast.radiomics.classes.sizes import FORMULAS
from tumorcast.radiomics.voxel.firstorder import firstorder_of_kernels
from tumorcast.radiomics.voxel.glcm import NAMES as GLCM_NAMES
from tumorcast.radiomics.voxel.glcm import glcm_of_kernels
from tumorcast.radiomics.voxel.image import KernelImage
from tumorcast.radiomics.voxel.ngtdm import ngtdm_of_kernels
from tumorcast.radiomics.voxel.sizes import gldm_of_kernels, glrlm_of_kernels, glszm_of_kernels

Fill = Callable[[NDArray[np.int64], NDArray[np.float64]], None]
"""Given centres, shape (n,), fills in their features, shape (n, columns)."""


@dataclass(frozen=True)
class Family:
    """One feature class.

    Parameters
    ----------
    columns
        Which column of what `prepare`'s function fills holds each feature.
    n_columns
        How many there are.
    prepare
        Given the image and the features that are wanted, returns the function that fills.
    """

    columns: dict[str, int]
    n_columns: int
    prepare: Callable[[KernelImage, tuple[str, ...]], Fill]


def _firstorder(image: KernelImage, wanted: tuple[str, ...]) -> Fill:  # noqa: ARG001
    levels, values = image.double_levels, image.values
    jumps = image.jumps(image.kernel((1,)))
    shift, volume = float(image.options.voxel_array_shift), math.prod(image.spacing_mm)

    def fill(centres: NDArray[np.int64], out: NDArray[np.float64]) -> None:
        firstorder_of_kernels(values, levels.flat, centres, jumps, shift, volume, out)

    return fill


def _glcm(image: KernelImage, wanted: tuple[str, ...]) -> Fill:
    kernel, levels, options = image.kernel(), image.levels, image.options
    jumps, norm = image.jumps(kernel), options.weighting_norm
    weights = pair_weights(kernel.offsets, image.spacing_mm, norm or "no_weighting")

    def fill(centres: NDArray[np.int64], out: NDArray[np.float64]) -> None:
        glcm_of_kernels(
            levels.flat, levels.present, centres, jumps, kernel.ahead, weights,
            norm is not None, options.symmetrical_glcm, "MCC" in wanted, out,
        )  # fmt: skip

    return fill


def _glrlm(image: KernelImage, wanted: tuple[str, ...]) -> Fill:  # noqa: ARG001
    kernel, levels, norm = image.kernel((1,)), image.levels, image.options.weighting_norm
    jumps = image.jumps(kernel)
    weights = line_weights(kernel.offsets, image.spacing_mm, norm or "no_weighting")

    def fill(centres: NDArray[np.int64], out: NDArray[np.float64]) -> None:
        glrlm_of_kernels(
            levels.flat, levels.present, centres, jumps, kernel.ahead, weights,
            norm is not None, out,
        )  # fmt: skip

    return fill


def _glszm(image: KernelImage, wanted: tuple[str, ...]) -> Fill:  # noqa: ARG001
    kernel, levels = image.kernel((1,)), image.levels
    jumps = image.jumps(kernel)

    def fill(centres: NDArray[np.int64], out: NDArray[np.float64]) -> None:
        glszm_of_kernels(levels.flat, levels.present, centres, jumps, kernel.ahead, out)

    return fill


def _gldm(image: KernelImage, wanted: tuple[str, ...]) -> Fill:  # noqa: ARG001
    kernel, levels, alpha = image.kernel(), image.levels, float(image.options.gldm_alpha)
    jumps = image.jumps(kernel)

    def fill(centres: NDArray[np.int64], out: NDArray[np.float64]) -> None:
        gldm_of_kernels(levels.flat, levels.present, centres, jumps, kernel.ahead, alpha, out)

    return fill


def _ngtdm(image: KernelImage, wanted: tuple[str, ...]) -> Fill:  # noqa: ARG001
    kernel, levels = image.kernel(), image.levels
    jumps = image.jumps(kernel)

    def fill(centres: NDArray[np.int64], out: NDArray[np.float64]) -> None:
        ngtdm_of_kernels(levels.flat, levels.present, centres, jumps, kernel.ahead, out)

    return fill


def _by_position(names: tuple[str, ...], prepare: Any) -> Family:
    return Family({name: column for column, name in enumerate(names)}, len(names), prepare)


def _by_formula(formula_of: dict[str, str], prepare: Any) -> Family:
    columns = {name: FORMULAS.index(formula) for name, formula in formula_of.items()}
    return Family(columns, len(FORMULAS), prepare)


FAMILIES: dict[str, Family] = {
    "firstorder": _by_position(firstorder.NAMES, _firstorder),
    "glcm": _by_position(GLCM_NAMES, _glcm),
    "glrlm": _by_formula(glrlm.FORMULA_OF, _glrlm),
    "glszm": _by_formula(glszm.FORMULA_OF, _glszm),
    "gldm": _by_formula(gldm.FORMULA_OF, _gldm),
    "ngtdm": _by_position(ngtdm.NAMES, _ngtdm),
}
"""The classes that look at intensities; a shape belongs to the whole region and has no map."""
