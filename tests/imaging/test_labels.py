"""Which voxels a label image means, and what it is asked when that is not clear."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.labels import foreground


def image(*values: float, kind: type = np.int16) -> np.ndarray:
    return np.array([[[0, *values]]], dtype=kind)


def test_label_one_is_taken_silently() -> None:
    findings: list[Finding] = []
    assert foreground(image(1, 0, 1), findings=findings).tolist() == [[[False, True, False, True]]]
    assert findings == []


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float32])
def test_a_single_other_label_is_repaired(kind: type) -> None:
    findings: list[Finding] = []
    taken = foreground(image(255, 0, kind=kind), findings=findings, file="m.nii")
    assert taken.tolist() == [[[False, True, False]]]
    (finding,) = findings
    assert (finding.code, finding.consequence, finding.file) == ("MSK-07", "repaired", "m.nii")
    assert "255" in finding.found


def test_a_label_is_chosen() -> None:
    assert foreground(image(1, 2, 2), label=2).tolist() == [[[False, False, True, True]]]


def test_several_labels_are_asked_about() -> None:
    with pytest.raises(BadInputError, match=r"MSK-05.*3 labels: 1, 4, 9.*label: 1"):
        foreground(image(9, 1, 4))


def test_many_labels_are_not_all_shown() -> None:
    with pytest.raises(BadInputError, match=r"40 labels: .*12, \.\.\."):
        foreground(image(*range(1, 41)))


def test_an_absent_label_names_those_there_are() -> None:
    with pytest.raises(BadInputError, match=r"MSK-06.*no voxel with label 3; the labels are 1, 2"):
        foreground(image(1, 2), label=3)


@pytest.mark.parametrize("label", [None, 1])
def test_nothing_labelled_is_refused(label: int | None) -> None:
    with pytest.raises(BadInputError, match="MSK-02"):
        foreground(image(0, 0), label=label)


def test_probabilities_ask_for_a_threshold() -> None:
    with pytest.raises(BadInputError, match=r"MSK-04.*0 to 0\.9.*threshold: 0\.5"):
        foreground(image(0.2, 0.9, kind=np.float64))


def test_missing_values_are_no_labels() -> None:
    with pytest.raises(BadInputError, match="MSK-04"):
        foreground(image(1, np.nan, kind=np.float32))


def test_a_threshold_takes_what_reaches_it() -> None:
    taken = foreground(image(0.2, 0.5, 0.9, kind=np.float64), threshold=0.5)
    assert taken.tolist() == [[[False, False, True, True]]]


def test_a_threshold_that_nothing_reaches_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"MSK-02.*threshold 0\.95"):
        foreground(image(0.2, 0.9, kind=np.float64), threshold=0.95)


def test_label_and_threshold_exclude_each_other() -> None:
    with pytest.raises(BadInputError, match=r"MSK-06.*both label 1 and threshold 0\.5"):
        foreground(image(1), label=1, threshold=0.5)
