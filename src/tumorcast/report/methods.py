"""The methods, written from the plan and the figures so that the words cannot drift from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from tumorcast.report.headline import words_of_test
from tumorcast.report.population import Flow, analysed_cases, n_centres
from tumorcast.report.results import HorizonResults
from tumorcast.report.roles import NAMED_BASELINES
from tumorcast.report.run_files import RunFiles
from tumorcast.report.words import (
    LEARNER_NAMES,
    LEARNERS_ON_TIMES,
    arm_name,
    count,
    horizon_phrase,
    number,
    region_words,
)

_BLOCKS = {
    "clinical": "clinical variables",
    "lab": "laboratory values",
    "volume": "tumour volume",
}


def methods_paragraphs(
    files: RunFiles, flow: Flow, horizons: tuple[HorizonResults, ...]
) -> tuple[str, ...]:
    """Return paragraphs on patients, predictors, models and validation; only what the run did."""
    parts = (
        _patients(files, flow, horizons),
        _predictors(files),
        _models(files),
        _validation(files, horizons),
    )
    return tuple(text for part in parts if (text := " ".join(part)))


def _patients(files: RunFiles, flow: Flow, horizons: tuple[HorizonResults, ...]) -> Iterator[str]:
    cases = analysed_cases(files)
    event = _event_name(files)
    centres = n_centres(files)
    where = f" from {count(centres, 'centre')}" if centres else ""
    n_patients = cases["patient"].nunique()
    whom = "" if n_patients == len(cases) else f" of {count(n_patients, 'patient')}"
    found = f" ({flow.found} were found)" if flow.found and flow.found != flow.analysed else ""
    analysed = f"{count(flow.analysed, 'case')}{whom}{where} were analysed{found}"
    if files.levels:
        classes = _list(f"{fate.name} in {fate.n}" for fate in flow.fates)
        yield f"{analysed}; {event} was {classes}."
        return
    yield (f"{analysed}; {flow.n_events} had {event} {horizon_phrase(horizons[0].horizon_days)}.")
    timed = [h for h in horizons if math.isfinite(h.horizon_days)]
    if timed:
        yield (
            f"At {_list(h.words for h in timed)}, a case censored earlier was in neither class;"
            " cases followed longer stood in for it by inverse-probability-of-censoring weights."
        )
    if len(timed) < len(horizons):
        yield "Over the whole follow-up every case counted once, however long it was followed."
    if (cases["event"] > 1).any():
        yield "A competing event that came first counted as known absence of the event."


def _predictors(files: RunFiles) -> Iterator[str]:
    study = files.study
    columns = (study.get("columns") or {}).values()
    n_baseline = sum(column.get("known") == "baseline" for column in columns)
    if n_baseline:
        yield f"{count(n_baseline, 'variable')} known on the index date were offered."
    for image, spec in (study.get("radiomics") or {}).items():
        regions = _list(region_words(region) for region in spec.get("regions") or ["tumor"])
        settings = (
            f"preset {spec['preset']}" if spec.get("preset") else f"settings {spec['params']}"
        )
        yield f"Radiomics features of {image.upper()} were extracted from {regions} ({settings})."
        if stability := spec.get("stability"):
            yield (
                f"They were measured again on {stability['repeats']} perturbations of every tumour"
                f" ({_list(stability['perturbations'])})."
            )
    yield from _structure_sentences(study)
    yield from embedding_sentences(study)
    yield from _delta_sentences(study)
    networks = [arm["network"] for arm in files.arms.values() if arm.get("network")]
    seen = {image for network in networks for image in network["images"]}
    for image in sorted(seen):
        crop = study["crops"][image]
        unit = ((study.get("cohort") or {}).get("images") or {}).get(image, {}).get("unit", "")
        low, high = (number(float(end), 0) for end in crop["window"])
        side_mm = crop["size_voxels"] * crop["spacing_mm"]
        gated = all(network.get("mask") == "gate" for network in networks)
        margin_mm = crop.get("margin_mm")
        beyond = "" if margin_mm is None else f", blanked beyond {margin_mm:g} mm from the tumour"
        yield (
            f"Networks saw {image.upper()} in a cube of {side_mm:g} mm around the tumour"
            f" ({crop['size_voxels']} voxels of {crop['spacing_mm']:g} mm a side), windowed from"
            f" {low} to {high} {unit}".rstrip()
            + beyond
            + ("." if gated else ", with the tumour's mask as a second channel.")
        )


def embedding_sentences(study: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was computed by frozen encoders, a sentence an image."""
    for image, spec in (study.get("embeddings") or {}).items():
        given = spec.get("weights")
        weights = f"the weights {given}" if given else f"random weights (seed {spec['seed']})"
        yield (
            f"Of {image.upper()}, the features of a frozen {spec['encoder']} network with"
            f" {weights} were columns of the table."
        )


