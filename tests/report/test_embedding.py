from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from tumorcast.report.embedding import embedding_plot, places_of
from tumorcast.report.run_files import RunFiles
from tumorcast.validation import ArmScores, Predictions

MakeScores = Callable[..., ArmScores]


def run_of(features: pd.DataFrame | None, arm: ArmScores) -> RunFiles:
    names = ("case", "patient", "centre", "arm", "repeat", "fold", "horizon_days", "risk",
             "probability", "event", "time", "threshold")  # fmt: skip
    frame = pd.DataFrame({name: arm.cases if name == "case" else 0 for name in names})
    return RunFiles(Path(), Predictions(frame), {}, features=features)


def features_of(arm: ArmScores) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    far = np.repeat([0.0, 50.0], len(arm.cases) // 2)
    values = rng.normal(size=(len(arm.cases), 4)) + far[:, None]
    frame = pd.DataFrame(values, index=pd.Index(arm.cases), columns=list("abcd"))
    frame.loc[frame.index[0], "a"] = np.nan
    return frame.assign(text="x", constant=3.0, empty=np.nan)


def test_alike_cases_lie_together_and_the_outcome_has_no_part(make_scores: MakeScores) -> None:
    probability = np.linspace(0, 1, 40)[None]
    arm = make_scores(np.tile([0, 1], 20), probability)
    plot = embedding_plot(run_of(features_of(arm), arm), "a", arm)
    assert plot is not None
    assert "4 columns" in plot.caption
    places = plot.data[["x", "y"]].to_numpy()
    first, second = places[:20], places[20:]
    between = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
    assert between > 2 * max(first.std(), second.std())
    other = replace(arm, event=1 - arm.event)
    again = embedding_plot(run_of(features_of(arm), arm), "a", other)
    assert again is not None
    assert np.array_equal(again.data[["x", "y"]], places)


def test_many_columns_are_drawn_the_same_way_twice() -> None:
    values = np.random.default_rng(1).normal(size=(25, 60))
    assert np.array_equal(places_of(values), places_of(values))


def test_few_cases_or_columns_are_not_drawn(make_scores: MakeScores) -> None:
    arm = make_scores(np.tile([0, 1], 15), np.linspace(0, 1, 30)[None])
    features = features_of(arm)
    assert embedding_plot(run_of(None, arm), "a", arm) is None
    assert embedding_plot(run_of(features[["a", "b", "text"]], arm), "a", arm) is None
    small = make_scores(np.tile([0, 1], 5), np.linspace(0, 1, 10)[None])
    assert embedding_plot(run_of(features_of(small), small), "a", small) is None
