"""The configurations for which IBSI has published consensus values, as parameter files.

Sources: Zwanenburg et al., Radiology 2020;295:328 (digital phantom and CT configurations A to E);
Whybra et al., Radiology 2024;310:e231319 (filters, CT configurations A and B).
"""

from __future__ import annotations

from typing import Any

_FIRST: dict[str, dict[str, Any]] = {
    "ibsi-1-digital": {"dimensions": ["2D", "3D"]},
    "ibsi-1-a": {
        "intensity_range": [-500, 400],
        "binning": {"width": 25},
        "dimensions": ["2D"],
    },
    "ibsi-1-b": {
        "spacing_mm": [None, 2, 2],
        "round_intensities": True,
        "intensity_range": [-500, 400],
        "binning": {"count": 32},
        "dimensions": ["2D"],
    },
    "ibsi-1-c": {
        "spacing_mm": [2, 2, 2],
        "round_intensities": True,
        "intensity_range": [-1000, 400],
        "binning": {"width": 25},
        "ivh_binning": {"width": 2.5},
    },
    "ibsi-1-d": {
        "spacing_mm": [2, 2, 2],
        "round_intensities": True,
        "outlier_sigma": 3,
        "binning": {"count": 32},
    },
    "ibsi-1-e": {
        "spacing_mm": [2, 2, 2],
        "interpolation": "cubic",
        "round_intensities": True,
        "intensity_range": [-1000, 400],
        "outlier_sigma": 3,
        "binning": {"count": 32},
        "ivh_binning": {"count": 1000},
    },
}


def _filters(dimension: str, laws: str, bands: tuple[str, str]) -> dict[str, Any]:
    gabor = {"sigma_mm": 5, "wavelength_mm": 2, "aspect_ratio": 1.5, "orientation_step_deg": 22.5}
    first, second = bands
    return {
        "Original": {},
        "Mean": {"support": 5, "dimension": dimension},
        "LoG": {"sigma_mm": 1.5, "dimension": dimension},
        "Laws": {"kernels": laws, "energy_distance": 7},
        "Gabor": {**gabor, "orthogonal_planes": dimension == "3D"},
        "Wavelet": [
            {"family": "db3", "decomposition": first, "level": 1},
            {"family": "db3", "decomposition": second, "level": 2},
        ],
        "Simoncelli": [{"level": level, "dimension": dimension} for level in (1, 2)],
    }


_SECOND: dict[str, dict[str, Any]] = {
    "ibsi-2-a": {
        "setting": {"intensity_range": [-1000, 400]},
        "imageType": _filters("2D", "L5E5", ("LH", "HH")),
    },
    "ibsi-2-b": {
        "setting": {
            "spacing_mm": [1, 1, 1],
            "interpolation": "cubic",
            "round_intensities": True,
            "intensity_range": [-1000, 400],
        },
        "imageType": _filters("3D", "L5E5E5", ("LLH", "HHH")),
    },
}

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    **{name: {"standard": "ibsi", "setting": setting} for name, setting in _FIRST.items()},
    **{
        name: {"standard": "ibsi", **content, "featureClass": ["statistics"]}
        for name, content in _SECOND.items()
    },
}
