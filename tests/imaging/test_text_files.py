"""NRRD and MetaImage: axes, colours, and headers that lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Volume, read_volume, write_volume
from tumorcast.imaging.itk import simpleitk


@pytest.mark.parametrize("suffix", ["nrrd", "mha"])
def test_a_fourth_axis_of_one_voxel_is_dropped(suffix: str, tmp_path: Path) -> None:
    values = np.arange(24, dtype=np.int16).reshape(1, 2, 3, 4)
    image = simpleitk().GetImageFromArray(values, isVector=False)
    image.SetSpacing((1.0, 2.0, 3.0, 1.0))
    simpleitk().WriteImage(image, str(tmp_path / f"a.{suffix}"))
    findings: list[Finding] = []
    volume = read_volume(tmp_path / f"a.{suffix}", findings=findings)
    assert np.array_equal(volume.array, values[0])
    assert volume.geometry.spacing_mm == (3.0, 2.0, 1.0)
    assert [(finding.code, finding.consequence) for finding in findings] == [("IMG-04", "repaired")]


@pytest.mark.parametrize("suffix", ["nrrd", "mha"])
def test_time_series_and_colours_are_refused(suffix: str, tmp_path: Path) -> None:
    sitk, path = simpleitk(), tmp_path / f"a.{suffix}"
    for image in (
        sitk.Image([2, 3, 4, 5], sitk.sitkInt16),
        sitk.Image([2, 3, 4], sitk.sitkVectorUInt8, 3),
        sitk.Image([2, 3], sitk.sitkInt16),
    ):
        sitk.WriteImage(image, str(path))
        with pytest.raises(BadInputError, match=rf"IMG-04.*a\.{suffix}"):
            read_volume(path)


@pytest.mark.parametrize(("suffix", "field"), [("nrrd", "sizes: "), ("mha", "DimSize = ")])
@pytest.mark.parametrize(("size", "code"), [("60000 60000 4", "IMG-05"), ("6 5 5", "IMG-02")])
def test_lying_sizes_are_refused_before_memory_is_taken(
    suffix: str, field: str, size: str, code: str, ct: Volume, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    simpleitk().WriteImage(ct.to_sitk(), str(path), False)
    content = path.read_bytes()
    assert f"{field}6 5 4".encode() in content
    path.write_bytes(content.replace(f"{field}6 5 4".encode(), f"{field}{size}".encode()))
    with pytest.raises(BadInputError, match=code):
        read_volume(path)


def test_axes_are_straightened_or_refused(ct: Volume, tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    for shear, code in ((5e-4, "repaired"), (5e-3, "excluded")):
        matrix = np.eye(3)
        matrix[0, 1] = shear
        rows = " ".join(
            f"({column[0]:.17g},{column[1]:.17g},{column[2]:.17g})" for column in matrix.T
        )
        write_volume(ct, path)
        lines = path.read_bytes().split(b"\n")
        index = next(i for i, line in enumerate(lines) if line.startswith(b"space directions"))
        lines[index] = b"space directions: " + rows.encode()
        path.write_bytes(b"\n".join(lines))
        findings: list[Finding] = []
        if code == "excluded":
            with pytest.raises(BadInputError, match=r"GEO-01.*a\.nrrd"):
                read_volume(path)
        else:
            assert np.array_equal(read_volume(path, findings=findings).array, ct.array)
            assert [finding.code for finding in findings] == ["GEO-01"]
