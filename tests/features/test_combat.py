"""ComBat by neuroCombat's values, its policies, and that no row depends on another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import BinaryTarget
from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.features import Combat, FeatureTable, check_step, state_digest
from tumorcast.features.centre_model import CentreModel

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "combat" / "reference.json"
REFERENCE = json.loads(ORACLE.read_text(encoding="utf-8"))


def table_of(values: np.ndarray, centres: list[str], **clinical: np.ndarray) -> FeatureTable:
    index = [f"case {number:03d}" for number in range(len(values))]
    columns = [f"ct.tumor.f{number}" for number in range(values.shape[1])]
    frame = pd.DataFrame(values, index, columns)
    for name, known in clinical.items():
        frame[f"clinical.{name}"] = known
    return FeatureTable(frame, centres=tuple(centres))


def made_up(rows: int = 60, columns: int = 6, seed: int = 0) -> FeatureTable:
    random = np.random.default_rng(seed)
    centre = random.choice(["A", "B", "C"], rows)
    values = random.normal(size=(rows, columns)) * 3 + 10
    values[centre == "B"] += 5
    values[centre == "C"] = (values[centre == "C"] - 10) * 2 + 10
    return table_of(values, centre.tolist(), age=random.integers(40, 80, rows).astype(float))


def steps(
    blocks: tuple[str, ...] = ("ct",),
    unseen: Literal["as_is", "missing"] = "as_is",
    min_rows: int = 5,
    scale: Literal["measured", "log"] = "measured",
    covariates: tuple[str, ...] = (),
) -> Combat:
    return Combat(blocks, unseen, min_rows, scale, covariates)


@pytest.mark.parametrize("name", REFERENCE)
def test_values_are_those_of_neurocombat(name: str) -> None:
    judged = REFERENCE[name]
    kinds = {"age": np.float64, "sex": np.object_}
    clinical: dict[str, np.ndarray] = {
        key: np.array(judged[key], kinds[key]) for key in kinds if judged[key]
    }
    values = np.array(judged["values"])
    table = table_of(values, judged["centre"], **clinical)
    step = steps(covariates=tuple(f"clinical.{key}" for key in clinical)).fit(table)
    found = step.transform(table).select(["ct"]).frame.to_numpy()
    np.testing.assert_allclose(found / values.std(0), judged["harmonised"] / values.std(0), 1e-8)


@pytest.mark.parametrize("unseen", ["as_is", "missing"])
@pytest.mark.parametrize(
    ("scale", "covariates"), [("measured", ()), ("measured", ("clinical.age",)), ("log", ())]
)
def test_the_contract_of_a_step_is_kept(
    unseen: Literal["as_is", "missing"],
    scale: Literal["measured", "log"],
    covariates: tuple[str, ...],
) -> None:
    table = made_up()
    frame = table.frame.copy()
    frame.iloc[3:9, 1] = np.nan
    frame.iloc[10, 6] = np.nan
    given = FeatureTable(frame, centres=("rare", "", *table.centres[2:]))
    check_step(lambda: steps(unseen=unseen, scale=scale, covariates=covariates), given)


class Centering(Combat):
    """Estimates the centre of the rows it is given, as harmonisation of a new batch would."""

    def transform(self, table: FeatureTable) -> FeatureTable:
        return FeatureTable(super().transform(table).frame - table.frame.mean())


def test_a_step_whose_rows_depend_on_each_other_is_caught() -> None:
    with pytest.raises(AssertionError, match="lets a row depend on the others"):
        check_step(lambda: Centering(("ct",), "as_is", 5, "measured"), made_up())


def test_the_effects_of_centres_go_and_what_is_kept_stays() -> None:
    random = np.random.default_rng(4)
    centre = np.repeat(["A", "B"], 100)
    age = random.normal(np.where(centre == "A", 50.0, 70.0), 5.0)
    values = age[:, np.newaxis] + random.normal(size=(200, 8)) + 30.0 * (centre == "B")[:, None]
    table = table_of(values, centre.tolist(), age=age)
    keeping = steps(covariates=("clinical.age",)).fit(table).transform(table).frame
    slope, _ = np.polyfit(age, keeping["ct.tumor.f0"], 1)
    assert slope == pytest.approx(1.0, abs=0.05)
    blind = steps().fit(table).transform(table).frame["ct.tumor.f0"]
    assert abs(blind[centre == "A"].mean() - blind[centre == "B"].mean()) < 0.5


@pytest.mark.parametrize(("unseen", "kept"), [("as_is", True), ("missing", False)])
def test_an_unseen_centre_is_left_alone_or_missing(
    unseen: Literal["as_is", "missing"], kept: bool
) -> None:
    fitted = steps(unseen=unseen).fit(made_up())
    for centre in ("new", ""):
        later = table_of(np.full((1, 6), 7.0), [centre], age=np.array([60.0]))
        found = fitted.transform(later).frame.iloc[0]
        assert found["clinical.age"] == 60
        assert (found[:6] == 7).all() if kept else found[:6].isna().all()


def test_a_centre_with_few_rows_teaches_nothing() -> None:
    table = made_up()
    few = ("few",) * 4
    with_few = FeatureTable(table.frame, centres=few + table.centres[4:])
    without = table.rows(np.arange(4, 60))
    one, other = steps().fit(with_few), steps().fit(without)
    assert state_digest(one.state()) == state_digest(other.state())
    assert one.transform(with_few).frame.iloc[:4].equals(table.frame.iloc[:4])


@pytest.mark.parametrize("unseen", ["as_is", "missing"])
def test_one_centre_alone_changes_nothing(unseen: Literal["as_is", "missing"]) -> None:
    table = made_up()
    alone = FeatureTable(table.frame, centres=("A",) * 56 + ("B",) * 4)
    fitted = steps(unseen=unseen, covariates=("clinical.age",)).fit(alone)
    assert fitted.transform(alone).frame.equals(alone.frame)
    restored = fitted.clone().restore(fitted.state())
    assert restored.transform(alone).frame.equals(alone.frame)


def test_a_prior_is_of_one_block() -> None:
    """What another block's columns do does not matter to a block of its own."""
    table = made_up()
    other = table.frame[[f"ct.tumor.f{number}" for number in range(6)]] * 100 + 1000
    other.columns = [name.replace("ct", "pt") for name in other.columns]
    both = table.join(FeatureTable(other, centres=table.centres))
    alone = steps().fit(table).transform(table).select(["ct"]).frame
    apart = steps(blocks=("ct", "pt")).fit(both).transform(both).select(["ct"]).frame
    pd.testing.assert_frame_equal(alone, apart)
    together = steps(blocks=("*.tumor.*",)).fit(both).transform(both).select(["ct"]).frame
    assert not np.allclose(alone, together, rtol=1e-6)


