from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast.report import build_report
from tumorcast.report.stability import MAX_UNSTABLE, agreement_of

STUDY = {
    "radiomics": {"ct": {"stability": {"perturbations": ["contour", "volume"], "repeats": 10}}}
}


def stability(*rows: tuple[str, str, float], n_cases: int = 8) -> pd.DataFrame:
    """Return agreement by image type, class and ICC."""
    return pd.DataFrame(
        {
            "image": "ct",
            "region": "tumor",
            "image_filter": [kind for kind, _, _ in rows],
            "family": [family for _, family, _ in rows],
            "feature": [f"{kind}_{family}_F{i}" for i, (kind, family, _) in enumerate(rows)],
            "n_cases": n_cases,
            "icc": [icc for *_, icc in rows],
            "ci_low": [icc - 0.1 for *_, icc in rows],
            "ci_high": [icc + 0.05 for *_, icc in rows],
        }
    )


ROWS = stability(
    ("original", "shape", 0.95), ("original", "glcm", 0.75), ("wavelet-LLH", "glcm", 0.2),
    ("wavelet-HHH", "glcm", np.nan), ("log-sigma-2-0-mm-3D", "glcm", 0.9),
)  # fmt: skip


def test_features_are_counted_by_class_and_by_type_of_image() -> None:
    found = agreement_of(ROWS, STUDY)
    assert found is not None
    assert (found.n, found.n_good, found.n_excellent, found.n_cases) == (5, 3, 2, (8, 8))
    counts = {share.kind: (share.n, share.n_good, share.n_excellent) for share in found.by_family}
    assert counts == {"shape": (1, 1, 1), "glcm": (4, 2, 1)}
    counts = {s.kind: (s.n, s.n_good, s.n_excellent) for s in found.by_image_type}
    assert counts == {"original": (2, 2, 1), "wavelet": (2, 0, 0), "LoG": (1, 1, 1)}
    assert {share.where for share in found.by_family} == {"CT, tumour"}
    assert found.perturbed == ("CT: contour, volume, 10 times",)


def test_what_is_below_the_limit_is_listed_from_the_worst_on() -> None:
    found = agreement_of(ROWS, STUDY)
    assert found is not None
    assert [row.feature.detail for row in found.unstable] == [
        "glcm, wavelet-HHH", "glcm, wavelet-LLH",
    ]  # fmt: skip
    many = agreement_of(stability(*[("original", "glcm", i / 100) for i in range(60)]), STUDY)
    assert many is not None
    assert len(many.unstable) == MAX_UNSTABLE
    assert [row.icc for row in many.unstable[:2]] == [0.0, 0.01]


@pytest.mark.parametrize("nothing", [None, ROWS.head(0)])
def test_without_perturbations_there_is_nothing_to_say(nothing: pd.DataFrame | None) -> None:
    assert agreement_of(nothing, STUDY) is None


def test_the_report_has_the_chapter_and_the_methods_name_it(
    make_run: Callable[..., Path],
) -> None:
    run_dir = make_run(n=60, repeats=1, gallery=0, arms=("volume", "ct_radiomics"))
    ROWS.to_parquet(run_dir / "stability.parquet", index=False)
    plan = json.loads((run_dir / "plan.json").read_text())
    plan["study"]["radiomics"]["ct"] |= STUDY["radiomics"]["ct"]
    plan["arms"]["ct_radiomics"]["select"] |= {"stable": {"min_icc": 0.8}, "near_constant": 0.95}
    (run_dir / "plan.json").write_text(json.dumps(plan))
    text = re.sub(r"\s+", " ", build_report(run_dir).read_text(encoding="utf-8"))
    assert '<a href="#stability">' in text
    assert "Of 5 features, 3 agree well" in text
    assert "the 20 least stable" not in text
    assert "on 10 perturbations of every tumour (contour and volume)" in text
    assert "with an ICC below 0.8 over the perturbations of the training cases" in text
    assert "those with one value in more than 95% of the training cases were dropped" in text
    assert "those with one value in over 95% of cases and those correlated above 0.9" in text
