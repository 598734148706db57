from __future__ import annotations

from typing import Any

from tumorcast.report.plan_values import origin_counts, plan_chapters

VALUES: list[dict[str, Any]] = [
    {"key": "study", "value": "x", "origin": "given"},
    {"key": "validation.folds", "value": 5, "origin": "preset"},
    {"key": "endpoint.horizons_days", "value": [730.0, "all"], "origin": "given"},
    {"key": "validation.seed", "value": 1, "origin": "given"},
    {"key": "arms.ct", "value": {"blocks": ["ct"], "select": {"keep": 36}}, "origin": "from rule"},
    {"key": "scaling", "value": None, "origin": "learned in fold"},
]


def test_values_are_gathered_by_the_first_word_of_their_key() -> None:
    chapters = plan_chapters(VALUES)
    assert [chapter.name for chapter in chapters] == [
        "study", "validation", "endpoint", "arms", "learned in the folds",
    ]  # fmt: skip
    validation = chapters[1].chosen
    assert [(c.name, c.value, c.origin) for c in validation] == [
        ("folds", "5", "preset"), ("seed", "1", "given"),
    ]  # fmt: skip


def test_values_are_written_plainly() -> None:
    chapters = {chapter.name: chapter.chosen[0].value for chapter in plan_chapters(VALUES)}
    assert chapters["endpoint"] == "730, all"
    assert chapters["arms"] == "blocks: ct; select: keep: 36"
    assert chapters["learned in the folds"] == ""


def test_every_origin_is_explained_and_counted() -> None:
    assert [(origin, n) for origin, _, n in origin_counts(VALUES)] == [
        ("given", "3 values"), ("preset", "1 value"), ("from rule", "1 value"),
        ("learned in fold", "1 value"),
    ]  # fmt: skip
