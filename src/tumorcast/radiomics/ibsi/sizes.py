"""Runs, zones, distance zones and dependences of grey levels as IBSI defines them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_cdt

from tumorcast.radiomics.classes.sizes import size_formulas
from tumorcast.radiomics.ibsi.elements import Elements, Texture, aggregate
from tumorcast.radiomics.texture.matrices import zone_of_voxels
from tumorcast.radiomics.texture.sparse import size_counts

_RUNS = {
    "short": "sre", "long": "lre", "low": "lgre", "high": "hgre", "short_low": "srlge",
    "short_high": "srhge", "long_low": "lrlge", "long_high": "lrhge",
    "level_non_uniformity": "glnu", "level_non_uniformity_normalized": "glnu_norm",
    "size_non_uniformity": "rlnu", "size_non_uniformity_normalized": "rlnu_norm",
    "percentage": "r_perc", "level_variance": "gl_var", "size_variance": "rl_var",
    "entropy": "rl_entr",
}  # fmt: skip
_ZONES = {
    "short": "sze", "long": "lze", "low": "lgze", "high": "hgze", "short_low": "szlge",
    "short_high": "szhge", "long_low": "lzlge", "long_high": "lzhge",
    "level_non_uniformity": "glnu", "level_non_uniformity_normalized": "glnu_norm",
    "size_non_uniformity": "zsnu", "size_non_uniformity_normalized": "zsnu_norm",
    "percentage": "z_perc", "level_variance": "gl_var", "size_variance": "zs_var",
    "entropy": "zs_entr",
}  # fmt: skip
_DISTANCES = {
    "short": "sde", "long": "lde", "low": "lgze", "high": "hgze", "short_low": "sdlge",
    "short_high": "sdhge", "long_low": "ldlge", "long_high": "ldhge",
    "level_non_uniformity": "glnu", "level_non_uniformity_normalized": "glnu_norm",
    "size_non_uniformity": "zdnu", "size_non_uniformity_normalized": "zdnu_norm",
    "level_variance": "gl_var", "size_variance": "zd_var", "entropy": "zd_entr",
}  # fmt: skip
_DEPENDENCES = {
    "short": "lde", "long": "hde", "low": "lgce", "high": "hgce", "short_low": "ldlge",
    "short_high": "ldhge", "long_low": "hdlge", "long_high": "hdhge",
    "level_non_uniformity": "glnu", "level_non_uniformity_normalized": "glnu_norm",
    "size_non_uniformity": "dcnu", "size_non_uniformity_normalized": "dcnu_norm",
    "level_variance": "gl_var", "size_variance": "dc_var", "entropy": "dc_entr",
}  # fmt: skip
"""IBSI's tag of each of our formulas."""


def run_features(texture: Texture) -> dict[str, float]:
    """Return the run length features (GLRLM) of all aggregations by their tags."""
    runs = []
    for a, b in texture.links():
        first, length = _runs(texture.levels, a, b)
        runs.append((texture.levels[first], length, texture.slices[first]))
    return _features(Elements.of_directions(runs), texture, "rlm", _RUNS)


def _runs(
    levels: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first voxel and length of each run, from voxels and the voxels that follow them."""
    n = levels.size
    following = np.full(n + 1, n)
    same = levels[a] == levels[b]
    following[a[same]] = b[same]
    begins = np.ones(n + 1, bool)
    begins[following] = False
    first = np.flatnonzero(begins)
    length = np.zeros(first.size, np.int64)
    at = first.copy()
    while (at < n).any():
        length += at < n
        at = following[at]
    return first, length


def zone_features(texture: Texture, distances: NDArray[np.int64]) -> dict[str, float]:
    """Return the features of size zones (GLSZM) and distance zones (GLDZM) by their tags.

    Parameters
    ----------
    texture
        Levels of the voxels of the intensity mask.
    distances
        Distance of each of them from the edge, as `edge_distances` returns it.
    """
    zone = zone_of_voxels(texture.levels.astype(np.int32), texture.neighbours.index, -1)
    size = np.bincount(zone, minlength=zone.size)
    first = np.flatnonzero(size)
    nearest = np.full(zone.size, np.iinfo(np.int64).max)
    np.minimum.at(nearest, zone, distances)
    levels, slices = texture.levels[first], texture.slices[first]
    sized = _features(Elements(levels, size[first], slices), texture, "szm", _ZONES)
    distant = _features(Elements(levels, nearest[first], slices), texture, "dzm", _DISTANCES)
    # The share of zones among voxels does not depend on what is measured of the zones.
    shares = {tag.replace("szm", "dzm"): value for tag, value in sized.items() if "z_perc" in tag}
    return {**sized, **distant, **shares}


def edge_distances(
    morphological: NDArray[np.bool_], intensity: NDArray[np.bool_], *, in_plane: bool
) -> NDArray[np.int64]:
    """Return the city-block distance to the outside of the region's body, 1 at its edge.

    Parameters
    ----------
    morphological, intensity
        Masks of shape (z, y, x).
    in_plane
        Measure within each slice.

    Returns
    -------
    Of each voxel of the intensity mask, shape (n,).
    """
    padded = np.pad(morphological, 1)
    if in_plane:
        planes = [distance_transform_cdt(plane, metric="taxicab") for plane in padded]
        distance = np.stack(planes)
    else:
        distance = distance_transform_cdt(padded, metric="taxicab")
    return distance[1:-1, 1:-1, 1:-1][intensity].astype(np.int64)


def dependence_features(texture: Texture) -> dict[str, float]:
    """Return the features of dependence counts (NGLDM) with coarseness 0, by their tags."""
    dependence = np.ones(texture.levels.size, np.int64)
    for a, b in texture.links():
        same = texture.levels[a] == texture.levels[b]
        dependence[a[same]] += 1
        dependence[b[same]] += 1
    elements = Elements(texture.levels, dependence, texture.slices)
    return _features(elements, texture, "ngl", _DEPENDENCES) | aggregate(
        elements, texture.dimension, "ngl", _energy
    )


def _energy(levels: NDArray[np.int64], sizes: NDArray[np.int64]) -> dict[str, float]:
    count = size_counts(levels, sizes).count
    # Every voxel has a neighbourhood, so it counts: the share is 1 by definition.
    return {"dc_perc": 1.0, "dc_energy": float(((count / count.sum()) ** 2).sum())}


def _features(
    elements: Elements, texture: Texture, prefix: str, names: Mapping[str, str]
) -> dict[str, float]:
    count = int(texture.levels.max())
    present = np.arange(1, count + 1, dtype=np.int32)

    def formulas(levels: NDArray[np.int64], sizes: NDArray[np.int64]) -> dict[str, float]:
        found = size_formulas(size_counts(levels - 1, sizes), present)
        return {tag: found[name] for name, tag in names.items()}

    return aggregate(elements, texture.dimension, prefix, formulas)
