"""The recursive Laplacian of Gaussian, against ITK's."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.radiomics.filters.image import FilterInput
from tumorcast.radiomics.filters.log import laplacian_of_gaussian
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.options import Options


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (6.5, 0.78125, 0.7)])
@pytest.mark.parametrize("sigma_mm", [1.0, 3.5])
def test_every_bit_is_itks_in_the_box_of_the_region(
    dtype: type[np.generic], spacing_mm: tuple[float, float, float], sigma_mm: float
) -> None:
    rng = np.random.default_rng(1)
    array = rng.normal(0, 300, (17, 70, 81)).astype(dtype)
    mask = np.zeros(array.shape, dtype=bool)
    mask[4:12, 10:65, 3:70] = True
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing_mm[::-1])
    expected = sitk.GetArrayFromImage(sitk.LaplacianRecursiveGaussian(image, sigma_mm, True))
    source = FilterInput(array, spacing_mm, mask)
    ((name, found),) = laplacian_of_gaussian(source, Options(sigma_mm=(sigma_mm,)))
    assert name == f"log-sigma-{str(sigma_mm).replace('.', '-')}-mm-3D"
    np.testing.assert_array_equal(found, expected[source.box])


def test_an_image_too_small_for_a_sigma_is_said() -> None:
    array = np.zeros((5, 20, 20), dtype=np.int16)
    source = FilterInput(array, (1.0, 1.0, 1.0), np.ones(array.shape, dtype=bool))
    options = Options(sigma_mm=(1.0, 6.0))
    assert [name for name, _ in laplacian_of_gaussian(source, options)] == ["log-sigma-1-0-mm-3D"]
    assert [finding.code for finding in source.findings] == ["RAD-12"]
