"""Which voxels of a CT belong to the patient and not to the air around."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging.mask import Mask
from tumorcast.imaging.volume import Volume

AIR_BELOW_HU = -500.0
"""Half-way between air (-1000) and skin and fat (about -50): the border of the body."""

_IN_SLICE = np.array([[[0] * 3] * 3, [[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0] * 3] * 3])


def room_air(volume: Volume) -> NDArray[np.bool_]:
    """Return the voxels of a CT that are air around the patient, shape (z, y, x).

    In each axial slice, voxels below -500 HU that hang together (four neighbours) are room air
    if they reach the edge of the slice; so is the foam of a mattress. Enclosed air (lung, airway,
    bowel) is body. Where a cropped image cuts a lung open, its HU cannot tell it from foam: that
    lung counts as room air, and the kept fraction of a shell shows it.
    """
    from_superior, _ = volume.geometry.reorientation()
    hu = np.transpose(volume.array, from_superior)
    outside = _room_air_of_axial(hu)
    return np.ascontiguousarray(np.transpose(outside, np.argsort(from_superior)))


def _room_air_of_axial(hu: NDArray[Any]) -> NDArray[np.bool_]:
    from scipy import ndimage  # noqa: PLC0415

    labels, count = ndimage.label(hu < AIR_BELOW_HU, structure=_IN_SLICE)
    edges = (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1])
    at_edge = np.zeros(count + 1, dtype=bool)
    at_edge[np.unique(np.concatenate([edge.ravel() for edge in edges]))] = True
    at_edge[0] = False
    return np.asarray(at_edge[labels])


def body_mask(volume: Volume) -> Mask:
    """Return the patient's body: the whole image, and in CT its largest piece outside room air.

    Only CT (unit ``"HU"``) has a value that is certainly outside the body. Uptake of PET fades
    out through skin and lung, so all of a PET image is body.

    See Also
    --------
    room_air : the rule for air.
    """
    if volume.unit != "HU":
        return Mask(np.ones(volume.geometry.shape, dtype=bool), volume.geometry, "body")
    return Mask(_largest_piece(~room_air(volume)), volume.geometry, "body")


def _largest_piece(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage  # noqa: PLC0415

    labels, count = ndimage.label(inside)
    if count < 2:
        return inside
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def pieces_touching(seed: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the connected pieces (six neighbours) of `inside` that hold a voxel of `seed`."""
    from scipy import ndimage  # noqa: PLC0415

    labels, count = ndimage.label(inside)
    touched = np.zeros(count + 1, dtype=bool)
    touched[labels[seed]] = True
    touched[0] = False
    return np.asarray(touched[labels])
