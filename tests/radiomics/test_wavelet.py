"""Undecimated wavelets, against PyWavelets'."""

from __future__ import annotations

import numpy as np
import pytest
import pywt

from tumorcast.radiomics.filters.image import FilterInput
from tumorcast.radiomics.filters.wavelet import wavelet
from tumorcast.radiomics.options import Options


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("name", ["coif1", "haar", "db4", "bior1.3", "sym5", "dmey"])
def test_every_decomposition_is_pywavelets(dtype: type[np.generic], name: str) -> None:
    array = np.random.default_rng(2).normal(0, 300, (16, 22, 20)).astype(dtype)
    mask = np.zeros(array.shape, dtype=bool)
    mask[5:11, 7:15, 6:13] = True
    source = FilterInput(array, (1.0, 1.0, 1.0), mask)
    (judged,) = pywt.swtn(array, name, level=1, axes=(2, 1, 0))
    expected = {key.replace("a", "L").replace("d", "H"): part for key, part in judged.items()}
    found = dict(wavelet(source, Options(wavelet=name)))
    assert list(found) == [f"wavelet-{key}" for key in expected if key != "LLL"] + ["wavelet-LLL"]
    for key, part in expected.items():
        here = found[f"wavelet-{key}"]
        assert here.dtype == part.dtype
        if name in {"coif1", "haar", "bior1.3"}:  # none of their filters reaches the border
            np.testing.assert_array_equal(here, part[source.box])
        else:
            scale = np.abs(part).max() * np.finfo(part.dtype).eps
            np.testing.assert_allclose(here, part[source.box], rtol=0, atol=20 * scale)
