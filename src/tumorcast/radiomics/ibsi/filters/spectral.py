"""Filters that are defined by their Fourier transform.

The frequency axis is that of IBSI's reference response maps: as many frequencies as there are
voxels, evenly from -1 to 1 in units of the Nyquist frequency, both included. On an even number
of voxels these are not quite the frequencies of the discrete transform.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.filters.boundary import Boundary, padded

Transfer = Callable[[Sequence[NDArray[np.float64]]], NDArray[np.float64] | NDArray[np.complex128]]
"""From frequencies along the filtered axes, each broadcast along the others, to a spectrum."""


def filtered(
    image: NDArray[np.float64], transfer: Transfer, dimensions: int
) -> NDArray[np.float64]:
    """Return the periodic image times a transfer function, its real part.

    Parameters
    ----------
    image
        Shape (z, y, x).
    transfer
        Of frequencies along (y, x) or (z, y, x).
    dimensions
        2 filters each slice, 3 the volume.
    """
    from scipy.fft import irfftn, rfftn  # noqa: PLC0415

    axes = tuple(range(image.ndim - dimensions, image.ndim))
    shape = [image.shape[axis] for axis in axes]
    # The real part of the response belongs to the Hermitian part of the transfer function.
    ahead, back = (transfer(_half_grid(shape, sign)) for sign in (1, -1))
    hermitian = (ahead + np.conj(back)) / 2
    spectrum = rfftn(image, axes=axes)
    spectrum *= hermitian
    return np.asarray(irfftn(spectrum, shape, axes=axes))


def _half_grid(shape: Sequence[int], sign: int) -> list[NDArray[np.float64]]:
    """Return the frequencies, or those of the negative wave numbers, of a real transform."""
    axes = []
    for axis, count in enumerate(shape):
        numbers = np.arange(count // 2 + 1 if axis == len(shape) - 1 else count)
        frequency = _frequencies(count)[(sign * numbers) % count]
        axes.append(frequency.reshape([-1 if k == axis else 1 for k in range(len(shape))]))
    return axes


def _frequencies(count: int) -> NDArray[np.float64]:
    """Return the frequency of each wave number 0, 1, ... of an axis."""
    middle = (count - 1) / 2
    evenly = (np.arange(count) - middle) / max(middle, 1)
    return np.fft.ifftshift(evenly)


def on_extended(
    image: NDArray[np.float64],
    respond: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    boundary: Boundary,
    dimensions: int,
) -> NDArray[np.float64]:
    """Return the response of a periodic filter to an image with another boundary condition.

    The image is extended to twice its size along the filtered axes. For a mirror that is one
    whole period, so nothing is approximated.
    """
    if boundary == "periodic":
        return respond(image)
    flat = image.ndim - dimensions
    sizes = [0 if axis < flat else count for axis, count in enumerate(image.shape)]
    before = [size // 2 for size in sizes]
    widths = [(b, size - b) for b, size in zip(before, sizes, strict=True)]
    inner = tuple(slice(b, b + n) for b, n in zip(before, image.shape, strict=True))
    return respond(padded(image, widths, boundary))[inner]
