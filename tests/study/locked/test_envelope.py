"""The envelope by hand: ranges, shares, levels, absence, and its own rate of false alarms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tumorcast.study.locked.envelope import Envelope, measures_of

N = 40


def training() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "clinical.age": np.linspace(40, 80, N),
            "clinical.sex": np.array(["F", "M"] * (N // 2), dtype=object),
            "lab.cga": np.r_[np.full(N - 1, 5.0), np.nan],
        },
        index=pd.Index([f"P{i}" for i in range(N)], dtype=object),
    )
    for number in range(50):
        frame[f"ct.tumor.original_glcm_F{number}"] = rng.normal(size=N)
    images = {
        str(case): [
            {"image": "ct", "spacing_mm": [3.0, 1.0, 1.0], "quantiles": [-50, 0, 20, 40, 90]}
        ]
        for case in frame.index
    }
    return measures_of(frame, images)


@pytest.fixture(scope="module")
def envelope() -> Envelope:
    return Envelope.learn(training())


def one(**changed: Any) -> pd.DataFrame:
    case = training().iloc[[N // 2]].copy()
    for name, value in changed.items():
        case[name.replace("__", ".")] = value
    return case


def why(envelope: Envelope, **changed: Any) -> str:
    return "; ".join(envelope.reasons(one(**changed))[0])


def test_training_cases_are_inside(envelope: Envelope) -> None:
    assert envelope.reasons(training()) == [[]] * N


@pytest.mark.parametrize(("age", "outside"), [(36.5, False), (35, True), (83.5, False), (8, True)])
def test_a_tenth_of_the_width_is_allowed(envelope: Envelope, age: float, outside: bool) -> None:
    found = why(envelope, clinical__age=age)
    assert bool(found) is outside
    if outside:
        assert found == f"clinical.age is {age:.4g}, in training 40 to 80"


def test_a_level_that_was_never_seen_is_named(envelope: Envelope) -> None:
    assert why(envelope, clinical__sex="unknown") == "clinical.sex is 'unknown', in training F, M"


def test_spacing_and_values_in_the_tumour_are_judged(envelope: Envelope) -> None:
    thick = {"ct: spacing across slices (mm)": 5.0}
    assert "5, in training 3 to 3" in why(envelope, **thick)
    assert why(envelope, **{"ct: spacing across slices (mm)": 3.002}) == ""
    bright = {"ct: 95% quantile in the tumour": 900.0}
    assert "95% quantile in the tumour is 900" in why(envelope, **bright)


def test_what_was_always_known_is_missed(envelope: Envelope) -> None:
    assert "clinical.age is not known" in why(envelope, clinical__age=np.nan)
    assert why(envelope, lab__cga=np.nan) == ""  # one training case lacked it, too
    image = {str(name): np.nan for name in training() if str(name).startswith("ct")}
    assert why(envelope, **image) == (
        "nothing is known of the image 'ct', in training it always was"
    )


def test_more_odd_features_than_any_training_case_had(envelope: Envelope) -> None:
    odd = {f"ct.tumor.original_glcm_F{number}": 9.0 for number in range(40)}
    assert why(envelope, **odd).startswith("80% of the ct features leave their training range")
    few = {f"ct.tumor.original_glcm_F{number}": 9.0 for number in range(1)}
    assert envelope.most_outside["ct"] >= 1 / 50
    assert why(envelope, **few) == ""


def test_the_rate_of_false_alarms_is_that_of_cases_left_out() -> None:
    # Brute force: learn without each case and ask about it, by the values that are judged alone.
    measures = training()
    alone = [c for c in measures if "glcm" not in str(c) and c != "lab.cga"]
    measures.loc["P7", "clinical.age"] = 99.0
    alarms = [
        bool(Envelope.learn(measures[alone].drop(index=[case])).reasons(measures.loc[[case]])[0])
        for case in measures.index
    ]
    assert Envelope.learn(measures).left_out == pytest.approx(np.mean(alarms)) == 1 / N


def test_the_largest_share_is_that_of_cases_left_out() -> None:
    measures = training()[[c for c in training() if "glcm" in str(c)]]
    values = measures.to_numpy(float)
    shares = []
    for row in range(N):
        others = np.delete(values, row, axis=0)
        low, high = others.min(axis=0), others.max(axis=0)
        slack = 0.1 * (high - low) + 0.001 * np.maximum(np.abs(low), np.abs(high))
        shares.append(((values[row] < low - slack) | (values[row] > high + slack)).mean())
    assert Envelope.learn(measures).most_outside == {"ct": pytest.approx(max(shares))}


def test_shift_is_in_training_standard_deviations(envelope: Envelope) -> None:
    here = training()
    here["clinical.age"] = np.linspace(40, 80, N) + np.linspace(40, 80, N).std(ddof=1)
    here["clinical.sex"] = "F"
    shift = envelope.shift(here)
    assert shift.loc["clinical.age", "difference"] == pytest.approx(1.0)
    found = shift.loc[["clinical.sex=F"], ["training", "here", "difference"]]
    np.testing.assert_allclose(found.to_numpy(float), [[0.5, 1, 1]])


def test_an_envelope_comes_back_from_its_files(envelope: Envelope) -> None:
    again = Envelope.of(envelope.ranges, envelope.as_dict())
    odd = one(clinical__age=8.0, clinical__sex="X")
    assert again.reasons(odd) == envelope.reasons(odd) != [[]]
