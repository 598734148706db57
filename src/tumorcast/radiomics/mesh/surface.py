"""Surface and volume of the marching-cubes mesh of a mask.

Every cube of eight neighbouring voxels is one of 256 configurations. Area is a sum over
configurations, and a triangle's share of the volume is linear in the position of its cube; so one
pass that counts the configurations and adds up their positions is enough, whatever the spacing.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

_EDGE_MIDPOINTS = np.array(
    [
        (0, 0, 0.5), (0, 0.5, 1), (0, 1, 0.5), (0, 0.5, 0),
        (1, 0, 0.5), (1, 0.5, 1), (1, 1, 0.5), (1, 0.5, 0),
        (0.5, 0, 0), (0.5, 0, 1), (0.5, 1, 1), (0.5, 1, 0),
    ]
)  # fmt: skip
"""Where edges 0 to 11 are cut, along (z, y, x): a mask has no other value to interpolate."""

_TRIANGLES = (  # noqa: SIM905
    "- 083 019 183198 12a 08312a 0292a9 2832a88a9 23b 08b0b2 01923b 19b1b28b9 13a3ba "
    "08a0a18ba 0393b99ba 8a98ba 478 043347 019478 147173194 12a478 04312a347 0292a9478 "
    "2732972a9479 23b478 04224b47b 01923b478 19229b47b4b9 13a3ba478 04114b1ba47b 0393b94789ba "
    "47b4b99ba 495 083495 015054 153358485 12a495 08312a495 0242542a5 2532a5348354 23b495 "
    "08b0b2495 01505423b 15225828b485 13a3ba495 08a0a14958ba 03b0540b55ba 48558a8ba 579789 "
    "093357395 017078157 157173 12a579789 09312a357395 0282582a5578 2532a5357 23b579789 "
    "09227b297579 01815717823b 15717b1b2 13a3ba579789 05707b0950a10ba 03b0570780a50ba 57b5ba "
    "5a6 0835a6 0195a6 1831985a6 126165 083126165 026069596 258265283598 23b5a6 08b0b25a6 "
    "01923b5a6 19b1b25a68b9 1353653b6 05108b0b55b6 0360590653b6 59669b8b9 4785a6 0433475a6 "
    "0194785a6 1471731945a6 126165478 043126165347 026069478596 269293397479596 23b4785a6 "
    "04224b47b5a6 01923b4785a6 19229b47b4b95a6 1353653b6478 04b0b11b547b5b6 0360590653b6478 "
    "47959669b7b9 49a4a6 08349a4a6 01a0640a6 1681831a6486 124149264 083124149264 024264 "
    "248264283 23b49a4a6 08b0b249a4a6 01a0640a623b 14816418b1a61b2 1393693b6496 "
    "08114916418b1b6 0360643b6 48668b 67a78a89a 07309a0a767a 0181781a767a 1731a767a "
    "126168189678 093129269397679 026067078 267273 23b67a78a89a 07209727b67a79a "
    "0181781a723b67a 16717b1a61b2 1361693b6678689 09167b 03b0670780b6 67b "
).split()
"""Triangles of configurations 0 to 127 as hexadecimal edge numbers, three a triangle.

The triangulation of Lorensen & Cline (SIGGRAPH 1987) as Bourke tabulated it; a configuration above
127 is its complement with the triangles turned over, which is PyRadiomics' choice too.
"""


def surface_and_volume(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the mesh's area in mm2 and its volume in mm3.

    Parameters
    ----------
    mask
        Shape (z, y, x), with an empty voxel on every side.
    spacing_mm
        Along (z, y, x).
    """
    count, position = _count_configurations(mask)
    configuration, sense, corners = _triangles()
    spacing = np.asarray(spacing_mm)
    a, b, c = (corners * spacing).transpose(1, 0, 2)
    normal = np.cross(a - c, b - c)
    area = 0.5 * count[configuration] @ np.sqrt((normal**2).sum(axis=1))
    here = count[configuration] * (np.cross(a, b) * c).sum(axis=1)
    moved = (position[configuration] * spacing * normal).sum(axis=1)
    return float(area), float(sense @ (here + moved) / 6)


@cache
def _triangles() -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return all triangles: configuration, 1 or -1 where turned over, corners in voxels (z, y, x).

    Shapes (t,), (t,) and (t, 3, 3).
    """
    configuration, sense, corners = [], [], []
    for k in range(256):
        turned = bool(k & 0x80)
        digits = _TRIANGLES[k ^ 0xFF if turned else k].strip("-")
        edges = [int(digit, 16) for digit in digits]
        configuration += [k] * (len(edges) // 3)
        sense += [-1.0 if turned else 1.0] * (len(edges) // 3)
        corners.append(_EDGE_MIDPOINTS[edges].reshape(-1, 3, 3))
    return np.array(configuration), np.array(sense), np.concatenate(corners)


@cache
def triangles_of_configurations() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the triangles of each of the 256 configurations.

    Returns
    -------
    The first triangle of each configuration, shape (257,), and the corners of all in voxels from
    the cube's first, shape (t, 3, 3), along (z, y, x).
    """
    configuration, _, corners = _triangles()
    return np.searchsorted(configuration, np.arange(257)), corners


@njit(cache=True, nogil=True)
def _count_configurations(mask):  # type: ignore[no-untyped-def]
    count = np.zeros(256, np.int64)
    position = np.zeros((256, 3), np.int64)
    for z in range(mask.shape[0] - 1):
        for y in range(mask.shape[1] - 1):
            # Sides of the cube with the smaller and the larger x; the larger becomes the smaller.
            near = _side(mask, z, y, 0)
            for x in range(mask.shape[2] - 1):
                far = _side(mask, z, y, x + 1)
                if near == far and near % 15 == 0:
                    continue
                # Bits 0, 3, 7, 4 lie at the smaller x; 1, 2, 6, 5 at the larger.
                configuration = (
                    (near & 1) | (near & 2) << 2 | (near & 4) << 5 | (near & 8) << 1
                    | (far & 1) << 1 | (far & 2) << 1 | (far & 4) << 4 | (far & 8) << 2
                )  # fmt: skip
                near = far
                count[configuration] += 1
                position[configuration, 0] += z
                position[configuration, 1] += y
                position[configuration, 2] += x
    return count, position


@njit(cache=True, nogil=True)
def _side(mask, z, y, x):  # type: ignore[no-untyped-def]
    return mask[z, y, x] + 2 * mask[z, y + 1, x] + 4 * mask[z + 1, y + 1, x] + 8 * mask[z + 1, y, x]
