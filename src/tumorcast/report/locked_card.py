"""The model card that goes with a locked model, with its facts as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tumorcast.report.doubt import doubt_of
from tumorcast.report.facts import Facts
from tumorcast.report.limits import PRETRAINED, Limit, limits_of
from tumorcast.report.model_card import Section, card_of, write_card
from tumorcast.report.population import flow_of
from tumorcast.report.results import read_results
from tumorcast.report.roles import assign_roles
from tumorcast.report.run_files import RunFiles
from tumorcast.report.words import arm_name, count, number, percent

DOCUMENT = "model_card.json"
_DETAILS, _TRAINING = "Model details", "Training data"
_SEEN = (
    "Used by explicit permission: an encoder was pretrained on images of tested cases. A new"
    " patient's images would not have been seen, so the figures may be too good."
)


def write_locked_card(
    folder: Path,
    run_dir: Path,
    about: Mapping[str, Any],
    *,
    left_out: float,
    thresholds: Mapping[str, float],
) -> None:
    """Write ``model_card.md`` and ``model_card.json`` into a bundle; see `locked_card`."""
    sections = locked_card(run_dir, about, left_out=left_out, thresholds=thresholds)
    write_card(folder, str(about["study"].get("study") or ""), sections)
    facts = {section.title: dict(section.lines) for section in sections}
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    (folder / DOCUMENT).write_text(f"{text}\n", encoding="utf-8")


def locked_card(
    run_dir: Path, about: Mapping[str, Any], *, left_out: float, thresholds: Mapping[str, float]
) -> tuple[Section, ...]:
    """Return the model card of a run for the arm that is locked.

    Its figures are those of the cross-validation: the locked model itself was fitted on all cases
    and has been judged by none.

    Parameters
    ----------
    about
        What the bundle says of itself: ``lead``, ``chosen``, ``training``, ``columns``, ``images``.
    left_out
        Share of the training cases that the others' envelope would have called outside.
    thresholds
        Probability above which a case is called positive, by horizon.
    """
    files = RunFiles.read(run_dir)
    results = read_results(files.metrics)[0]
    roles = assign_roles(results, files.arms).led_by(str(about["lead"]))
    flow = flow_of(files, results.horizon_days)
    doubt = doubt_of(files.scepticism, files.checks)
    there = frozenset({"subgroups"} if doubt and doubt.subgroups else ())
    limits = tuple(_nameless(one) for one in limits_of(files, flow, results, roles))
    facts = Facts(files, flow, results, roles, limits, there)
    further = {
        _DETAILS: tuple(_locked(about, thresholds)),
        _TRAINING: tuple(_learned_from(about, left_out)),
    }
    return tuple(
        replace(section, lines=section.lines + further.get(section.title, ()))
        for section in card_of(facts)
    )


def _nameless(limit: Limit) -> Limit:
    """Return the limit without the ids of cases, which stay where they are known."""
    return replace(limit, text=_SEEN) if limit.title == PRETRAINED else limit


def _locked(about: Mapping[str, Any], thresholds: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    yield "How the arm was chosen", str(about["chosen"])
    yield (
        "Locked model",
        (
            "Fitted once more on all cases. The figures of this card are those of the"
            " cross-validation, which judged this way of making a model; no patient has judged"
            " this very model."
        ),
    )
    yield "Where more is said", "The report of the run, whose chapters and tables this card names."
    given = ", ".join(
        number(value, 3) + (f" by day {days}" if days != "all" else " at any time")
        for days, value in thresholds.items()
    )
    yield "Positive above a probability of", given
    yardsticks = [arm_name(arm) for arm in about["arms"] if arm != about["lead"]]
    yield "Other models in the bundle", ", ".join(yardsticks) or "none"


def _learned_from(about: Mapping[str, Any], left_out: float) -> Iterator[tuple[str, str]]:
    training = about["training"]
    yield (
        "Cases",
        (
            f"{count(training['cases'], 'case')} of {count(training['patients'], 'patient')} with"
            f" {count(training['events'], 'event')} in all the follow-up"
        ),
    )
    columns, images = len(about["columns"]), [str(name).upper() for name in about["images"]]
    read = f"; images: {', '.join(images)}" if images else "; no image"
    yield "What the models of the bundle look at", f"{count(columns, 'column')}{read}"
    share = percent(round(left_out * training["cases"]), training["cases"])
    yield (
        "Unlike the others",
        (
            f"{share} of the training cases, each judged by all others, would be marked as unlike"
            " every training case"
        ),
    )
