"""A model card: what the model is, for whom, how good, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tumorcast.report.answers import answers_of
from tumorcast.report.facts import Facts
from tumorcast.report.methods import describe_arm
from tumorcast.report.words import (
    METRIC_NAMES,
    arm_name,
    horizon_phrase,
    interval,
    number,
    sentence,
    title_words,
)

AUTHOR = "To be written by the author."
FILE = "model_card.md"


@dataclass(frozen=True)
class Section:
    """A heading with its lines, each a label and what is said."""

    title: str
    lines: tuple[tuple[str, str], ...]


def card_of(facts: Facts) -> tuple[Section, ...]:
    """Return the sections of Mitchell et al. (FAT* 2019, p. 220), filled in as far as known."""
    return (
        Section("Model details", tuple(_details(facts))),
        Section("Intended use", tuple(_use(facts))),
        Section("Factors", tuple(_factors(facts))),
        Section("Metrics", tuple(_metrics(facts))),
        Section("Evaluation data", tuple(_evaluation(facts))),
        Section("Training data", tuple(_training(facts))),
        Section("Quantitative analyses", tuple(_figures(facts))),
        Section("Ethical considerations", (("Risks, harms and who bears them", AUTHOR),)),
        Section(
            "Caveats and recommendations",
            tuple((limit.title, sentence(limit.text)) for limit in facts.limits),
        ),
    )


def write_card(root: Path, study: str, sections: tuple[Section, ...]) -> None:
    """Write ``model_card.md``."""
    parts = [f"# Model card: {title_words(study or 'study')}"]
    for section in sections:
        lines = [f"- **{_plain(label)}**: {_plain(text)}" for label, text in section.lines]
        parts += [f"## {section.title}", "\n".join(lines)]
    (root / FILE).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _plain(text: str) -> str:
    """Return text of the study so that Markdown takes none of it for markup."""
    return "".join("\\" + letter if letter in "\\`*_<>[]#|" else letter for letter in text)


def _details(facts: Facts) -> Iterator[tuple[str, str]]:
    lead = facts.roles.lead
    run = facts.files.run
    yield "Arm", arm_name(lead)
    if lead in facts.files.arms:
        yield "Kind", sentence(describe_arm(lead, facts.files.arms[lead]))
    if version := (run.get("versions") or {}).get("tumorcast"):
        yield "Software", f"tumorcast {version}"
    if run.get("run_id"):
        yield "Run", str(run["run_id"])
    if run.get("finished"):
        yield "Date", str(run["finished"])[:10]
    yield "Developers, licence and contact", AUTHOR


def _use(facts: Facts) -> Iterator[tuple[str, str]]:
    endpoint = (facts.study.get("endpoint") or {}).get("name") or "the event"
    phrase = horizon_phrase(facts.results.horizon_days)
    yield "What it predicts", f"The probability of {endpoint.replace('_', ' ')} {phrase}"
    yield "Primary users and place in care", AUTHOR
    yield "Out of scope", "Decisions about the care of a patient: this is research software."


def _factors(facts: Facts) -> Iterator[tuple[str, str]]:
    answers = answers_of(facts)
    for label, question in (("Centres", "centres"), ("Acquisition", "acquisition")):
        if question in answers:
            yield label, answers[question].text
    told = answers.get("by_centre")
    yield "Groups of patients", told.text if told else "Not analysed apart in this run."


def _metrics(facts: Facts) -> Iterator[tuple[str, str]]:
    answers = answers_of(facts)
    yield "Measures", answers["measures"].text
    yield "Uncertainty", answers["uncertainty"].text
    if "threshold" in answers:
        yield "Threshold", answers["threshold"].text


def _evaluation(facts: Facts) -> Iterator[tuple[str, str]]:
    answers = answers_of(facts)
    flow = facts.flow
    phrase = horizon_phrase(facts.results.horizon_days)
    yield "Cases", f"{flow.analysed}, {flow.n_events} of them with the event {phrase}"
    for label, question in (("Design", "split"), ("Leaks", "no_leak"), ("Flow", "flow")):
        if question in answers:
            yield label, answers[question].text


def _training(facts: Facts) -> Iterator[tuple[str, str]]:
    answers = answers_of(facts)
    for label, question in (
        ("How they differ from the evaluation data", "same_source"),
        ("Predictors", "predictors"),
        ("Images", "image_preparation"),
        ("Missing values", "missing"),
        ("Classes", "imbalance"),
    ):
        if question in answers:
            yield label, answers[question].text


def _figures(facts: Facts) -> Iterator[tuple[str, str]]:
    lead = facts.results.arms[facts.roles.lead]
    for metric, name in METRIC_NAMES.items():
        estimate = lead.get(metric)
        if estimate is not None:
            around = interval(estimate.ci_low, estimate.ci_high)
            yield name, number(estimate.value) + (f" (95% {around})" if around else "")
    for arm in facts.roles.baselines:
        auroc = facts.results.auroc(arm)
        yield (
            f"AUROC of {arm_name(arm)}",
            (f"{number(auroc.value)} (95% {interval(auroc.ci_low, auroc.ci_high)})"),
        )