def test_constant_columns_and_text_stay() -> None:
    table = made_up()
    frame = table.frame.assign(**{"ct.tumor.f0": 3.0, "ct.tumor.f1": 7.0})
    frame.loc[np.array(table.centres) == "A", "ct.tumor.f1"] = 9.0
    frame["ct.tumor.kind"] = np.array(["x", "y"] * 30, dtype=object)
    given = FeatureTable(frame, centres=table.centres)
    found = steps().fit(given).transform(given).frame
    for name in ("ct.tumor.f0", "ct.tumor.f1", "ct.tumor.kind"):
        assert found[name].equals(frame[name])
    assert not np.allclose(found["ct.tumor.f2"], frame["ct.tumor.f2"])


def test_of_an_unseen_centre_constant_columns_go_missing_with_the_others() -> None:
    """What is constant within the centres tells nothing but the centre."""
    table = made_up()
    given = FeatureTable(table.frame.assign(**{"ct.tumor.f0": 3.0}), centres=table.centres)
    fitted = steps(unseen="missing").fit(given)
    assert fitted.transform(given).frame["ct.tumor.f0"].eq(3.0).all()
    later = fitted.transform(FeatureTable(given.frame, centres=("new",) * len(given)))
    assert later.select(["ct"]).frame.isna().all(axis=None)


