"""From a run directory to ``report.html``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tumorcast.report.calibration import calibration_plot
from tumorcast.report.checklists import checklists_of, write_checklists
from tumorcast.report.class_chapter import CLASS_METRICS, class_rows
from tumorcast.report.cohort_chapter import cohort_chapter
from tumorcast.report.decision_curve import decision_plot, net_benefit_table
from tumorcast.report.discrimination import pr_plot, roc_plot
from tumorcast.report.doubt import doubt_of
from tumorcast.report.doubt_figures import doubt_figures
from tumorcast.report.embedding import embedding_plot
from tumorcast.report.examples import read_example
from tumorcast.report.facts import Facts
from tumorcast.report.failures import failures_of
from tumorcast.report.figures import write_figures
from tumorcast.report.flow_plot import flow_plot
from tumorcast.report.forest import forest_plot
from tumorcast.report.headline import Headline, headline_of
from tumorcast.report.limits import limits_of
from tumorcast.report.methods import methods_paragraphs
from tumorcast.report.model_card import card_of, write_card
from tumorcast.report.page import write_page
from tumorcast.report.plan_values import origin_counts, plan_chapters
from tumorcast.report.population import flow_of, n_centres
from tumorcast.report.reasons import chapters_of
from tumorcast.report.results import HorizonResults, read_results
from tumorcast.report.risk_groups import risk_group_plot
from tumorcast.report.roles import Roles, assign_roles
from tumorcast.report.run_files import RunFiles
from tumorcast.report.selection import Selected, selected_features
from tumorcast.report.stability import agreement_of
from tumorcast.report.style import Plot
from tumorcast.report.table_one import table_one, write_table_one
from tumorcast.report.time_dependent import time_dependent_plot
from tumorcast.report.trust import finding_groups, ledger_summary
from tumorcast.report.winners import winners_of
from tumorcast.report.words import title_words
from tumorcast.validation import scores_of


@dataclass(frozen=True)
class Performance:
    """Everything that is shown about one horizon."""

    results: HorizonResults
    headline: Headline
    forest: Plot
    curves: tuple[Plot, ...]
    groups: Plot | None


@dataclass(frozen=True)
class Headed:
    """The figures of several classes with their headline."""

    results: HorizonResults
    headline: Headline


def build_report(run_dir: Path) -> Path:
    """Write ``report.html`` into a run directory and return its path.

    The page is one file without scripts or outside resources. The same run gives the same bytes.
    Every figure is also written as ``figures/NAME.svg``, what it shows as ``figures/NAME.csv``.

    Parameters
    ----------
    run_dir
        What `tumorcast run` wrote. ``predictions.parquet`` and ``metrics.json`` must be there; a
        chapter whose artefacts are absent is left out.

    Raises
    ------
    StudyRefusedError
        ``RUN-01`` when the folder is no finished run, ``RUN-02`` when a file of it is damaged.
    """
    files = RunFiles.read(Path(run_dir))
    path = files.root / "report.html"
    if files.levels:
        content = _content_in_classes(files)
        write_figures(files.root, content)
        return write_page(path, "class_report.html", content)
    content = _content(files)
    _write_beside(files.root, content)
    return write_page(path, "report.html", content)


def _write_beside(root: Path, content: Mapping[str, Any]) -> None:
    """Write what the page links to."""
    write_figures(root, content)
    write_checklists(root, content["checklists"])
    write_card(root, content["study"], content["model_card"])
    if content["table_one"] is not None:
        write_table_one(root, content["table_one"])


def _content(files: RunFiles) -> dict[str, Any]:
    """Return what the page of an endpoint that is an event shows."""
    horizons = read_results(files.metrics)
    primary = horizons[0]
    roles = assign_roles(primary, files.arms)
    content = _of_any_endpoint(files, horizons, roles) | {
        "table_one": table_one(files),
        "horizons": [_performance(files, results, roles) for results in horizons],
        "examples": [read_example(path) for path in files.gallery],
        "explained": chapters_of(files, roles.lead),
        "agreement": agreement_of(files.stability, files.study),
        "doubt": doubt_of(files.scepticism, files.checks),
        "data": cohort_chapter(files.cohort, files.quality, files.cases),
    }
    return content | _looked_at(files, content)


def _content_in_classes(files: RunFiles) -> dict[str, Any]:
    """Return what the page of an endpoint of several classes shows."""
    horizons = read_results(files.metrics)
    primary = horizons[0]
    roles = assign_roles(primary, files.arms)
    return _of_any_endpoint(files, horizons, roles) | {
        "horizons": [Headed(primary, headline_of(primary, roles))],
        "forest": forest_plot(primary, roles),
        "classes": class_rows(files.metrics, roles.lead),
        "metrics": CLASS_METRICS,
    }


def _of_any_endpoint(
    files: RunFiles, horizons: tuple[HorizonResults, ...], roles: Roles
) -> dict[str, Any]:
    primary = horizons[0]
    flow = flow_of(files, primary.horizon_days)
    values = files.plan.get("values") or ()
    findings = files.quality.get("findings") or ()
    return {
        "study": title_words(files.study.get("study") or "Validation report"),
        "description": files.study.get("description") or "",
        "endpoint": (files.study.get("endpoint") or {}).get("name", "").replace("_", " "),
        "run": files.run,
        "levels": files.levels,
        "roles": roles,
        "flow": flow,
        "n_centres": n_centres(files),
        "selected": _selected(files, primary, roles),
        "winners": winners_of(files.ledger, files.arms, primary.horizon_days),
        "ledger": ledger_summary(files.ledger, files.predictions.frame),
        "findings": finding_groups(findings),
        "n_findings": len(findings),
        "origins": origin_counts(values),
        "chapters": plan_chapters(values),
        "methods": methods_paragraphs(files, flow, horizons),
        "limits": limits_of(files, flow, primary, roles),
    }


def _looked_at(files: RunFiles, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chapters that look at the whole of the others."""
    primary, roles = content["horizons"][0].results, content["roles"]
    lead = scores_of(files.predictions, roles.lead, primary.horizon_days)
    data = content["data"]
    failures = failures_of(lead, data.pictures if data else ())
    chapters = {
        "features": content["selected"],
        "stability": content["agreement"],
        "trust": content["ledger"] or content["findings"],
        "failures": failures,
        "data": data,
        "explanations": content["explained"],
        "doubt": content["doubt"],
        "subgroups": content["doubt"] and content["doubt"].subgroups,
        "centres": content["doubt"] and content["doubt"].centres,
    }
    there = frozenset(name for name, chapter in chapters.items() if chapter)
    facts = Facts(files, content["flow"], primary, roles, content["limits"], there)
    return {
        "flow_figure": flow_plot(content["flow"], primary.horizon_days),
        "doubt_figures": doubt_figures(content["doubt"]),
        "embedding": embedding_plot(files, roles.lead, lead),
        "failures": failures,
        "checklists": checklists_of(facts),
        "model_card": card_of(facts),
    }


def _performance(files: RunFiles, results: HorizonResults, roles: Roles) -> Performance:
    arms = {
        arm: scores_of(files.predictions, arm, results.horizon_days)
        for arm in roles.in_curves
        if arm in results.arms
    }
    lead = arms[roles.lead]
    over_time = time_dependent_plot(results, roles, arms)
    return Performance(
        results=results,
        headline=headline_of(results, roles),
        forest=forest_plot(results, roles),
        curves=(
            roc_plot(results, roles, arms),
            pr_plot(results, roles, arms),
            calibration_plot(results, roles.lead, lead),
            decision_plot(results, roles, net_benefit_table(roles, arms)),
            *((over_time,) if over_time else ()),
        ),
        groups=risk_group_plot(results, roles.lead, lead),
    )


def _selected(files: RunFiles, primary: HorizonResults, roles: Roles) -> Selected | None:
    """Return the features of the leading arm, or of the best arm whose models name some."""
    found = (
        selected_features(files.importance, arm, primary.horizon_days)
        for arm in (roles.lead, *roles.others, *roles.baselines)
    )
    return next((selected for selected in found if selected is not None), None)