def _delta_sentences(study: Mapping[str, Any]) -> Iterator[str]:
    for name, spec in (study.get("delta") or {}).items():
        kinds = {"difference": "differences", "relative": "relative differences"}
        what = _list(kinds[kind] for kind in spec["as"])
        yield (
            f"The {what} of every feature from {spec['from'].upper()} to {spec['to'].upper()} were"
            f" columns '{name}', missing where a time point was."
        )


def _structure_sentences(study: Mapping[str, Any]) -> Iterator[str]:
    for image, spec in (study.get("structures") or {}).items():
        yield (
            f"On {image.upper()}, distances, contact (within {spec['contact_mm']:g} mm) and overlap"
            f" of the tumour with {_list(spec['to'])} were measured."
        )


def _models(files: RunFiles) -> Iterator[str]:
    own = [arm for arm in files.arms if arm not in NAMED_BASELINES]
    named = [
        _list(_BLOCKS.get(block, block) for block in files.arms[arm]["blocks"])
        for arm in NAMED_BASELINES
        if arm in files.arms
    ]
    if named:
        yield f"Baselines were models of {_list(named, '; ')}."
    if own:
        described = _list((describe_arm(arm, files.arms[arm]) for arm in own), "; ")
        yield f"Validated beside them: {described}." if named else f"Models were {described}."
    if files.arms:
        yield (
            "Inside every fold, on its training rows only, missing values were imputed, categories"
            " encoded, columns scaled and, where stated, selected, "
            + (
                "for each class against the others, and the model fitted and recalibrated; a case"
                " was called the likeliest class."
                if files.levels
                else "the model fitted and recalibrated, and the decision threshold chosen."
            )
        )


def describe_arm(arm: str, declared: Mapping[str, Any]) -> str:
    """Return what an arm of the plan is, in words."""
    name = arm_name(arm)
    if members := declared.get("average"):
        stacked = declared.get("weighting") == "stacked"
        mean = "mean, weighted by stacking on out-of-fold risks," if stacked else "mean"
        return f"{name}, the {mean} of the calibrated risks of {_list(map(arm_name, members))}"
    blocks = _list(f"'{block}'" for block in declared.get("blocks") or ()) + _harmonised(declared)
    network = declared.get("network")
    if network:
        joined = f" joined with the columns {blocks}" if blocks else ""
        images = _list(image.upper() for image in network["images"])
        return f"{name}, a {network['encoder']} network on {images}{_ways(network)}{joined}"
    select = declared.get("select") or {}
    grid = declared.get("grid")
    kept = _kept(select, ranked_by_grid=bool(grid)) if select else ""
    if grid:
        learners, selectors = _list(grid["learners"]), _list(grid["selectors"])
        pairs = f"pair of selectors ({selectors}) and learners ({learners})"
        which = pairs if selectors else f"one of the learners ({learners})"
        return (
            f"{name}, the {which} that was best in inner folds of the training rows, on"
            f" the columns {blocks}{kept}{_searched(declared)}"
        )
    learner = declared["learner"]
    words = LEARNER_NAMES.get(learner, learner)
    return f"{name}, {words} on the columns {blocks}{kept}{_searched(declared)}"


def _searched(declared: Mapping[str, Any]) -> str:
    search = declared.get("search")
    if not search:
        return ""
    learners = (declared.get("grid") or {}).get("learners") or [declared["learner"]]
    asked = _list(name.replace("_", " ") for name in search.get("parameters") or ())
    whose = "of each learner" if len(learners) > 1 else "of the learner"
    judged = [
        "AUROC" * any(learner not in LEARNERS_ON_TIMES for learner in learners),
        "C-index" * any(learner in LEARNERS_ON_TIMES for learner in learners),
    ]
    return (
        f"; the hyperparameters {whose}{f' ({asked})' if asked else ''} were chosen among"
        f" {search['trials']} settings, the defaults and random draws, by the mean"
        f" {' or '.join(filter(None, judged))} in inner folds of the training rows"
    )


def _harmonised(declared: Mapping[str, Any]) -> str:
    spec = declared.get("harmonise")
    if not spec:
        return ""
    what = _list(f"'{block}'" for block in spec["blocks"])
    kept = f", keeping the effect of {_list(spec['covariates'])}," if spec.get("covariates") else ""
    scale = ", positive columns on the scale of logarithms" if spec["scale"] == "log" else ""
    others = {"as_is": "left as they were", "missing": "taken for missing"}[spec["unseen"]]
    return (
        f", with {what} harmonised between centres by ComBat (parametric empirical"
        f" Bayes{scale}){kept} learned on the training rows (values of centres with fewer than"
        f" {spec['min_rows']} of them were {others})"
    )


