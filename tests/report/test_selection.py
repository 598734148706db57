from __future__ import annotations

import pandas as pd
import pytest

from tumorcast.report.selection import MAX_FEATURES, selected_features

COLUMNS = ["arm", "repeat", "fold", "horizon_days", "column", "importance"]


def importance(*rows: tuple[int, str, float]) -> pd.DataFrame:
    return pd.DataFrame([("a", 0, fold, 730.0, c, i) for fold, c, i in rows], columns=COLUMNS)


def test_columns_are_ranked_by_how_often_they_are_picked() -> None:
    table = importance(
        (0, "clinical.age", 1.0), (1, "clinical.age", 1.0), (2, "clinical.age", 4.0),
        (0, "lab.crp", 8.0), (1, "clinical.sex=m", 2.0), (2, "clinical.sex=m", 2.0),
    )  # fmt: skip
    found = selected_features(table, "a", 730.0)
    assert found is not None
    assert (found.n_models, found.n_columns, found.n_always, found.selects) == (3, 3, 1, True)
    assert [(f.name, f.n_picked) for f in found.features] == [
        ("Age", 3), ("Sex = m", 2), ("CRP", 1),
    ]  # fmt: skip
    assert [f.importance for f in found.features] == pytest.approx([1 / 8, 2 / 8, 1.0])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            "ct.shell_0_5mm.wavelet-LLH_glcm_Contrast",
            ("CT, shell 0 to 5 mm", "Contrast", "glcm, wavelet-LLH"),
        ),
        ("ct.tumor.log-sigma-3-0-mm-3D_glszm_Z", ("CT, tumour", "Z", "glszm, log-sigma-3-0-mm-3D")),
        ("ct.tumor.swin3d_017", ("CT, tumour", "swin3d_017", "")),
        ("clinical.t_stage.missing", ("clinical", "T stage missing", "")),
        ("lab.cga", ("lab", "CgA", "")),
        ("volume.tumor_log10_mm3", ("volume", "Tumour volume, logarithm", "")),
    ],
)
def test_a_column_is_named_by_where_and_what_it_measures(
    column: str, expected: tuple[str, str, str]
) -> None:
    found = selected_features(importance((0, column, 1.0)), "a", 730.0)
    assert found is not None
    (feature,) = found.features
    assert (feature.where, feature.name, feature.detail) == expected
    assert feature.column == column


def test_only_the_first_columns_are_shown_and_none_without_importances() -> None:
    many = importance(*((0, f"ct.tumor.original_glcm_F{i}", 1.0) for i in range(40)))
    found = selected_features(many, "a", 730.0)
    assert found is not None
    assert (len(found.features), found.n_columns) == (MAX_FEATURES, 40)
    assert selected_features(many, "b", 730.0) is None
    assert selected_features(None, "a", 730.0) is None
