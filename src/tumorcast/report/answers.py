"""What a run can answer of the questions that reporting guidelines ask, with the place to look."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tumorcast.report import about_images
from tumorcast.report.facts import Answer, Ask, Facts
from tumorcast.report.population import n_centres
from tumorcast.report.words import (
    METRIC_NAMES,
    arm_name,
    count,
    horizon_phrase,
    interval,
    name_words,
    number,
)


def answers_of(facts: Facts) -> dict[str, Answer]:
    """Return the answers that this run can give, by question."""
    found = ((question, ask(facts)) for question, ask in QUESTIONS.items())
    return {question: answer for question, answer in found if answer is not None}


def _given(ask: Callable[[Facts], Iterator[Answer]]) -> Ask:
    """Let a question yield its answer, or nothing."""
    return lambda facts: next(ask(facts), None)


def _chapter(name: str, text: str) -> Ask:
    """Return a question that a chapter answers as soon as the report has it."""
    return lambda facts: Answer(text, f"#{name}") if name in facts.chapters else None


def _planned(text: str, place: str = "#methods") -> Ask:
    """Return a question that every run with a plan answers alike."""
    return lambda facts: Answer(text, place) if facts.files.arms else None


def _centres(facts: Facts) -> Iterator[Answer]:
    centres = sorted(set(facts.files.predictions.frame["centre"]) - {""})
    if centres:
        yield Answer(f"{count(len(centres), 'centre')}: {', '.join(centres)}", "#patients")


def _several_centres(facts: Facts) -> Iterator[Answer]:
    if n_centres(facts.files) > 1:
        yield from _centres(facts)


def _quality(facts: Facts) -> Iterator[Answer]:
    if facts.files.quality:
        n = len(facts.files.quality.get("findings") or ())
        place = "#trust" if "trust" in facts.chapters else "quality.json"
        yield Answer(f"Every case was checked; {count(n, 'finding')}, each with its code", place)


def _endpoint(facts: Facts) -> Iterator[Answer]:
    endpoint = facts.study.get("endpoint") or {}
    if endpoint.get("name"):
        rival = "; competing events are told apart" if endpoint.get("competing") else ""
        phrase = horizon_phrase(facts.results.horizon_days)
        yield Answer(f"{name_words(endpoint['name'])} {phrase}{rival}", "#plan")


def _predictors(facts: Facts) -> Iterator[Answer]:
    columns = facts.study.get("columns") or {}
    baseline = [name for name, one in columns.items() if one.get("known") == "baseline"]
    if baseline:
        named = ", ".join(map(name_words, baseline))
        yield Answer(f"Known on the index date: {named}; units in the plan", "#plan")


def _candidates(facts: Facts) -> Iterator[Answer]:
    if facts.files.arms:
        blocks = facts.study.get("columns") or {}
        later = sum(one.get("known") == "later" for one in blocks.values())
        kept = f"; {count(later, 'column')} known only later kept out" if later else ""
        yield Answer(f"Declared in the study file before anything was fitted{kept}", "#plan")


def _sample_size(facts: Facts) -> Iterator[Answer]:
    about = [limit.text for limit in facts.limits if limit.title.startswith("Events per")]
    if about:
        yield Answer(about[0].rstrip("."), "#limits")


def _split(facts: Facts) -> Iterator[Answer]:
    design = facts.study.get("validation") or {}
    if design.get("centres"):
        yield Answer("Centres are kept apart: learned in some, tested in others", "#methods")
    elif design.get("splits"):
        yield Answer("Fixed splits that the study gives; no patient on both sides", "#methods")
    elif design.get("temporal"):
        yield Answer("By time: learned from earlier patients, tested on later ones", "#methods")
    elif design:
        repeats = count(design["repeats"], "repeat")
        yield Answer(
            f"{design['folds']}-fold cross-validation, {repeats}, stratified by the event and"
            " grouped by patient",
            "#methods",
        )


def _between_centres(facts: Facts) -> Iterator[Answer]:
    design = facts.study.get("validation") or {}
    if design.get("centres"):
        yield Answer("Tested in centres that no model had learned from", "#methods")
    elif any(arm.get("harmonise") for arm in facts.files.arms.values()):
        yield Answer("Harmonised between centres inside the folds (ComBat)", "#methods")
    elif "centre" in (design.get("stratify") or ()):
        yield Answer("Folds share out the centres evenly", "#methods")
    elif "centres" in facts.chapters:
        yield Answer("How well each block of features tells the centre", "#doubt")


def _measures(facts: Facts) -> Iterator[Answer]:
    shown = facts.results.arms[facts.roles.lead]
    named = ", ".join(text for name, text in METRIC_NAMES.items() if name in shown)
    yield Answer(
        f"{named}; ROC, precision-recall, calibration and decision curves", facts.performance
    )


def _same_source(facts: Facts) -> Iterator[Answer]:
    design = facts.study.get("validation") or {}
    if design.get("temporal"):
        yield Answer("Evaluated cases are later than those learned from", "#methods")
    elif not (design.get("centres") or design.get("splits")):
        yield Answer("None: cross-validation develops and evaluates on the same cases", "#limits")


def _software(facts: Facts) -> Iterator[Answer]:
    versions = facts.files.run.get("versions") or {}
    if versions:
        of_programs = {name: text for name, text in versions.items() if name != "platform"}
        named = ", ".join(f"{name} {version}" for name, version in of_programs.items())
        yield Answer(f"Open source; {named}", "#identity")


def _flow(facts: Facts) -> Iterator[Answer]:
    if facts.flow.found is not None:
        yield Answer(
            f"{facts.flow.found} found, {facts.flow.n_left_out} left out with reasons,"
            f" {facts.flow.analysed} analysed",
            "#patients",
        )


def _events(facts: Facts) -> Iterator[Answer]:
    phrase = horizon_phrase(facts.results.horizon_days)
    yield Answer(
        f"{count(facts.flow.n_events, 'event')} among {facts.flow.analysed} cases {phrase};"
        " training cases of every fitted step in the ledger",
        "#patients",
    )


def _performance(facts: Facts) -> Iterator[Answer]:
    auroc = facts.results.auroc(facts.roles.lead)
    around = interval(auroc.ci_low, auroc.ci_high)
    yield Answer(
        f"{arm_name(facts.roles.lead)}: AUROC {number(auroc.value)} ({around}); all arms and"
        " measures in the tables",
        facts.performance,
    )


def _by_centre(facts: Facts) -> Iterator[Answer]:
    if "subgroups" in facts.chapters:
        yield Answer("Performance by group of patients, with tests of interaction", "#doubt")


def _baselines(facts: Facts) -> Iterator[Answer]:
    if facts.roles.baselines:
        named = ", ".join(map(arm_name, facts.roles.baselines))
        yield Answer(f"Baselines on the same patients: {named}", facts.performance)


def _final_model(facts: Facts) -> Iterator[Answer]:
    n = facts.roles.n_candidates
    yield Answer(
        f"{arm_name(facts.roles.lead)} has the highest AUROC of {count(n, 'candidate arm')}",
        "#result",
    )


def _comparisons(facts: Facts) -> Iterator[Answer]:
    if facts.results.comparisons:
        n = count(len(facts.results.comparisons), "paired test")
        yield Answer(f"{n} with Holm's correction", facts.performance)


def _calibration(facts: Facts) -> Iterator[Answer]:
    if "calibration_slope" in facts.results.arms[facts.roles.lead]:
        yield Answer("Curve, intercept and slope with intervals", facts.performance)


def _simple_models(facts: Facts) -> Iterator[Answer]:
    simple = {"logistic", "cox", "ridge", "elastic_net"}
    named = [name for name, arm in facts.files.arms.items() if arm.get("learner") in simple]
    if named:
        yield Answer(f"Regression models, such as {arm_name(named[0])}", facts.performance)


def _no_leak(facts: Facts) -> Iterator[Answer]:
    if facts.files.ledger is not None:
        yield Answer(
            "By patient; the ledger of every fitted step is compared with its test cases", "#trust"
        )


def _identity(facts: Facts) -> Iterator[Answer]:
    cohort = facts.study.get("cohort") or {}
    if "hash_ids" in cohort:
        yield Answer(
            "Ids are hashed with a secret key"
            if cohort["hash_ids"]
            else "Ids stand as in the table",
            "#plan",
        )


def _training(facts: Facts) -> Iterator[Answer]:
    if facts.files.ledger is not None:
        models = facts.files.ledger[["arm", "repeat", "fold", "horizon_days"]].drop_duplicates()
        yield Answer(f"{count(len(models), 'model')} fitted; settings in the plan", "#plan")


def _ensembles(facts: Facts) -> Iterator[Answer]:
    averaged = [name for name, arm in facts.files.arms.items() if arm.get("average")]
    if averaged:
        yield Answer(f"Means of calibrated risks: {', '.join(map(arm_name, averaged))}", "#methods")
    elif facts.files.arms:
        yield Answer("No arm averages others", "#plan")


def _robustness(facts: Facts) -> Iterator[Answer]:
    spread = facts.results.auroc(facts.roles.lead).sd_repeats
    if "stability" in facts.chapters:
        yield Answer("Features measured again on perturbed tumours", "#stability")
    if spread >= 0:
        yield Answer(
            f"AUROC differs by {number(spread, 3)} (SD) over repeats of the split",
            facts.performance,
        )


def _explanation(facts: Facts) -> Iterator[Answer]:
    if "explanations" in facts.chapters:
        yield Answer("Shapley values by source and column, patient by patient", "#explanations")
    if "features" in facts.chapters:
        yield Answer("Which columns the models use, and how much", "#features")


QUESTIONS: dict[str, Ask] = {
    "centres": _given(_centres),
    "several_centres": _given(_several_centres),
    "quality": _given(_quality),
    "endpoint": _given(_endpoint),
    "candidates": _given(_candidates),
    "predictors": _given(_predictors),
    "sample_size": _given(_sample_size),
    "missing": _planned("Imputed inside every fold from its training rows; gaps in Table 1"),
    "split": _given(_split),
    "preparation": _planned(
        "Imputed, encoded and scaled inside every fold, learned on its training rows"
    ),
    "model": _planned("Every arm with its learner and each choice with its origin", "#plan"),
    "between_centres": _given(_between_centres),
    "measures": _given(_measures),
    "recalibration": _planned("Recalibrated on the training rows of every fold"),
    "predictions": _planned(
        "Out of fold, by models that never saw the case", "predictions.parquet"
    ),
    "imbalance": _planned(
        "Cases are neither drawn nor weighted by class; risks are recalibrated on training rows"
    ),
    "threshold": _planned(
        "A probability by the horizon; the threshold is chosen on the training rows"
    ),
    "same_source": _given(_same_source),
    "software": _given(_software),
    "flow": _given(_flow),
    "table_one": lambda facts: (
        Answer("Table 1", "#patients") if facts.files.features is not None else None
    ),
    "events": _given(_events),
    "whole_model": _planned(
        "`tumorcast bundle` writes it, refitted on all cases and sealed; settings in the plan",
        "plan.json",
    ),
    "performance": _given(_performance),
    "by_centre": _given(_by_centre),
    "limits": lambda _: Answer("Written from the figures of this run", "#limits"),
    "bad_input": _planned(
        "`tumorcast predict` judges new cases by the same checks and refuses or reports by code",
        "quality.json",
    ),
    "guidelines": lambda _: Answer("TRIPOD+AI, CLEAR, METRICS and CLAIM", "#checklists"),
    "plan": _planned("Every choice of the run with its origin", "plan.json"),
    "acquisition": _given(about_images.acquisition),
    "image_preparation": _given(about_images.image_preparation),
    "image_settings": _given(about_images.image_settings),
    "extraction": _planned("tumorcast, judged by the reference values of the IBSI"),
    "feature_classes": _given(about_images.feature_classes),
    "n_features": _given(about_images.n_features),
    "stability": _chapter("stability", "ICC of every feature over perturbed tumours"),
    "stable_selection": _given(about_images.stable_selection),
    "selection": _given(about_images.selection),
    "confounders": _given(_baselines),
    "final_model": _given(_final_model),
    "uncertainty": lambda facts: Answer(
        "95% intervals from resampling patients; spread over repeats apart", facts.performance
    ),
    "comparisons": _given(_comparisons),
    "baselines": _given(_baselines),
    "explanation": _given(_explanation),
    "features": _chapter("features", "How often each column was picked, and its importance"),
    "verdict": lambda _: Answer("The result in one sentence", "#result"),
    "calibration": _given(_calibration),
    "single_image": _given(about_images.single_image),
    "simple_models": _given(_simple_models),
    "no_leak": _given(_no_leak),
    "regions": _given(about_images.regions),
    "identity": _given(_identity),
    "training": _given(_training),
    "ensembles": _given(_ensembles),
    "robustness": _given(_robustness),
    "start_values": _given(about_images.start_values),
    "failures": _chapter("failures", "The cases that were predicted best and worst"),
}
"""What can be answered, each question once; the guidelines name the questions."""

UNANSWERED = frozenset({"external", "follow_up", "network_robustness"})
"""Questions that no run can answer by itself."""
