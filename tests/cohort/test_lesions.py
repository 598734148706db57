from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import Case, ImageSource
from tumorcast.cohort.drawing import Drawing, Lesion
from tumorcast.cohort.lesions import (
    AGGREGATES,
    LesionGroup,
    NumbersOfLesions,
    OfMergedLesions,
)
from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Volume, write_volume

GEOMETRY = Geometry.of_spacing((6, 12, 12), (2.0, 1.0, 1.0))


@dataclass(frozen=True)
class Sizes:
    """Measures the voxels of a mask; a single one is too small."""

    name: str = "sizes"
    version: str = "1"

    def parameters(self) -> Mapping[str, object]:
        return {}

    def input_digest(self, case: Case) -> str:
        return case.source("ct").digest()

    def extract(self, case: Case) -> dict[str, float]:
        n = case.source("ct").tumor().n_voxels
        if n == 1:
            raise BadInputError("MSK-03", "one voxel", expected="more", fix="draw more")
        return {"ct.tumor.n": float(n)}


@dataclass(frozen=True)
class Shells(Sizes):
    """Measures something around the tumour too, where it is not too small."""

    def extract(self, case: Case) -> dict[str, float]:
        (n,) = super().extract(case).values()
        return {"ct.tumor.n": n, "ct.shell.n": np.nan if n == 4 else 10.0 * n}


@dataclass(frozen=True)
class Array(Sizes):
    """Returns the mask itself, as a crop does."""

    def extract(self, case: Case) -> NDArray[np.bool_]:  # type: ignore[override]
        return case.source("ct").tumor().array


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Return a case with a primary of 12 voxels and nodes of 4, 8 and 1, two of them one label."""
    labels = np.zeros(GEOMETRY.shape, np.int16)
    labels[0, 0:3, 0:4] = 1
    labels[3, 0:2, 0:2] = 2
    labels[3, 6:8, 6:10] = 3
    labels[5, 11, 11] = 3
    path = tmp_path / "labels.nii.gz"
    write_volume(Volume(labels, GEOMETRY), path)
    lesions = (
        Lesion("GTVp", path, label=1),
        Lesion("GTVn", path, label=2),
        Lesion("GTVn", path, label=3),
    )
    image = Volume(np.zeros(GEOMETRY.shape, np.int16), GEOMETRY, "HU")
    return Case("a", "a", images={"ct": ImageSource(image, Drawing(lesions))})


NODES = LesionGroup("nodes", ("GTVn",))
APART = LesionGroup("nodes", ("GTVn",), split=True)


def test_every_aggregate_by_hand(case: Case) -> None:
    found = NumbersOfLesions(Sizes(), "ct", AGGREGATES, NODES).extract(case)
    assert found == {
        "ct.nodes_count.lesions": 2.0,
        "ct.nodes.n": 13.0,
        "ct.nodes_largest.n": 9.0,
        "ct.nodes_sum.n": 13.0,
        "ct.nodes_weighted_mean.n": pytest.approx((4 * 4 + 9 * 9) / 13),
        "ct.nodes_maximum.n": 9.0,
        "ct.nodes_spread.n": 2.5,
    }


def test_a_number_that_is_undefined_for_a_lesion_leaves_it_out(case: Case) -> None:
    found = NumbersOfLesions(Shells(), "ct", ("sum",)).extract(case)
    assert found == {"ct.tumor_sum.n": 25.0, "ct.shell_sum.n": 210.0}


def test_pieces_are_lesions_where_a_label_holds_several_and_tiny_ones_are_left_out(
    case: Case,
) -> None:
    found = NumbersOfLesions(Sizes(), "ct", ("count", "sum"), APART).extract(case)
    assert found["ct.nodes_count.lesions"] == 3.0
    assert found["ct.nodes_sum.n"] == 12.0


def test_a_patient_without_such_a_lesion_has_a_count_and_no_numbers(case: Case) -> None:
    group = LesionGroup("mets", ("metastasis",))
    extractor = NumbersOfLesions(Sizes(), "ct", ("count", "maximum"), group)
    assert extractor.extract(case) == {"ct.mets_count.lesions": 0.0}
    with pytest.raises(BadInputError, match=r"MSK-02.*metastasis"):
        OfMergedLesions(Array(), "ct", "largest", group).extract(case)


def test_when_no_lesion_can_be_measured_the_reason_is_said(case: Case) -> None:
    one = np.zeros(GEOMETRY.shape, bool)
    one[0, 0, 0] = True
    source = ImageSource(case.source("ct").image, Mask(one, GEOMETRY))
    tiny = Case("b", "b", images={"ct": source})
    with pytest.raises(BadInputError, match="one voxel"):
        NumbersOfLesions(Sizes(), "ct", ("maximum",)).extract(tiny)


def test_arrays_and_numbers_are_computed_in_the_same_lesions(case: Case) -> None:
    for aggregate in ("union", "largest"):
        array = OfMergedLesions(Array(), "ct", aggregate, NODES).extract(case)
        numbers = NumbersOfLesions(Sizes(), "ct", (aggregate,), NODES).extract(case)
        assert list(numbers.values()) == [np.count_nonzero(array)]


def test_the_tumour_of_a_study_is_its_own_group(case: Case) -> None:
    source = case.source("ct")
    assert isinstance(source.mask, Drawing)
    primary = ImageSource(source.image, Drawing(source.mask.lesions, tumor=("GTVp",)))
    assert [mask.n_voxels for mask in LesionGroup().masks(primary)] == [12]
    assert [mask.n_voxels for mask in NODES.masks(primary)] == [4, 9]


def test_what_is_kept_depends_on_lesions_and_aggregates() -> None:
    made: list[NumbersOfLesions | OfMergedLesions[dict[str, float]]] = [
        NumbersOfLesions(Sizes(), "ct", ("sum",), NODES),
        NumbersOfLesions(Sizes(), "ct", ("maximum",), NODES),
        NumbersOfLesions(Sizes(), "ct", ("sum",), APART),
        NumbersOfLesions(Sizes(), "ct", ("sum",)),
        OfMergedLesions(Sizes(), "ct", "union"),
        OfMergedLesions(Sizes(), "ct", "largest"),
    ]
    assert len({repr((one.name, one.parameters())) for one in made}) == len(made)
