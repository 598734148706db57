"""Intensity statistics and the intensity histogram as IBSI defines them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def statistics(x: NDArray[np.float64]) -> dict[str, float]:
    """Return the statistics of the intensities of the intensity mask, shape (n,), by their tags."""
    found = _common(x)
    found["energy"] = float((x**2).sum())
    found["rms"] = float(np.sqrt((x**2).mean()))
    return {f"stat_{name}": value for name, value in found.items()}


def histogram(levels: NDArray[np.int64]) -> dict[str, float]:
    """Return the features of the histogram of grey levels from 1 on, shape (n,), by their tags."""
    found = _common(levels.astype(np.float64))
    count = np.bincount(levels)[1:].astype(np.float64)
    p = count[count > 0] / levels.size
    fullest = np.flatnonzero(count == count.max()) + 1
    found["mode"] = float(fullest[np.argmin(np.abs(fullest - found["mean"]))])
    found["entropy"] = float(-(p * np.log2(p)).sum())
    found["uniformity"] = float((p**2).sum())
    gradient = np.gradient(count) if count.size > 1 else np.full(1, math.nan)
    found["max_grad"] = float(gradient.max())
    found["max_grad_g"] = float(gradient.argmax() + 1)
    found["min_grad"] = float(gradient.min())
    found["min_grad_g"] = float(gradient.argmin() + 1)
    return {f"ih_{name}": value for name, value in found.items()}


def _common(x: NDArray[np.float64]) -> dict[str, float]:
    """Return what both families measure; NaN where it is not defined on these values."""
    mean, variance = float(x.mean()), float(x.var())
    p10, p25, median, p75, p90 = np.percentile(x, (10, 25, 50, 75, 90)).tolist()
    inner = x[(x >= p10) & (x <= p90)]
    return {
        "mean": mean,
        "var": variance,
        "skew": float(((x - mean) ** 3).mean()) / variance**1.5 if variance else math.nan,
        "kurt": float(((x - mean) ** 4).mean()) / variance**2 - 3 if variance else math.nan,
        "median": median,
        "min": float(x.min()),
        "p10": p10,
        "p90": p90,
        "max": float(x.max()),
        "iqr": p75 - p25,
        "range": float(np.ptp(x)),
        "mad": float(np.abs(x - mean).mean()),
        "rmad": float(np.abs(inner - inner.mean()).mean()) if inner.size else math.nan,
        "medad": float(np.abs(x - median).mean()),
        "cov": math.sqrt(variance) / mean if mean else math.nan,
        "qcod": (p75 - p25) / (p75 + p25) if p75 + p25 else math.nan,
    }
