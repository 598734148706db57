from __future__ import annotations

import math

from tumorcast.report.result_tables import metric_tables
from tumorcast.report.results import Estimate, HorizonResults, read_results
from tumorcast.validation.definitions import DEFINITIONS


def of(**metrics: float) -> HorizonResults:
    arms = {"a": {name: Estimate(value) for name, value in metrics.items()}}
    return HorizonResults(math.inf, arms, ())


def test_every_metric_has_a_name_and_a_table() -> None:
    tables = metric_tables(of(**dict.fromkeys(DEFINITIONS, 0.5)))
    columns = [column for table in tables for column in table.columns]
    assert set(dict(columns)) == set(DEFINITIONS)
    assert len(columns) == len(DEFINITIONS)


def test_what_no_arm_has_is_not_shown() -> None:
    (table,) = metric_tables(of(auroc=0.7, ppv=math.nan))
    assert table.columns == (("auroc", "AUROC"),)


def test_the_threshold_is_said_as_the_run_says_it() -> None:
    arms = {"a": {"ppv": {"value": 0.5}}}
    said = {"definitions": {"ppv": {"threshold": "chosen by hand"}}}
    (with_words,) = read_results({"arms": arms, **said})
    (without,) = read_results({"arms": arms})
    assert "Threshold chosen by hand." in metric_tables(with_words)[0].note
    assert "Threshold chosen on the training rows." in metric_tables(without)[0].note
