from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import Combat, FeatureTable, Ledger, ModelInputs, part_of, state_digest
from tumorcast.fusion.preparation import Preparation

MakeCohort = Callable[..., tuple[ModelInputs, Outcome]]


def _fit(
    preparation: Preparation, make_cohort: MakeCohort, ledger: Ledger | None = None
) -> tuple[Preparation, ModelInputs]:
    inputs, outcome = make_cohort(lacking=True)
    target = outcome.binary_at(EVER_DAYS)
    preparation.fit(inputs.table, target, seed=0, ledger=ledger or Ledger())
    return preparation, inputs


def test_the_columns_of_the_blocks_come_out_complete_scaled_and_few(
    make_cohort: MakeCohort,
) -> None:
    preparation, inputs = _fit(Preparation(("ct", "pt", "clinical"), 5, 0.9), make_cohort)
    prepared = preparation.transform(inputs.table)
    assert prepared.columns == preparation.columns_
    assert len(prepared.columns) == 5
    np.testing.assert_allclose(prepared.frame.std(ddof=0), 1, atol=0.05)


def test_without_a_selection_nothing_is_filtered(make_cohort: MakeCohort) -> None:
    preparation, _ = _fit(Preparation(("pt", "clinical"), None, 0.01), make_cohort)
    expected = {*(f"pt.tumor.f{j}" for j in range(8)), "pt.tumor.missing", "clinical.age"}
    assert set(preparation.columns_) == expected | {"clinical.sex=F", "clinical.sex=M"}


def test_what_is_not_selected_from_is_kept_whole(make_cohort: MakeCohort) -> None:
    blocks = ("ct", "pt", "clinical")
    preparation, _ = _fit(Preparation(blocks, 2, 0.9, among=("ct", "pt.tumor")), make_cohort)
    chosen = [name for name in preparation.columns_ if not name.startswith("clinical.")]
    assert len(chosen) == 2
    alone, _ = _fit(Preparation(("ct", "pt"), 2, 0.9), make_cohort)
    assert chosen == list(alone.columns_)
    clinical = [name for name in preparation.columns_ if name.startswith("clinical.")]
    assert clinical == ["clinical.age", "clinical.sex=F", "clinical.sex=M"]


def test_without_blocks_there_are_no_columns(make_cohort: MakeCohort) -> None:
    preparation, inputs = _fit(Preparation((), 36, 0.9), make_cohort)
    assert preparation.transform(inputs.table).frame.shape == (len(inputs), 0)


def test_the_order_of_the_columns_at_prediction_does_not_matter(make_cohort: MakeCohort) -> None:
    preparation, inputs = _fit(Preparation(("ct", "clinical"), 6, 0.9), make_cohort)
    backwards = type(inputs.table)(inputs.table.frame.iloc[:, ::-1])
    expected = preparation.transform(inputs.table).frame
    assert preparation.transform(backwards).frame.equals(expected)


def test_a_state_brings_every_step_back(make_cohort: MakeCohort) -> None:
    fitted, inputs = _fit(Preparation(("ct", "pt", "clinical"), 5, 0.9), make_cohort)
    restored = Preparation(("ct", "pt", "clinical"), 5, 0.9).restore(fitted.state())
    expected = fitted.transform(inputs.table).frame
    assert restored.transform(inputs.table).frame.equals(expected)
    assert restored.columns_ == fitted.columns_
    assert state_digest(restored.state()) == state_digest(fitted.state())


def test_a_part_of_a_state_keeps_the_names_below_it() -> None:
    state = {"a/x": np.ones(1), "a/b/y": np.ones(2), "ab/z": np.ones(3)}
    assert list(part_of(state, "a")) == ["x", "b/y"]


@pytest.mark.parametrize("among", [None, ("ct",)])
def test_near_constant_columns_go_before_the_others_compete(
    make_cohort: MakeCohort, among: tuple[str, ...] | None
) -> None:
    """Of 150 cases 6 differ in the first of two columns, or 4 %, and 9 in the other, or 6 %."""
    inputs, outcome = make_cohort()
    few = {
        f"{source}.tumor.few{n}": (np.arange(150) < n).astype(np.float64)
        for source, n in (("ct", 6), ("ct", 9), ("pt", 6))
    }
    table = FeatureTable(inputs.table.frame.assign(**few))
    ledger = Ledger()
    settings = Preparation(("ct", "pt"), 50, 1.0, among=among, near_constant=0.95)
    fitted = replace(settings).fit(table, outcome.binary_at(EVER_DAYS), seed=0, ledger=ledger)
    steps = [step.step for step in ledger.steps]
    assert steps[3:] == ["near_constant", "correlation", "select"]
    assert set(table.select(["ct", "pt"]).columns) - set(fitted.columns_) == {
        "ct.tumor.few6",
        *(["pt.tumor.few6"] if among is None else []),
    }
    restored = settings.restore(fitted.state())
    assert restored.transform(table).frame.equals(fitted.transform(table).frame)


def test_harmonisation_comes_first_and_its_covariates_go_no_further(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(lacking=True)
    target = outcome.binary_at(EVER_DAYS)
    centres = tuple("AB"[number % 2] for number in range(len(inputs)))
    table = FeatureTable(inputs.table.frame, centres=centres)
    covariate = next(name for name in table.columns if name.startswith("clinical"))
    combat = Combat(("ct",), "as_is", 5, "measured", (covariate,))
    ledger = Ledger()
    made = Preparation(("ct",), None, 1.0, harmonise=combat)
    made.fit(table, target, seed=0, ledger=ledger)
    assert ledger.steps[0].step == "harmonise"
    assert covariate not in made.columns_
    expected = combat.fit(table).transform(table)
    plain = Preparation(("ct",), None, 1.0).fit(expected, target, seed=0, ledger=Ledger())
    assert made.transform(table).frame.equals(plain.transform(expected).frame)
    restored = Preparation(("ct",), None, 1.0, harmonise=combat).restore(made.state())
    assert restored.transform(table).frame.equals(made.transform(table).frame)
