"""A model card: what the model is, for whom, how good, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tumorcast.report.answers import answers_of
from tumorcast.report.facts import Answer, Facts
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

Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Section:
    """A heading with its lines, each a label and what is said."""

    title: str
    lines: tuple[tuple[str, str], ...]


def card_of(facts: Facts) -> tuple[Section, ...]:
    """Return the sections of Mitchell et al. (FAT* 2019, p. 220), filled in as far as known."""
    answers = answers_of(facts)
    return (
        Section("Model details", tuple(_details(facts))),
        Section("Intended use", tuple(_use(facts))),
        Section("Factors", tuple(_factors(answers))),
        Section("Metrics", tuple(_metrics(answers))),
        Section("Evaluation data", tuple(_evaluation(facts, answers))),
        Section("Training data", tuple(_training(answers))),
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


def _answered(answers: Answers, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the answers that there are, by question under its label."""
    for question, label in labels.items():
        if question in answers:
            yield label, answers[question].text


def _factors(answers: Answers) -> Iterator[tuple[str, str]]:
    yield from _answered(answers, {"centres": "Centres", "acquisition": "Acquisition"})
    told = answers.get("by_centre")
    yield "Groups of patients", told.text if told else "Not analysed apart in this run."


def _metrics(answers: Answers) -> Iterator[tuple[str, str]]:
    labels = {"measures": "Measures", "uncertainty": "Uncertainty", "threshold": "Threshold"}
    yield from _answered(answers, labels)


def _evaluation(facts: Facts, answers: Answers) -> Iterator[tuple[str, str]]:
    flow = facts.flow
    phrase = horizon_phrase(facts.results.horizon_days)
    yield "Cases", f"{flow.analysed}, {flow.n_events} of them with the event {phrase}"
    yield from _answered(answers, {"split": "Design", "no_leak": "Leaks", "flow": "Flow"})


def _training(answers: Answers) -> Iterator[tuple[str, str]]:
    labels = {
        "same_source": "How they differ from the evaluation data",
        "predictors": "Predictors",
        "image_preparation": "Images",
        "missing": "Missing values",
        "imbalance": "Classes",
    }
    yield from _answered(answers, labels)


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