def _ways(network: Mapping[str, Any]) -> str:
    """Return what sets a network apart from one encoder an image, mask as channel, concatenated."""
    ways = [
        "as channels of one encoder" * (network.get("join") == "channels"),
        "with the mask as attention gate" * (network.get("mask") == "gate"),
        {"gated": "fused by gates", "cross_attention": "fused by cross-attention"}.get(
            network.get("head", ""), ""
        ),
    ]
    return "".join(f" {way}" for way in ways if way)


def _kept(select: Mapping[str, Any], *, ranked_by_grid: bool) -> str:
    share = select.get("near_constant")
    constant = (
        f", of which those with one value in more than {100 * share:g}% of the training cases were"
        " dropped"
        if share
        else ""
    )
    stable = select.get("stable")
    unstable = (
        f", of which those with an ICC below {stable['min_icc']:g} over the perturbations of the"
        " training cases were dropped"
        if stable
        else ""
    )
    ranked = "" if ranked_by_grid else f" by {select.get('method', 'forest')}"
    return (
        f"{constant}{unstable}, of which those correlated above {select['correlation']} with"
        f" another were dropped and the {select['keep']} most important{ranked} kept"
    )


def _validation(files: RunFiles, horizons: tuple[HorizonResults, ...]) -> Iterator[str]:
    design = files.study.get("validation") or {}
    if said := _said_who_is_tested(design):
        yield f"{said} (seed {design['seed']})."
    elif design:
        times = count(design["repeats"], "repeat")
        evenly = ["the class" if files.levels else "the event", *design.get("stratify", [])]
        fewer = [
            f"{arm_name(name)} had {arm['repeats']}"
            for name, arm in files.arms.items()
            if arm.get("repeats")
        ]
        yield (
            f"Models were validated by {design['folds']}-fold cross-validation, stratified by"
            f" {_list(evenly)} and grouped by patient, in"
            f" {times} (seed {design['seed']})" + (f"; {_list(fewer)}." if fewer else ".")
        )
    several_folds = files.predictions.frame["fold"].nunique() > 1
    widened = (
        ", widened as each tested patient also taught other models (Nadeau and Bengio, Mach Learn"
        " 2003;52:239)"
    )
    yield (
        "Figures are of out-of-fold predictions; 95% intervals come from resampling patients"
        f"{widened * several_folds}, and the spread over repeats is reported apart."
    )
    if files.levels:
        yield (
            "The AUROC is the mean over the classes of the area of each class against all others"
            " (macro average), the Brier score the squared error summed over the classes."
        )
    tests = sorted({words_of_test(c.test) for h in horizons for c in h.comparisons})
    if tests:
        yield (
            f"AUROCs on the same patients were compared by the paired {_list(tests)}, with Holm's"
            " correction for the number of comparisons."
        )
    version = (files.run.get("versions") or {}).get("tumorcast")
    if version:
        yield f"Software: tumorcast {version}."


def _event_name(files: RunFiles) -> str:
    name: str = (files.study.get("endpoint") or {}).get("name") or "the event"
    return name.replace("_", " ")


def _said_who_is_tested(design: Mapping[str, Any]) -> str:
    """Return how a study that draws no folds parts its cases; empty where it draws them."""
    if centres := design.get("centres"):
        return _by_centre(centres)
    if splits := design.get("splits"):
        return (
            f"Models were learned from and tested on the splits given in {PurePath(splits).name},"
            " which part no patient and test every case once at most"
        )
    if temporal := design.get("temporal"):
        return (
            f"Models were learned from the patients whose {temporal['column']} lies before"
            f" {temporal['from']} and tested on those from {temporal['from']} on (temporal"
            " validation)"
        )
    return ""


def _by_centre(centres: Any) -> str:
    if isinstance(centres, str):
        return "Every centre was tested by models that were learned in all the others"
    learned, tested = _list(centres["train"]), _list(centres["test"])
    return f"Models were learned in {learned} and tested in {tested}"


def _list(items: Any, separator: str = ", ") -> str:
    """Join as ``a, b and c``."""
    texts = list(items)
    if len(texts) < 2:
        return "".join(texts)
    return f"{separator.join(texts[:-1])}{'; and' if separator == '; ' else ' and'} {texts[-1]}"
