from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tumorcast.report import build_report
from tumorcast.report.answers import QUESTIONS, UNANSWERED
from tumorcast.report.checklists import ANSWERED, GUIDELINES, NOT_APPLICABLE, guideline

N_ITEMS = {"tripod_ai": 52, "clear": 58, "metrics": 30, "claim": 44}


@pytest.fixture(scope="module")
def built(make_run: Callable[..., Path]) -> Path:
    return build_report(make_run(n=60, repeats=2, gallery=0, arms=("clinical", "ct_radiomics")))


@pytest.mark.parametrize("slug", GUIDELINES)
def test_every_item_is_there_once(slug: str) -> None:
    items = guideline(slug)["items"]
    numbers = [str(item["number"]) for item in items]
    assert len(numbers) == N_ITEMS[slug]
    assert max(Counter(numbers).values()) == 1
    whole = [int(re.sub(r"\D", "", number)) for number in numbers]
    assert whole == sorted(whole)
    assert set(whole) == set(range(1, whole[-1] + 1))
    assert len({item["item"] for item in items}) > 0.9 * len(items)


@pytest.mark.parametrize("slug", GUIDELINES)
def test_questions_of_the_guidelines_are_known_and_technical(slug: str) -> None:
    asked = [item for item in guideline(slug)["items"] if item.get("answer")]
    assert {item["answer"] for item in asked} <= set(QUESTIONS) | UNANSWERED
    assert all(item.get("technical") for item in asked)
    assert {item.get("needs") for item in guideline(slug)["items"]} <= {
        None, "images", "radiomics", "network",
    }  # fmt: skip


def test_every_question_is_asked_by_some_guideline() -> None:
    asked = {item.get("answer") for slug in GUIDELINES for item in guideline(slug)["items"]}
    assert set(QUESTIONS) <= asked
    assert not UNANSWERED & set(QUESTIONS)


@pytest.mark.parametrize("slug", GUIDELINES)
def test_most_technical_items_are_filled_and_every_answer_leads_somewhere(
    slug: str, built: Path
) -> None:
    table = pd.read_csv(built.parent / "checklists" / f"{slug}.csv", keep_default_na=False)
    asked = table[(table["technical"] == "yes") & (table["state"] != NOT_APPLICABLE)]
    assert (asked["state"] == ANSWERED).mean() >= 0.7
    page = built.read_text(encoding="utf-8")
    answered = table[table["state"] == ANSWERED]
    assert (answered["answer"] != "").all()
    for place in set(answered["place"]):
        file, _, chapter = place.partition("#")
        assert (built.parent / file).is_file()
        assert not chapter or f'id="{chapter}"' in page
    assert (table.loc[table["state"] != ANSWERED, "answer"] == "").all()


def test_items_about_what_a_run_lacks_do_not_apply(built: Path) -> None:
    table = pd.read_csv(built.parent / "checklists" / "claim.csv", index_col="number")
    assert table.loc[24, "state"] == NOT_APPLICABLE  # initial values: no arm holds a network
    assert table.loc[44, "state"] == "for the author"  # funding