def test_a_missing_value_stays_missing() -> None:
    table = made_up()
    frame = table.frame.copy()
    frame.iloc[::10, 0] = np.nan
    given = FeatureTable(frame, centres=table.centres)
    assert steps().fit(given).transform(given).frame.isna().equals(frame.isna())


def test_a_column_is_modelled_on_the_rows_in_which_it_is_known() -> None:
    random = np.random.default_rng(5)
    values, terms = random.normal(size=(40, 3)), random.normal(size=(40, 2))
    belongs = np.arange(40)[:, np.newaxis] % 2 == np.arange(2)
    known = random.random(40) < 0.7
    values[~known, 1] = np.nan
    whole = CentreModel.fit(values, belongs, terms).columns(np.array([1]))
    alone = CentreModel.fit(values[known, 1:2], belongs[known], terms[known])
    for name in ("mean", "effects", "scale"):
        np.testing.assert_allclose(getattr(whole, name), getattr(alone, name), rtol=1e-9)


def test_the_outcome_has_no_part() -> None:
    table = made_up()
    digests = {
        state_digest(steps().fit(table, target, seed=seed).state())
        for seed, target in enumerate(
            [None, *(BinaryTarget(np.arange(60) % n == 0, np.ones(60)) for n in (2, 3))]
        )
    }
    assert len(digests) == 1


def test_covariates_that_only_one_centre_has_are_refused() -> None:
    table = made_up()
    centre = np.array(table.centres)
    frame = table.frame.assign(**{"clinical.site": np.where(centre == "A", "lung", "neck")})
    with pytest.raises(StudyRefusedError, match=r"HRM-02.*clinical\.site cannot be told"):
        steps(covariates=("clinical.site",)).fit(FeatureTable(frame, centres=table.centres))


def test_what_is_not_there_is_named() -> None:
    table = made_up()
    with pytest.raises(StudyRefusedError, match=r"COL-03.*'mr'.*harmonise\.blocks"):
        steps(blocks=("ct", "mr")).fit(table)
    with pytest.raises(BadInputError, match=r"COL-01.*clinical\.sex"):
        steps(covariates=("clinical.sex",)).fit(table)
    with pytest.raises(BadInputError, match=r"COL-01.*ct\.tumor\.f0"):
        steps().fit(table).transform(table.select(["clinical"]))
    with pytest.raises(ValueError, match="centre of every row"):
        steps().fit(FeatureTable(table.frame))
    with pytest.raises(ValueError, match="two rows or more"):
        steps(min_rows=1)


def test_on_the_scale_of_logarithms_nothing_positive_becomes_negative() -> None:
    """What ComBat does to the logarithms, it does here to the values; other columns as measured."""
    random = np.random.default_rng(6)
    centre = np.repeat(["A", "B"], 50)
    logs = random.normal(size=(100, 5)) * 2 + (centre == "B")[:, np.newaxis]
    values = np.exp(logs)
    values[:, 4] -= values[:, 4].mean()
    table = table_of(values, centre.tolist())
    found = steps(scale="log").fit(table).transform(table).frame.to_numpy()
    mixed = table_of(np.hstack([logs[:, :4], values[:, 4:]]), centre.tolist())
    expected = steps().fit(mixed).transform(mixed).frame.to_numpy()
    np.testing.assert_allclose(found[:, :4], np.exp(expected[:, :4]), rtol=1e-9)
    np.testing.assert_allclose(found[:, 4], expected[:, 4], rtol=1e-9)
    plain = steps().fit(table).transform(table).frame.to_numpy()
    assert (plain[:, :4] < 0).any()


def test_a_later_value_without_logarithm_counts_as_the_smallest_of_training() -> None:
    random = np.random.default_rng(7)
    table = table_of(np.exp(random.normal(size=(40, 3))), ["A", "B"] * 20)
    fitted = steps(scale="log").fit(table)
    smallest = table.frame.min().to_numpy()
    later = table_of(np.stack([smallest, np.zeros(3), smallest - 9]), ["A"] * 3)
    found = fitted.transform(later).frame
    assert found.iloc[1].equals(found.iloc[0].rename("case 001"))
    assert found.iloc[2].equals(found.iloc[0].rename("case 002"))
