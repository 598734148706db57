from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tumorcast.cohort import Case, ImageSource
from tumorcast.cohort.drawing import Drawing, Lesion, union_of
from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Geometry, Mask, write_mask


@pytest.fixture
def label_image(tmp_path: Path, write_case: Callable[..., None]) -> Path:
    path = tmp_path / "labels.nii.gz"
    write_case(path, labels=(1, 5))
    return path


def test_lesions_of_one_label_image_are_read_apart_and_absent_ones_are_left_out(
    label_image: Path,
) -> None:
    drawing = Drawing(
        (
            Lesion("GTVp", label_image, label=1),
            Lesion("GTVn", label_image, label=2),
            Lesion("GTVn", label_image, label=5),
        )
    )
    masks = drawing.lesion_masks()
    assert [(mask.name, mask.n_voxels) for mask in masks] == [("GTVp", 196), ("GTVn", 60)]
    assert drawing.tumor_mask().n_voxels == 256
    assert drawing.files == (label_image,)


def test_lesions_in_files_of_their_own_are_brought_onto_one_grid(tmp_path: Path) -> None:
    wide = Geometry.of_spacing((10, 10, 10), (2.0, 2.0, 2.0))
    fine = Geometry.of_spacing((20, 20, 20), (1.0, 1.0, 1.0), origin_mm=(-0.5, -0.5, -0.5))
    first, second = np.zeros(wide.shape, bool), np.zeros(fine.shape, bool)
    first[2:4, 2:4, 2:4] = True
    second[12:16, 12:16, 12:16] = True
    write_mask(Mask(first, wide), tmp_path / "a.nii.gz")
    write_mask(Mask(second, fine), tmp_path / "b.nii.gz")
    drawing = Drawing((Lesion("a", tmp_path / "a.nii.gz"), Lesion("b", tmp_path / "b.nii.gz")))
    union = drawing.tumor_mask()
    assert union.geometry.shape == wide.shape
    assert union.volume_mm3 == 8 * 8 + 64


def test_the_tumour_is_the_regions_that_are_meant(label_image: Path) -> None:
    lesions = (Lesion("GTVp", label_image, label=1), Lesion("GTVn", label_image, label=5))
    assert Drawing(lesions, tumor=("GTVn",)).tumor_mask().n_voxels == 60
    with pytest.raises(BadInputError, match=r"MSK-02.*nothing is drawn of GTVn in labels"):
        Drawing((Lesion("GTVn", label_image, label=9),)).tumor_mask()
    with pytest.raises(BadInputError, match="MSK-02"):
        union_of(())


def test_the_digest_is_of_what_is_read_and_of_what_is_taken(
    label_image: Path, tmp_path: Path
) -> None:
    drawing = Drawing((Lesion("GTVp", label_image, label=1),))
    copy = tmp_path / "copy.nii.gz"
    copy.write_bytes(label_image.read_bytes())
    assert Drawing((Lesion("GTVp", copy, label=1),)).digest() == drawing.digest()
    assert Drawing((Lesion("GTVp", label_image, label=5),)).digest() != drawing.digest()
    assert Drawing(drawing.lesions, tumor=("GTVp",)).digest() != drawing.digest()


def test_a_source_names_all_that_it_reads(label_image: Path) -> None:
    source = ImageSource(label_image, Drawing((Lesion("a", label_image, label=1),)))
    assert source.inputs == (label_image, label_image)
    assert Case("a", "a", images={"ct": source}).source("ct").tumor().n_voxels == 196


def test_labels_that_are_in_no_region_are_warned_of(label_image: Path) -> None:
    findings: list[Finding] = []
    Drawing((Lesion("GTVp", label_image, label=1),)).tumor_mask(findings)
    assert [(finding.code, finding.consequence) for finding in findings] == [("MSK-14", "warning")]
    assert findings[0].found == "labels that are in no region: 5"
    lesions = (Lesion("GTVp", label_image, label=1), Lesion("cyst", label_image, label=5))
    Drawing(lesions, tumor=("GTVp",)).tumor_mask(findings)
    assert len(findings) == 1
