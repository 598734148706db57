"""Rows 22 to 25 and 40 to 47: what is drawn, and what lies under it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.bad_inputs.conftest import CASES, SHAPE, SPOILED, Export, the, tumor_voxels

from tumorcast.imaging import Geometry, Mask, read_mask, read_volume, write_mask, write_volume
from tumorcast.imaging.itk import simpleitk
from tumorcast.imaging.volume import Volume

IMAGE = f"images/{SPOILED}.nii.gz"
MASK = f"masks/{SPOILED}.nii.gz"


def draw(export: Export, voxels: NDArray[Any], case: str = SPOILED) -> None:
    """Write whatever values into a mask file."""
    geometry = read_volume(export.image(case)).geometry
    write_volume(Volume(voxels, geometry), export.mask(case))


def drawn(*boxes: tuple[slice, slice, slice]) -> NDArray[np.uint8]:
    voxels = np.zeros(SHAPE, dtype=np.uint8)
    for box in boxes:
        voxels[box] = 1
    return voxels


def in_tumor(value: float, share: float = 1.0) -> Any:
    def change(voxels: NDArray[Any]) -> NDArray[Any]:
        where = np.argwhere(tumor_voxels(CASES.index(SPOILED)))
        values = voxels.astype(np.float32)
        values[tuple(where[: round(share * len(where))].T)] = value
        return values

    return change


def test_row_22_stored_values_instead_of_hounsfield_units(nifti: Export) -> None:
    nifti.revoxel(lambda voxels: np.maximum(voxels + 1024, 0))
    the(
        nifti.check(),
        "IMG-08",
        "excluded",
        found="a tumour with a median of 1064 HU in an image that begins at 1",
        fix="convert it again with its Rescale Slope and Intercept",
        file=IMAGE,
    )


def test_row_22_an_inverted_ct(nifti: Export) -> None:
    nifti.revoxel(lambda voxels: -voxels)
    the(
        nifti.check(),
        "IMG-08",
        "warning",
        found="17% of the CT lies near +1000 HU and 0% near -1000",
        fix="its values may be inverted",
        file=IMAGE,
    )


def test_row_23_no_number_in_the_tumour(nifti: Export) -> None:
    nifti.revoxel(in_tumor(np.nan, 0.01))
    the(
        nifti.check(),
        "IMG-06",
        "excluded",
        found="voxels without a number in the region or within 3 voxels",
        fix="export the image again",
        file=IMAGE,
    )


def test_row_23_no_number_far_away(nifti: Export) -> None:
    def corner(voxels: NDArray[Any]) -> NDArray[Any]:
        values = voxels.astype(np.float32)
        values[0, 0, 0] = np.inf
        return values

    nifti.revoxel(corner)
    the(
        nifti.check(),
        "IMG-06",
        "repaired",
        found="1 voxels without a number, far from the region",
        fix="they were set to the smallest value",
        file=IMAGE,
    )


def test_row_24_a_constant_tumour(nifti: Export) -> None:
    nifti.revoxel(in_tumor(40.0))
    the(
        nifti.check(),
        "IMG-07",
        "warning",
        found="the same value, 40, in every voxel",
        fix="texture is undefined there",
        file=IMAGE,
    )


def test_row_25_metal(nifti: Export) -> None:
    nifti.revoxel(in_tumor(1e5, 0.05))
    the(
        nifti.check(),
        "IMG-09",
        "warning",
        found="of the tumour above 3071 HU, up to 100000",
        fix="presets for CT clip at 3071 HU",
        file=IMAGE,
    )


def test_row_40_an_empty_mask(nifti: Export) -> None:
    draw(nifti, np.zeros(SHAPE, dtype=np.uint8))
    the(
        nifti.check(),
        "MSK-02",
        "excluded",
        found="a mask without a single labelled voxel",
        fix="draw the tumour",
        file=MASK,
    )


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ((slice(5, 6), slice(12, 18), slice(8, 16)), "48 voxels, 1 thick"),
        ((slice(4, 6), slice(12, 14), slice(8, 10)), "8 voxels, 2 thick"),
    ],
)
def test_row_41_a_tumour_too_small_for_texture(
    nifti: Export, box: tuple[slice, slice, slice], found: str
) -> None:
    draw(nifti, drawn(box))
    quality = nifti.check()
    (finding,) = [f for f in quality.findings if f.code == "MSK-03"]
    assert (finding.case, finding.consequence) == (SPOILED, "excluded")
    assert found in finding.found
    assert "at least 10 voxels, 2 thick" in finding.expected
    assert quality.excluded == {SPOILED}


def test_row_42_a_single_label_other_than_one(nifti: Export) -> None:
    draw(nifti, tumor_voxels(1).astype(np.uint8) * 255)
    the(
        nifti.check(),
        "MSK-07",
        "repaired",
        found="the only label is 255",
        fix="label 255 was taken as the tumour",
        file=MASK,
    )


def several_labels(export: Export, case: str) -> None:
    voxels = tumor_voxels(CASES.index(case)).astype(np.uint8)
    voxels[0:2, 20:23, 2:6] = 2
    draw(export, voxels, case)


def test_row_42_several_labels_ask_which_is_the_tumour(nifti: Export) -> None:
    several_labels(nifti, SPOILED)
    finding = the(
        nifti.check(),
        "MSK-05",
        "ask",
        found="2 labels: 1, 2",
        fix="say which label is the tumour, such as label: 1, in the study file under "
        "cohort: images: scan",
        file=MASK,
    )
    assert nifti.refused() == [finding]
    nifti.declare(cohort={"images": {"scan": {**scan(nifti), "label": 1}}})
    assert nifti.check().findings == ()


def scan(export: Export) -> dict[str, str]:
    return {"path": "images/{id}.nii.gz", "mask": "masks/{id}.nii.gz", "unit": "HU"}


def test_row_42_one_question_for_many_cases(nifti: Export) -> None:
    for case in CASES:
        several_labels(nifti, case)
    (question,) = nifti.refused()
    assert (question.code, question.consequence) == ("MSK-05", "ask")
    assert question.case == ""
    assert question.found == "image 'scan': 6 cases: 2 labels: 1, 2 (in 6 cases)"
    assert len(nifti.check().findings) == 6


def test_row_42_probabilities_ask_for_a_threshold(nifti: Export) -> None:
    draw(nifti, tumor_voxels(1) * np.float32(0.8))
    finding = the(
        nifti.check(),
        "MSK-04",
        "ask",
        found="values from 0 to 0.8 that are not whole numbers",
        fix="such as threshold: 0.5, in the study file under cohort: images: scan",
        file=MASK,
    )
    assert nifti.refused() == [finding]
    nifti.declare(cohort={"images": {"scan": {**scan(nifti), "threshold": 0.5}}})
    assert nifti.check().findings == ()


def test_row_43_a_mask_on_another_grid_of_the_same_space(nifti: Export) -> None:
    mask = read_mask(nifti.mask())
    write_mask(mask.crop((1, 3, 0), SHAPE), nifti.mask())
    finding = the(
        nifti.check(),
        "MSK-09",
        "repaired",
        found="the mask was drawn on 9 x 21 x 24 voxels of 3 x 0.8 x 0.6 mm (z, y, x)",
        fix="draw the mask on the image itself",
        file=IMAGE,
    )
    assert "changed its volume from" in finding.found


def moved(mask: Mask, origin_mm: tuple[float, float, float]) -> Mask:
    grid = mask.geometry
    there = Geometry.from_parts(grid.shape, grid.spacing_mm, grid.direction, origin_mm)
    return Mask(mask.array, there)


def test_row_43_a_mask_that_lost_its_position(nifti: Export) -> None:
    write_mask(moved(read_mask(nifti.mask()), (0.0, 0.0, 0.0)), nifti.mask())
    the(
        nifti.check(),
        "MSK-08",
        "excluded",
        found="one of the two has lost its position",
        fix="draw or export the mask on this image",
        file=IMAGE,
    )


def test_row_44_a_mask_outside_the_image(nifti: Export) -> None:
    mask = read_mask(nifti.mask()).crop((1, 1, 1), SHAPE)
    write_mask(moved(mask, (900.0, 900.0, 900.0)), nifti.mask())
    the(
        nifti.check(),
        "MSK-08",
        "excluded",
        found="0.0% of the mask within the image",
        fix="register the two first",
        file=IMAGE,
    )


def test_row_44_a_mask_in_air(nifti: Export) -> None:
    draw(nifti, drawn((slice(3, 7), slice(1, 5), slice(6, 18))))
    the(
        nifti.check(),
        "MSK-10",
        "excluded",
        found="75% of the tumour below -500 HU",
        fix="check that mask and image belong together",
        file=IMAGE,
    )


def test_row_45_a_shell_that_leaves_the_image(nifti: Export) -> None:
    nifti.declare(regions={"shell_0_9mm": {"shell_mm": [0, 9]}})
    findings = [f for f in nifti.check().findings if f.code == "REG-03"]
    assert {f.case for f in findings} == set(CASES)
    assert {f.consequence for f in findings} == {"warning"}
    for finding in findings:
        assert "of shell_0_9mm lies in image and body" in finding.found
        assert finding.expected == "at least 50%"
        assert "a narrower shell" in finding.fix
        assert finding.file == str(nifti.image(finding.case))


def test_row_46_the_same_files_under_two_ids(nifti: Export) -> None:
    nifti.image().write_bytes(nifti.image("C01").read_bytes())
    (finding,) = nifti.refused()
    assert finding.code == "IDS-07"
    assert "1 pairs of patients share an image or mask, byte for byte: C01 and C02" in finding.found
    assert "declare cohort.patient" in finding.fix


def test_row_46_the_same_voxels_saved_again(nifti: Export) -> None:
    twin = read_volume(nifti.image("C01"))
    elsewhere = read_volume(nifti.image()).geometry
    write_volume(Volume(twin.array.astype(np.float32), elsewhere), nifti.image())
    (finding,) = nifti.refused()
    assert finding.code == "IDS-07"
    assert "voxel for voxel: C01 and C02 (scan, scan)" in finding.found


def test_row_46_the_same_mask_saved_again(nifti: Export) -> None:
    draw(nifti, tumor_voxels(CASES.index("C01")).astype(np.int16))
    (finding,) = nifti.refused()
    assert "voxel for voxel: C01 and C02 (scan mask, scan mask)" in finding.found


def test_row_46_lesions_of_one_patient_may_share_an_image(nifti: Export) -> None:
    nifti.image().write_bytes(nifti.image("C01").read_bytes())
    rows = [row | {"person": "A" if row["id"] < "C03" else row["id"]} for row in nifti.rows()]
    nifti.write_rows(rows)
    nifti.declare(cohort={"patient": "person"})
    write_mask(moved(read_mask(nifti.mask()), (-20.0, 30.0, 10.0)), nifti.mask())
    assert [f.code for f in nifti.check().findings] == ["IDS-05"]


def test_row_47_an_implausible_volume(nifti: Export) -> None:
    image = simpleitk().ReadImage(str(nifti.image()))
    mask = simpleitk().ReadImage(str(nifti.mask()))
    for one, path in ((image, nifti.image()), (mask, nifti.mask())):
        one.SetSpacing((20.0, 20.0, 30.0))
        simpleitk().WriteImage(one, str(path))
    quality = nifti.check()
    (finding,) = [f for f in quality.findings if f.code == "MSK-11"]
    assert (finding.case, finding.consequence) == (SPOILED, "warning")
    assert "cc" in finding.found
    assert finding.expected == "0.1 to 1000 cc"
    assert quality.excluded == frozenset()


def test_row_47_many_pieces(nifti: Export) -> None:
    voxels = np.zeros(SHAPE, dtype=np.uint8)
    voxels[1:9:3, 8:23:3, 2:22:3] = 1
    voxels[4:7, 8:12, 2:6] = 1
    draw(nifti, voxels)
    the(
        nifti.check(),
        "MSK-12",
        "warning",
        found="pieces",
        fix="look at the mask for stray voxels",
        file=IMAGE,
    )


def test_row_02_a_tumour_that_touches_the_last_slice(nifti: Export) -> None:
    draw(nifti, drawn((slice(6, 10), slice(10, 20), slice(8, 18))))
    the(
        nifti.check(),
        "MSK-13",
        "warning",
        found="the tumour touches the edge of the image",
        fix="check that no slice is missing",
        file=IMAGE,
    )
